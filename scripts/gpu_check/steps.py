"""The steps of `scripts/gpu-check`, each a process that prints its rows, one a line of JSON.

``python -m scripts.gpu_check.steps NAME DEVICE``
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

from measuring import ROOT
from scripts.gpu_check import evaluations, profile, runs
from scripts.gpu_check.scale import SCALES, Row, Scale, row

PLAIN_PYTEST = ["-q", "-c", os.devnull, "--rootdir", str(ROOT), "--noconftest"]
PLAIN_PYTEST += ["-p", "no:cacheprovider", "-W", "ignore", "--tb", "short", "-rfE"]


def tests(scale: Scale) -> Iterator[Row]:
    """Run the tests that want a GPU, without what the other tests need."""
    words = [sys.executable, "-m", "pytest", *PLAIN_PYTEST, *scale.tests, "--durations", "6"]
    done = subprocess.run(
        [*words, "tests/test_cuda.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr, file=sys.stderr)
    lines = done.stdout.splitlines()
    for line in lines:
        if line.startswith(("FAILED ", "ERROR ")):
            name, _, why = line.partition(" - ")
            yield row(name.split("::")[-1], why[:200] or "failed", "passes", met=False)
    summary = lines[-1].strip("= ") if lines else f"pytest ended with {done.returncode}"
    yield row("tests/test_cuda.py", summary, "all pass", met=done.returncode == 0)


STEPS: dict[str, Callable[[Scale], Iterator[Row]]] = {
    "machine": evaluations.machine,
    "tests": tests,
    "pictures": runs.pictures,
    "evaluations": evaluations.evaluations,
    "waits": profile.waits,
    "loss": runs.same_loss,
    "large": runs.large,
}


if __name__ == "__main__":
    for each in STEPS[sys.argv[1]](SCALES[sys.argv[2]]):
        print(json.dumps(each), flush=True)
