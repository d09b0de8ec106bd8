"""Every command in the README is run: as it stands, in a project of its own.

Only what takes hours, gigabytes or another machine is replaced: a few iterations in place of
many, a stand-in where Docker, sudo or pip would have to fetch, and whose words are checked.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from scripts import readme
from tests import dockerwords
from tests.telegram_server import Telegram

from artstyle.pictures import read, save

ROOT = Path(__file__).parents[1]
PAGE = readme.text()
COMMANDS = readme.commands(PAGE)
QUICK = "--iterations 3 --levels 1"
PATIENCE = 120.0  # seconds for a program to start, on a busy machine
# Each runs the real program; python gets what makes lab and bot quick, and a port that is free.
PYTHON = f"""#!/bin/sh
case "$1" in
lab.py) set -- "$@" {QUICK} --port 0 ;;
tlbot.py) set -- "$@" {QUICK} ;;
esac
exec {shlex.quote(sys.executable)} "$@"
"""
ARTSTYLE = f"""#!/bin/sh
exec {shlex.quote(sys.executable)} -m artstyle "$@" --network vgg16 {QUICK}
"""
RECORDER = """#!/bin/sh
for word; do printf '%s\\0' "$word"; done > "$RECORD"
"""
CURL = """#!/bin/sh
for word; do shift; set -- "$@" "$(printf %s "$word" | sed "s#127.0.0.1:8080#$LAB#")"; done
exec "$REAL_CURL" --silent --show-error --fail "$@"
"""


def kind(command: str) -> str:
    """Give the program that a command starts."""
    words = [word for word in shlex.split(command) if not re.match(r"[A-Z_]+=", word)]
    if words[0] == ".venv/bin/python":
        return words[1]
    return " ".join(words[:2]) if words[0] == "make" else words[0]


def of(*kinds: str) -> list[str]:
    found = [command for command in COMMANDS if kind(command) in kinds]
    assert found, f"the README has no command with {kinds}"
    return found


LABS = of("make lab", "lab.py")
CHECKS = of("make test")
BOTS = of("tlbot.py")
REQUESTS = of("curl")
PICTURES = of("artstyle")
DOCKERS = of("docker")
PACKAGES = of("sudo")
SETUP = of("python3", ".venv/bin/pip")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project as after its set-up, in another folder, with a user's two pictures."""
    folder = tmp_path / "project"
    folder.mkdir()
    for path in ROOT.iterdir():
        if path.name not in (".git", ".venv", "data", "out", "out.png"):
            (folder / path.name).symlink_to(path)
    for name, source in (("photo", "content/rocket.jpg"), ("painting", "style/cubist.webp")):
        save.save(read.load(ROOT / "img" / source)[..., :200, :300], folder / f"{name}.jpg")
    place(folder / ".venv/bin/python", PYTHON)
    for stamp in (".created", ".installed", ".installed-dev"):
        (folder / ".venv" / stamp).touch()
    return folder


def place(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)
    return path


def environment(folder: Path, **more: str) -> dict[str, str]:
    tools = folder.parent / "tools"
    paths = f"{ROOT / 'ast'}{os.pathsep}{ROOT}"
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    data = str(folder.parent / "data")
    return {**os.environ, "PATH": path, "PYTHONPATH": paths, "AST_DATA": data, **more}


