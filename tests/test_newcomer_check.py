"""The check that follows the README: what it takes from it, what it needs, what it sends."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from scripts import readme
from scripts.docker_check.report import CheckError
from scripts.newcomer_check import __main__ as check
from scripts.newcomer_check import machine, visit
from tests.browser import served

from artstyle.jobs import State

PAGE = """
```sh
sudo apt-get install make
```
text
1. more

   ```sh
   make lab
   ```
```python
print()
```
```sh
artstyle a b
```
```sh
sudo apt-get install chromium
make test
```
"""


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def test_it_follows_the_page_up_to_the_lab_and_then_the_tests() -> None:
    lab, tests = check.plan(readme.blocks(PAGE))
    assert lab == ["sudo apt-get install make", "make lab"]
    assert tests == ["sudo apt-get install chromium", "make test"]


def test_the_real_page_can_be_followed() -> None:
    lab, tests = check.plan(readme.blocks(readme.text()))
    assert lab[-1] == "make lab" and tests[-1] == "make test"


def test_a_page_that_begins_otherwise_is_told() -> None:
    with pytest.raises(CheckError, match="seen"):
        check.plan([["pip install artstyle"]])


def test_without_its_tools_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "sudo apt-get install debootstrap git util-linux" in (check.missing(Path()) or "")


def test_only_root_with_room_is_let_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "with sudo" in (check.missing(tmp_path) or "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(check, "NEEDED", 10**18)
    assert "--folder" in (check.missing(tmp_path) or "")
    monkeypatch.setattr(check, "NEEDED", 1)
    assert check.missing(tmp_path) is None


def test_what_was_not_proven_says_whether_the_tests_ran() -> None:
    assert "--tests" in check.unproven(False)[0]
    assert not any("--tests" in each for each in check.unproven(True))


def test_the_copy_is_a_clone_with_what_was_changed_since(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    git(project, "init", "--quiet")
    for name in ("kept", "changed", "gone"):
        (project / name).write_text("old")
    (project / ".gitignore").write_text("secret\n")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "-m", "All")
    (project / "changed").write_text("new")
    (project / "added").write_text("new")
    (project / "secret").write_text("new")
    (project / "gone").unlink()
    machine.copy(project, tmp_path / "copy")
    made = {path.name: path.read_text() for path in (tmp_path / "copy").iterdir() if path.is_file()}
    assert made.pop(".gitignore")
    assert made == {"kept": "old", "changed": "new", "added": "new"}


def test_its_mounts_and_processes_end_with_the_command(tmp_path: Path) -> None:
    words = machine.Machine(tmp_path).command("make lab")
    assert words[0] == "unshare" and {"--mount", "--pid", "--kill-child"} <= set(words)
    assert words[-1] == "make lab"


async def test_the_lab_takes_what_the_newcomer_sends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = visit.SAMPLES / "content/chelsea.jpg"  # the tests' labs take no large files
    monkeypatch.setattr(visit, "PICTURES", {"content": small, "style": small})
    async with served(tmp_path) as lab:
        job = await asyncio.to_thread(visit._send, f"{lab.base}/api/jobs")
        (taken,) = lab.queue.all()
        assert taken.id == job and taken.state in (State.QUEUED, State.RUNNING)
        assert taken.settings.iterations == int(visit.SMALL["iterations"])
        await lab.queue.cancel(taken)
        with pytest.raises(CheckError, match="cancelled"):
            await asyncio.to_thread(visit._finished, lab.base, job)


def test_a_lab_that_doesnt_start_is_told_with_its_last_words() -> None:
    process = subprocess.Popen(
        ["sh", "-c", "echo no space left; exit 1"], stdout=subprocess.PIPE, text=True
    )
    with process, pytest.raises(CheckError, match="no space left"):
        visit._address(process)


def test_the_labs_address_is_read_from_its_line() -> None:
    line = "lab: http://127.0.0.1:4711 (this machine alone)"
    process = subprocess.Popen(["echo", line], stdout=subprocess.PIPE, text=True)
    with process:
        assert visit._address(process) == "http://127.0.0.1:4711"
