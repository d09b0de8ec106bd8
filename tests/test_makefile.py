"""The set-up: it installs when it must, and names what is missing."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = tuple(
    sorted(path.name for path in ROOT.glob("requirements*.lock") if "cluster" not in path.name)
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that the Makefile looks at, without an environment."""
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def installed(project: Path) -> Path:
    """The same with stamps that say that all is installed."""
    (project / ".venv").mkdir()
    for seconds, name in enumerate((".created", ".installed", ".installed-dev"), 1):
        stamp = project / ".venv" / name
        stamp.touch()
        later = (project / "Makefile").stat().st_mtime + 10 + seconds
        os.utime(stamp, (later, later))
    for name in ("pyproject.toml", *LOCKS):
        os.utime(project / name, (1_000_000_000, 1_000_000_000))
    return project


def make(folder: Path, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [shutil.which("make") or "make", "--no-print-directory", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **more)


def test_a_second_call_installs_nothing(installed: Path) -> None:
    assert "pip install" not in make(installed, "--dry-run", "test").stdout


@pytest.mark.parametrize("name", LOCKS)
def test_a_changed_lock_is_installed_and_checked_by_its_hashes(name: str, installed: Path) -> None:
    far = (installed / "Makefile").stat().st_mtime + 1000
    os.utime(installed / name, (far, far))
    shown = make(installed, "--dry-run", "test").stdout
    assert [
        line for line in shown.splitlines() if f"-r {name}" in line and "--require-hashes" in line
    ]


def test_the_locks_are_made_of_the_requirements_one_after_the_other(installed: Path) -> None:
    shown = make(installed, "--dry-run", "lock", "OPTIONS=--upgrade").stdout
    made = [line for line in shown.splitlines() if " pip compile " in line]
    assert [line.rpartition(" -o ")[2] for line in made] == [
        *("requirements.lock", "requirements-torch.lock"),
        *("requirements-heif.lock", "requirements-cluster.lock", "requirements-dev.lock"),
    ]
    assert all("--generate-hashes" in line and "--upgrade" in line for line in made)
    known = "-c requirements.lock -c requirements-torch.lock -c requirements-heif.lock"
    assert known in made[-2] and f"{known} -c requirements-cluster.lock" in made[-1]


def test_the_lab_needs_no_development_tools(installed: Path) -> None:
    (installed / ".venv/.installed-dev").unlink()
    assert "pip install" not in make(installed, "--dry-run", "lab").stdout


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["lab", "OPTIONS=--levels 2"], ["python lab.py --levels 2"]),
        (
            ["docker-check", "OPTIONS=--keep"],
            ["PYTHON=.venv/bin/python scripts/docker-check --keep"],
        ),
        (
            ["gallery"],
            ["bench/gallery.py --commit", "bench/gallery.py --examples", "-m scripts.screens"],
        ),
    ],
)
def test_programs_run_in_the_environment_with_options(
    words: list[str], shown: list[str], installed: Path
) -> None:
    run = make(installed, "--dry-run", *words).stdout
    assert all(part in run for part in shown)


def test_the_newcomers_check_needs_nothing_installed_and_takes_options(project: Path) -> None:
    shown = make(project, "--dry-run", "newcomer-check", "OPTIONS=--tests").stdout
    assert shown.strip() == "scripts/newcomer-check --tests"


def test_without_a_browser_the_tests_say_what_is_missing(installed: Path) -> None:
    shown = make(installed, "tests", env={"PATH": str(installed)})  # no browser there
    assert shown.returncode != 0
    assert "sudo apt-get install chromium" in shown.stdout


@pytest.mark.parametrize(
    ("python", "package"), [("", "python3 python3-venv"), ("/bin/false", "python3-venv")]
)
def test_without_python_or_venv_its_package_is_named(
    python: str, package: str, project: Path
) -> None:
    shown = make(project, "lab", f"PYTHON={python}")
    assert shown.returncode != 0
    assert f"sudo apt-get install {package}" in shown.stdout
    assert not (project / ".venv").exists()


def test_torch_is_pinned_by_platform() -> None:
    pins = (ROOT / "requirements-torch.txt").read_text()
    for pin in ("torch==2.14.1", "torchvision==0.29.1", "torch==2.9.1", "torchvision==0.24.1"):
        assert f"\n{pin}; platform_machine" in pins
