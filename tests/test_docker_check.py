"""The check of the image: what it needs, what it builds from, what it says."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.docker_check import __main__ as check
from scripts.docker_check import base, context, still
from scripts.docker_check.podman import Podman
from scripts.docker_check.report import CheckError, Report, expect

from artstyle.bot.token import FILE, SHAPE

ROOT = Path(__file__).parents[1]


def given(**said: object) -> argparse.Namespace:
    return argparse.Namespace(**{"torch_index": None, "whole": False, "wheels": None, **said})


def test_without_the_tools_it_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/bash", ROOT / "scripts/docker-check"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{tmp_path}", "PYTHON": sys.executable},
    )
    assert done.returncode == check.MISSING, done.stderr
    assert "sudo apt-get install debootstrap podman" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_root_is_let_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "with sudo" in (check.missing() or "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert check.missing() is None


def test_a_slim_torch_is_built_in_and_named_if_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", f"/nowhere {tmp_path}")
    assert check.slim_wheels() is None
    (tmp_path / "torch-9.8.7+cpu-cp311-cp311-linux_x86_64.whl").touch()
    assert check.slim_wheels() == tmp_path
    slim = given(wheels=tmp_path)
    assert check.torch_arguments(slim) == [
        *("--build-arg", "TORCH=torch==9.8.7+cpu"),
        *("-v", f"{tmp_path}:{base.WHEELS}:ro"),
    ]
    assert "torch==9.8.7+cpu was built in" in check.unproven(slim)[0]


def test_the_tested_torch_is_built_in_if_one_says_so(tmp_path: Path) -> None:
    whole = given(whole=True, wheels=tmp_path)
    assert check.torch_arguments(whole) == []
    assert check.unproven(whole) == check.UNPROVEN
    index = given(torch_index="https://wheels.example/cpu")
    assert not any("TORCH_INDEX" in each for each in check.unproven(index))
    assert check.torch_arguments(index) == [
        "--build-arg",
        "TORCH_INDEX=https://wheels.example/cpu",
    ]


def test_the_base_image_gets_the_name_that_the_dockerfile_asks_for(tmp_path: Path) -> None:
    assert base.name(ROOT / "Dockerfile") == "python:3.11-slim-bookworm"


def test_the_image_is_built_from_the_project_with_all_that_must_stay_outside(
    tmp_path: Path,
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "lab.py").write_text("print()")
    (project / FILE).write_text("TOKEN = 'a real one'")
    (project / ".gitignore").write_text(FILE)
    subprocess.run(["git", "init", "-q", project], check=True)
    made = context.make(project, tmp_path / "context", token=False)
    assert (made / "lab.py").is_file() and not (made / FILE).exists()
    assert all((made / decoy).is_file() for decoy in context.DECOYS)
    made = context.make(project, tmp_path / "context", token=True)
    assert (made / FILE).read_text() == f'TOKEN = "{context.BAKED}"\n'
    assert SHAPE.fullmatch(context.BAKED)


def test_a_claim_that_fails_is_told_and_the_next_is_checked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = Report()
    with report.claim("the sky is green"):
        expect(False, "blue")
    with report.claim("grass is green"):
        expect(True, "green")
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == ["FAILED  the sky is green", "        seen: blue"]
    assert told[2].startswith("ok      grass is green (")
    assert report.failed == ["the sky is green"]


class Listed(Podman):
    """Stands for an image with these files."""

    def __init__(self, *files: str) -> None:
        self._files = files

    def run(self, *_: str | Path, code: int = 0) -> str:
        return "".join(f"/app/{file}\n" for file in self._files)


PROGRAMS = [name if "." in name else f"{name}/file.py" for name in sorted(still.INSIDE)]


def test_an_image_with_the_programs_alone_is_as_it_should_be() -> None:
    still._holds(Listed(*PROGRAMS))


@pytest.mark.parametrize("file", [FILE, "tests/bot.py", ".env", "ast/artstyle/.env"])
def test_an_image_with_more_in_it_is_not(file: str) -> None:
    with pytest.raises(CheckError):
        still._holds(Listed(*PROGRAMS, file))
