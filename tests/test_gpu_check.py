"""The check of a GPU, on the CPU: every step runs, and what goes wrong in one ends no other."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.gpu_check import __main__ as check
from scripts.gpu_check import runs, scale, steps
from scripts.gpu_check.profile import summed

SMALL = scale.SCALES["cpu"]
WHAT = {
    "machine": ["device", "free memory", "copy, read and written"],
    "evaluations": ["96×64"],
    "waits": ["stage 1, 96×64", "stage 2, 192×128", "one level of 64 px"],
    "loss": ["plain, 2 iterations", "ours, 1 iterations"],
}


@pytest.mark.parametrize("step", WHAT)
def test_each_step_gives_its_rows(step: str) -> None:
    rows = list(steps.STEPS[step](SMALL))
    for expected, row in zip(WHAT[step], rows, strict=False):
        assert row["what"].startswith(expected)
        assert json.loads(json.dumps(row)) == row


def test_a_picture_is_made_by_the_command_line_and_judged() -> None:
    row = next(runs.pictures(SMALL))
    assert row["result"].startswith("384×256 in ")
    assert row["met"] and row["figures"]["code"] == 0
    first, end = row["figures"]["stages"]
    assert first["sizes"] == [[384, 256]] and first["iterations"] == 1
    assert first["to"] <= end["picture at"]


STEPS = """
import json, sys, time
print(json.dumps({"what": "first", "result": "a row", "met": sys.argv[1] == "tests"}), flush=True)
if sys.argv[1] == "loss":
    sys.exit("no such loss")
if sys.argv[1] == "waits":
    time.sleep(60)
"""


def test_steps_that_fail_or_hang_end_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "played.py").write_text(STEPS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(check, "MODULE", "played")
    monkeypatch.setattr(check, "LEAST", 0.1)
    monkeypatch.setitem(check.STEPS, "waits", 1.0)
    kept = tmp_path / "figures.json"
    only = ["waits", "loss", "tests"]
    monkeypatch.setattr("sys.argv", ["gpu-check", "--json", str(kept), "--only", *only])
    assert check.main() == 1
    ends = {each["step"]: each["end"] for each in json.loads(kept.read_text())}
    assert ends == {"waits": "stopped after 1 s", "loss": "failed with 1", "tests": "done"}
    out = capsys.readouterr().out
    assert "no such loss" in out
    assert "| waits | first | a row |  | NO |" in out
    assert "| tests | first | a row |  | yes |" in out


def test_no_step_begins_without_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["gpu-check", "--seconds", "1", "--only", "tests", "loss"])
    assert check.main() == 1
    assert capsys.readouterr().out.count("NO TIME LEFT") == 2


def test_overlapping_kernels_are_busy_once() -> None:
    kernels = [(0, 40, "a"), (20, 50, "b"), (70, 80, "a")]
    row = summed("an iteration", kernels, {}, 100e-6, 1)
    assert row["figures"]["idle"] == pytest.approx(0.4)
    assert row["figures"]["kernels"] == {"a": 50, "b": 30}


def test_it_starts_with_the_interpreter_that_is_named() -> None:
    done = subprocess.run(
        [check.ROOT / "scripts/gpu-check", "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHON": sys.executable},
    )
    assert done.returncode == 0, done.stderr
    assert "--wheels DIR" in done.stdout
