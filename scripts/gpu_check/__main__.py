"""Test and measure the GPU's part of the program, in one table: ``scripts/gpu-check``.

It needs no internet, only a copy of the tree and a Python with torch and what else the command
line needs (``--wheels DIR`` adds what is missing). Each step is a process of its own with a time
limit, so one that fails or hangs doesn't end the others. ``--json FILE`` is written after each
row. ``--device cpu`` does the same with small pictures. Exit codes: 0 all bars are met, 1 not.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MODULE = "scripts.gpu_check.steps"
TAIL = 3000  # characters that are kept of what a step prints
LEAST = 5.0  # seconds under which no step is begun

STEPS = {  # in this order, with the seconds that each may take
    "machine": 30,
    "tests": 130,
    "pictures": 150,
    "evaluations": 75,
    "waits": 60,
    "loss": 70,
    "large": 170,
}


@dataclass
class Outcome:
    """What a step has reported."""

    step: str
    seconds: float = 0.0
    end: str = "running"
    rows: list[dict[str, Any]] = field(default_factory=list)
    said: str = ""  # the end of what it printed, if it failed

    @property
    def good(self) -> bool:
        """Whether it ended well and met all its bars."""
        return self.end == "done" and all(row.get("met", True) for row in self.rows)


def main() -> int:
    """Run the steps and print the table."""
    given = _parser().parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
        environment = _environment(given.wheels, Path(folder))
        outcomes: list[Outcome] = []
        for step in given.only or STEPS:
            left = given.seconds - (time.monotonic() - began)
            outcome = Outcome(step)
            outcomes.append(outcome)
            for _ in _run(outcome, given.device, min(STEPS[step], left), environment):
                _keep(given.json, outcomes)
            said = f"gpu-check: {step}: {outcome.end} in {outcome.seconds:.0f} s"
            print(said, file=sys.stderr, flush=True)
    for outcome in outcomes:
        if outcome.said:
            print(f"--- {outcome.step}: {outcome.end}\n{outcome.said}")
    print(_table(outcomes))
    return 0 if all(outcome.good for outcome in outcomes) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gpu-check", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--seconds", type=float, default=480, help="for all steps together")
    parser.add_argument("--only", nargs="+", choices=STEPS, help="these steps, in this order")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all figures there")
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="wheels to install for it first")
    return parser


def _environment(wheels: Path | None, folder: Path) -> dict[str, str]:
    """Install the wheels into a folder; returns the environment of the steps."""
    paths = [str(ROOT / name) for name in ("ast", "bench", ".")]
    if wheels is not None:
        words = ["--no-index", "--no-deps", "--no-compile", "--target", str(folder)]
        found = sorted(map(str, wheels.glob("*.whl")))
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", *words, *found], check=False)
        paths.append(str(folder))
    paths += filter(None, [os.environ.get("PYTHONPATH")])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}


def _run(
    outcome: Outcome, device: str, limit: float, environment: dict[str, str]
) -> Iterator[None]:
    """Run a step; yields whenever its outcome has changed."""
    if limit < LEAST:
        outcome.end = "no time left"
        yield
        return
    began = time.monotonic()
    words = [sys.executable, "-m", MODULE, outcome.step, device]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        clock = threading.Timer(limit, _kill, [process])
        clock.start()
        assert process.stdout is not None
        for line in process.stdout:
            outcome.rows.append(json.loads(line))
            outcome.seconds = time.monotonic() - began
            yield
        code = process.wait()
        late = not clock.is_alive()
        clock.cancel()
        _kill(process)  # what it has left running
        ended = f"failed with {code}" if code else "done"
        outcome.end = f"stopped after {limit:.0f} s" if late else ended
        log.seek(0)
        outcome.said = "" if outcome.good else log.read()[-TAIL:]
    outcome.seconds = time.monotonic() - began
    yield


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _keep(path: Path | None, outcomes: list[Outcome]) -> None:
    if path is not None:
        part = path.with_suffix(".part")
        part.write_text(json.dumps([asdict(each) for each in outcomes], indent=1) + "\n")
        part.replace(path)


def _table(outcomes: list[Outcome]) -> str:
    lines = ["| step | what | result | wanted | |", "|---|---|---|---|---|"]
    for outcome in outcomes:
        for row in outcome.rows:
            met = {True: "yes", False: "NO", None: ""}[row.get("met")]
            cells = [outcome.step, row["what"], row["result"], row.get("wanted", ""), met]
            lines.append(f"| {' | '.join(cells)} |")
        end = outcome.end if outcome.end == "done" else outcome.end.upper()
        lines.append(f"| {outcome.step} | in all | {outcome.seconds:.0f} s | | {end} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
