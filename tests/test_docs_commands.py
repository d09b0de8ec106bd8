"""Every command in the documentation is run as it is printed, in a copy of the project.

Only what takes hours, gigabytes or another machine is replaced: a few iterations instead of many,
and stand-ins for Docker, sudo, pip and Ray, whose arguments are checked.
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
from itertools import pairwise
from pathlib import Path

import loopback
import pytest
from ray.scripts.scripts import start
from tests import clips, dockerwords, docs
from tests.telegram_server import Telegram

from artstyle.pictures import read, save

ROOT = Path(__file__).parents[1]
COMMANDS = docs.commands()
PROJECT = (ROOT / "pyproject.toml").read_text()
QUICK = "--iterations 3 --levels 1"
PATIENCE = 120.0  # seconds for a program to start, on a busy machine
# Each runs the real program; python adds what makes the lab and the bot quick, and a free port.
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
OPENSSL = """#!/bin/sh
[ "$*" = "rand -hex 32" ] && printf '%064d\\n' 7
"""
CURL = """#!/bin/sh
for word; do shift; set -- "$@" "$(printf %s "$word" | sed "s#127.0.0.1:8080#$LAB#")"; done
exec "$REAL_CURL" --silent --show-error --fail "$@"
"""


def kind(command: str) -> str:
    """The program that a command starts; empty if it only sets variables."""
    words = [word for word in shlex.split(command) if not re.match(r"[A-Za-z_]+=", word)]
    if not words or words[0] == "export":
        return ""
    if words[0] == ".venv/bin/python":
        return words[1]
    return " ".join(words[:2]) if words[0] in ("make", "sudo") else Path(words[0]).name


TESTED: set[str] = set()


def of(*kinds: str) -> list[str]:
    found = [command for command in COMMANDS if kind(command) in kinds]
    assert found, f"no page has a command with {kinds}"
    TESTED.update(found)
    return found


def each(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("command", of(*kinds))


LABS, REQUESTS = of("make lab", "lab.py"), of("curl")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project as after its set-up, in another folder, with a user's pictures and clip."""
    folder = tmp_path / "project"
    folder.mkdir()
    for path in ROOT.iterdir():
        if path.name not in (".git", ".venv", "data", "out", "out.png"):
            (folder / path.name).symlink_to(path)
    photo, painting = "content/rocket.jpg", "style/cubist.webp"
    mine = {"photo.jpg": photo, "painting.jpg": painting, "other.jpg": painting, "mask.png": photo}
    for name, source in mine.items():
        save.save(read.load(ROOT / "img" / source)[..., :200, :300], folder / name)
    clips.write(folder / "clip.mp4", clips.pictures(2))
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
    words, env = ["bash", "-c", command], environment(folder, **more)
    return subprocess.run(
        words, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def recorded(command: str, tool: str | Path, folder: Path) -> list[str]:
    """Run a command with a stand-in for its program, and return the stand-in's arguments."""
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
        async with asyncio.timeout(PATIENCE):
            assert process.stdout is not None
            async for line in process.stdout:
                if says in line.decode():
                    yield line.decode()
                    break
            else:
                raise AssertionError(f"it ended without saying {says!r}")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), PATIENCE)


def address(line: str) -> str:
    found = re.search(r"http://([\d.]+:\d+)", line)
    assert found, line
    return found[1]


def test_every_command_is_run_by_a_test() -> None:
    assert set(COMMANDS) == TESTED


@each("cp")
def test_a_back_up_is_a_copy_of_the_folder(command: str, project: Path) -> None:
    (project / "data" / "jobs").mkdir(parents=True)
    done = shell(command, project)
    assert done.returncode == 0 and (project / "data-backup" / "jobs").is_dir()


@each("make lab", "lab.py")
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


@each("tlbot.py")
async def test_the_bot_starts(command: str, project: Path) -> None:
    async with Telegram() as telegram:
        known = command.replace("=...", f"={telegram.token}")
        assert known != command
        base = {"TELEGRAM_BASE_URL": telegram.base_url}
        async with started(known, project, "tlbot: running", **base):
            await telegram.until(lambda: telegram.called("getUpdates"), PATIENCE)


@each("artstyle")
def test_the_command_line_makes_its_picture(command: str, project: Path) -> None:
    for path in (project.parent / "tools/artstyle", project / ".venv/bin/artstyle"):
        place(path, ARTSTYLE)
    done = shell(command, project)
    assert done.returncode == 0, done.stderr
    words = shlex.split(command.replace(">", " -o "))
    out = project / words[-words[::-1].index("-o")]  # the last one: -o - >out.png
    if out.suffix == ".mp4":
        assert [len(frame) for frame in clips.decoded(out)] == [256, 256]
        return
    made = sorted(out.iterdir()) if out.is_dir() else sorted(project.glob(f"{out.stem}*.png"))
    pages = [each for each in made if each.suffix == ".html"]
    assert all("<title>" in page.read_text() for page in pages)
    pictures = [each for each in made if each not in pages]
    assert pictures and all(read.check(each).height >= 256 for each in pictures)