def shell(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a newcomer's shell would."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def recorded(command: str, tool: str, folder: Path) -> list[str]:
    """Run a command with a stand-in for its program, and give the words that this was given."""
    record = folder.parent / "record"
    place(folder.parent / "tools" / tool, RECORDER)
    done = shell(command, folder, RECORD=str(record))
    assert done.returncode == 0, done.stderr
    return record.read_text().split("\0")[:-1]


@asynccontextmanager
async def started(command: str, folder: Path, says: str, **more: str) -> AsyncIterator[str]:
    """Start a program that goes on; give its first line that says something, then end it."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", command),
        cwd=folder,
        env=environment(folder, **more),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        line = await asyncio.wait_for(first(process, says), PATIENCE)
        yield line
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), PATIENCE)


async def first(process: asyncio.subprocess.Process, says: str) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if says in line.decode():
            return line.decode()
    raise AssertionError(f"it ended without saying {says!r}")


def address(line: str) -> str:
    found = re.search(r"http://([\d.]+:\d+)", line)
    assert found, line
    return found[1]


def test_every_command_is_run_by_a_test() -> None:
    tested = {*LABS, *CHECKS, *BOTS, *REQUESTS, *PICTURES, *DOCKERS, *PACKAGES, *SETUP}
    assert set(COMMANDS) == tested


@pytest.mark.parametrize("command", LABS)
async def test_the_lab_starts_and_answers(command: str, project: Path) -> None:
    async with started(command, project, "lab: http://") as line:
        page = await asyncio.to_thread(urllib.request.urlopen, f"http://{address(line)}/")
        assert page.status == 200 and b"<title>" in page.read()


async def test_the_labs_requests_are_answered(project: Path) -> None:
    real = subprocess.run(["which", "curl"], capture_output=True, text=True, check=False)
    assert real.returncode == 0, "curl is missing. On Debian or Ubuntu: sudo apt-get install curl"
    place(project.parent / "tools/curl", CURL)
    async with started(LABS[-1], project, "lab: http://") as line:
        said = {"LAB": address(line), "REAL_CURL": real.stdout.strip()}
        for command in REQUESTS:
            done = await asyncio.to_thread(shell, command, project, **said)
            assert done.returncode == 0, done.stderr
            assert "/jobs/" in done.stdout


@pytest.mark.parametrize("command", BOTS)
async def test_the_bot_starts(command: str, project: Path) -> None:
    async with Telegram() as telegram:
        known = command.replace("=...", f"={telegram.token}")
        assert known != command
        base = {"TELEGRAM_BASE_URL": telegram.base_url}
        async with started(known, project, "tlbot: running", **base):
            await telegram.until(lambda: telegram.called("getUpdates"), PATIENCE)


@pytest.mark.parametrize("command", PICTURES)
def test_the_command_line_makes_its_picture(command: str, project: Path) -> None:
    place(project.parent / "tools/artstyle", ARTSTYLE)
    done = shell(command, project)
    assert done.returncode == 0, done.stderr
    words = shlex.split(command)
    assert read.check(project / words[words.index("-o") + 1]).height >= 256


@pytest.mark.parametrize("command", CHECKS)
def test_what_make_is_asked_for_is_there(command: str, project: Path) -> None:
    done = shell(command, project, MAKEFLAGS="n")  # it would run this very test
    assert done.returncode == 0, done.stderr
    assert "pytest" in done.stdout and "pip install" not in done.stdout


@pytest.mark.parametrize("command", PACKAGES)
def test_the_packages_are_those_that_the_makefile_asks_for(command: str, project: Path) -> None:
    words = recorded(command, "sudo", project)
    if words == ["apt-get", "update"]:
        return
    assert words[:2] == ["apt-get", "install"] and len(words) > 2
    told = (ROOT / "Makefile").read_text() + (ROOT / ".ci/run").read_text()
    for package in words[2:]:
        assert re.search(rf"\b{package}\b", told), package


def test_the_set_up_without_make_installs_what_make_installs(project: Path) -> None:
    words = recorded(SETUP[0], "python3", project)
    assert words == ["-m", "venv", ".venv"]
    place(project / ".venv/bin/pip", RECORDER)
    record = project.parent / "record"
    assert shell(SETUP[1], project, RECORD=str(record)).returncode == 0
    words = record.read_text().split("\0")[:-1]
    files = [word for word in words if word.endswith(".txt")]
    assert words[0] == "install" and all((project / name).is_file() for name in files)
    made = shell("make -n -W requirements-base.txt lab", project).stdout
    assert sorted(files) == sorted(re.findall(r"-r (\S+\.txt)", made))


@pytest.mark.parametrize("command", DOCKERS)
def test_docker_is_told_what_it_can_do(command: str, project: Path) -> None:
    dockerwords.check(recorded(command, "docker", project))


@pytest.mark.parametrize("command", readme.inline(PAGE))
def test_commands_within_sentences_name_what_is_there(command: str, project: Path) -> None:
    words = shlex.split(command)
    if words[0] == "docker":
        dockerwords.check(recorded(command, "docker", project))
    elif words[0] == "make":
        assert shell(command, project, MAKEFLAGS="n").returncode == 0
    else:
        parts = [word for word in words[1:] if word.endswith(".py") or "/" in word]
        assert all((ROOT / part).exists() for part in parts)
