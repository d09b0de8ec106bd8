"""The shell scripts: their syntax, what they refuse, and the files they copy."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHECKS = ("docker-check", "newcomer-check")


PATH = os.environ["PATH"]


def bash(
    *words: str | Path, folder: Path = ROOT, path: str = PATH
) -> subprocess.CompletedProcess[str]:
    command, env = ["/bin/bash", *words], {**os.environ, "PATH": path}
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def refused(name: str, *words: str, path: str = PATH) -> str:
    done = bash(ROOT / "scripts" / name, *words, path=path)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"{name}: [^\n]+\n", done.stderr), done.stderr
    return done.stderr


@pytest.mark.parametrize("name", [*CHECKS, "debian.sh"])
def test_bash_can_parse_the_script(name: str) -> None:
    done = bash("-n", ROOT / "scripts" / name)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", CHECKS)
def test_the_script_is_short_and_help_names_every_option(name: str) -> None:
    text = (ROOT / "scripts" / name).read_text()
    assert len(text.splitlines()) <= 180
    done = bash(ROOT / "scripts" / name, "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"usage: scripts/{name}")
    cases = text[text.index("case $1") : text.index("esac")]
    for option in re.findall(r"--[a-z]+\b", cases):
        assert option == "--help" or f"  {option}" in done.stdout, option


BOTH = [
    ("--nonsense", 'unknown option "--nonsense"'),
    ("extra", 'unknown option "extra"'),
    ("--port", "--port needs a value"),
    ("--port many", '--port must be a number, but is "many"'),
]
DOCKER = [
    ("--engine lxc", 'must be docker, podman or buildah, but is "lxc"'),
    ("--base python --bootstrap", "exclude each other"),
]


@pytest.mark.parametrize(
    ("name", "words", "reason"),
    [*((name, *each) for name in CHECKS for each in BOTH), *(("docker-check", *x) for x in DOCKER)],
)
def test_bad_options_are_refused(name: str, words: str, reason: str) -> None:
    assert reason in refused(name, *words.split())


@pytest.mark.parametrize("option", ["--root", "--folder"])
def test_newcomer_check_refuses_folders_that_do_not_exist(option: str, tmp_path: Path) -> None:
    assert str(tmp_path / "none") in refused("newcomer-check", option, str(tmp_path / "none"))


@pytest.mark.parametrize("name", CHECKS)
def test_missing_programs_are_named(name: str, tmp_path: Path) -> None:
    said = refused(name, path=str(tmp_path))
    assert "sudo apt-get install git curl" in said


def test_docker_check_needs_an_engine_that_works(tmp_path: Path) -> None:
    for name, script in (("git", "true"), ("curl", "true"), ("docker", "exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    assert "sudo apt-get install podman" in refused("docker-check", path=str(tmp_path))


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def test_the_copied_project_has_the_files_that_git_knows_as_they_are_now(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    git(project, "init", "--quiet")
    for name in ("kept", "sub/changed", "gone"):
        (project / name).write_text("old")
    (project / ".gitignore").write_text("secret\n")
    git(project, "add", ".")
    (project / "sub/changed").write_text("new")
    (project / "added").write_text("new")
    (project / "secret").write_text("new")
    (project / "gone").unlink()
    copied = tmp_path / "copy"
    script = f"set -euo pipefail; source {ROOT}/scripts/debian.sh; copy_project {copied}"
    assert bash("-c", script, folder=project).returncode == 0
    files = {str(path.relative_to(copied)) for path in copied.rglob("*") if path.is_file()}
    assert files == {".gitignore", "kept", "sub/changed", "added"}
    assert (copied / "sub/changed").read_text() == "new"


def test_newcomer_check_reads_the_commands_of_the_pages(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```sh\nsudo apt-get install make\n```\ntext\n   ```sh\n   make lab\n\n   ```\n"
        "```python\nprint()\n```\n```sh\nartstyle a b\n```\n"
    )
    text = (ROOT / "scripts/newcomer-check").read_text()
    (function,) = re.findall(r"^commands\(\) .*$", text, re.MULTILINE)
    done = bash("-c", f"{function}; commands {page}")
    assert done.stdout == "sudo apt-get install make\nmake lab\nartstyle a b\n"


@pytest.mark.parametrize(
    ("page", "last"), [("README.md", "make lab"), ("CONTRIBUTING.md", "make test")]
)
def test_the_pages_begin_with_what_newcomer_check_follows(page: str, last: str) -> None:
    text = (ROOT / page).read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).splitlines()
    assert last in lines
    assert lines[0].startswith("sudo apt-get")