@each("make test")
def test_what_make_is_asked_for_is_there(command: str, project: Path) -> None:
    done = shell(command, project, MAKEFLAGS="n")  # it would run this very test
    assert done.returncode == 0, done.stderr
    assert "pytest" in done.stdout and "pip install" not in done.stdout


@each("sudo apt-get")
def test_the_packages_are_those_that_the_makefile_asks_for(command: str, project: Path) -> None:
    words = recorded(command, "sudo", project)
    if words == ["apt-get", "update"]:
        return
    assert words[:2] == ["apt-get", "install"] and len(words) > 2
    told = (ROOT / "Makefile").read_text() + (ROOT / ".ci/run").read_text()
    for package in words[2:]:
        assert re.search(rf"\b{package}\b", told), package


@each("python3")
def test_the_set_up_without_make_uses_the_same_folder(command: str, project: Path) -> None:
    assert recorded(command, "python3", project) == ["-m", "venv", ".venv"]
    assert "VENV := .venv\n" in (ROOT / "Makefile").read_text()


@each("pip")
def test_pip_installs_what_make_installs_and_what_a_cluster_needs(
    command: str, project: Path
) -> None:
    words = recorded(command, project / ".venv/bin/pip", project)
    assert words in (["install", "-e", ".[heif]"], ["install", "-r", "requirements-cluster.lock"])
    assert (ROOT / words[-1]).is_file() or "optional-dependencies.heif =" in PROJECT


@each("mkdir")
def test_the_clusters_token_is_for_its_owner_only(command: str, project: Path) -> None:
    place(project.parent / "tools/openssl", OPENSSL)
    home = project.parent / "home"
    home.mkdir()
    assert shell(command, project, HOME=str(home)).returncode == 0
    token = home / ".ray/auth_token"
    assert token.read_text() == f"{7:064d}" and token.stat().st_mode & 0o777 == 0o600


@each("")
def test_variables_are_those_that_the_tests_cluster_uses(command: str, project: Path) -> None:
    known = {**loopback.WATCHFUL, "RAY_AUTH_MODE": "token"}
    done = shell(f"{command}; declare -p", project)
    assert done.returncode == 0
    for name, value in re.findall(r"(RAY_\w+)=(\w+)", command):
        assert known[name] == value and f'{name}="{value}"' in done.stdout


@each("ray")
def test_ray_understands_how_it_is_started(command: str, project: Path) -> None:
    words = recorded(command, project / ".venv/bin/ray", project)
    assert words[0] == "start"
    start.make_context("ray start", words[1:])


@each("sudo useradd", "sudo install", "sudo systemctl")
def test_services_are_installed_from_the_units_for_their_user(command: str, project: Path) -> None:
    name, *words = recorded(command, "sudo", project)
    units = {path.name: path.read_text() for path in (ROOT / "deploy/systemd").glob("*.service")}
    if name == "useradd":
        assert all(f"\nUser={words[-1]}\n" in unit for unit in units.values())
    elif name == "install":
        sources = words[words.index("/etc/systemd/system") + 1 :]
        assert sorted(sources) == [f"deploy/systemd/{each}" for each in sorted(units)]
    else:
        assert words == ["daemon-reload"] or f"{words[-1]}.service" in units


@each("kubectl")
def test_kubernetes_is_given_manifests_that_are_there(command: str, project: Path) -> None:
    place(project.parent / "tools/openssl", OPENSSL)
    words = recorded(command, "kubectl", project)
    manifests = {path: path.read_text() for path in (ROOT / "deploy").rglob("*.yaml")}
    for option, name in pairwise(words):
        assert option != "-f" or ROOT / name in manifests
    if words[0] == "create":
        assert words[-1] == f"--from-literal=auth_token={7:064d}"
        assert any(f"name: {words[3]}\n" in text for text in manifests.values())
    for sort, _, name in (word.partition("/") for word in words if word[-3:] == "lab"):
        wanted = f"kind: {sort.capitalize()}\nmetadata:\n  name: {name}\n"
        assert any(wanted in text for text in manifests.values())


@each("docker")
def test_docker_is_told_what_it_can_do(command: str, project: Path) -> None:
    dockerwords.check(recorded(command, "docker", project))


@pytest.mark.parametrize("command", docs.inline())
def test_commands_within_sentences_name_what_is_there(command: str, project: Path) -> None:
    words = shlex.split(command)
    if words[0] == "docker":
        dockerwords.check(recorded(command, "docker", project))
    elif words[0] == "make":
        assert shell(command, project, MAKEFLAGS="n").returncode == 0
    else:
        script = next(word for word in words if re.match(r"(bench|scripts)/|\w+\.py", word))
        program = script.replace("-", "_") + "/__main__.py"  # what a shell script may start
        servers = (f"ast/artstyle/{room}/program.py" for room in ("cli", "lab", "bot"))
        sources = [ROOT / name for name in (script, program, *servers)]
        text = "".join(path.read_text() for path in sources if path.is_file())
        for option in filter(lambda word: word.startswith("--"), words):
            assert option in text, option
