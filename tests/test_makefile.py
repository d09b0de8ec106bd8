"""The set-up: it installs when it must, and names what is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ("requirements-base.txt", "requirements-torch.txt", "requirements-dev.txt")
CLUSTER = "requirements-cluster.txt"  # named in that for development


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that the Makefile looks at, without an environment."""
    for name in ("Makefile", "pyproject.toml", CLUSTER, *REQUIREMENTS):
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
    for name in ("pyproject.toml", CLUSTER, *REQUIREMENTS):
        os.utime(project / name, (1_000_000_000, 1_000_000_000))
    return project


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_second_call_installs_nothing(installed: Path) -> None:
    assert "pip install" not in make(installed, "--dry-run", "test").stdout


@pytest.mark.parametrize("name", [*REQUIREMENTS, CLUSTER])
def test_a_changed_requirement_is_installed(name: str, installed: Path) -> None:
    (installed / name).touch()
    far = (installed / "Makefile").stat().st_mtime + 1000
    os.utime(installed / name, (far, far))
    by = "requirements-dev.txt" if name == CLUSTER else name
    assert f"-r {by}" in make(installed, "--dry-run", "test").stdout


def test_the_lab_needs_no_development_tools(installed: Path) -> None:
    (installed / ".venv/.installed-dev").unlink()
    assert "pip install" not in make(installed, "--dry-run", "lab").stdout


def test_make_lab_starts_the_lab_with_options(installed: Path) -> None:
    shown = make(installed, "--dry-run", "lab", "OPTIONS=--levels 2")
    assert "python lab.py --levels 2" in shown.stdout


def test_the_check_of_the_image_takes_options_and_runs_in_the_environment(installed: Path) -> None:
    shown = make(installed, "--dry-run", "docker-check", "OPTIONS=--keep")
    assert "PYTHON=.venv/bin/python scripts/docker-check --keep" in shown.stdout


def test_the_gallery_makes_the_sheets_the_lab_and_the_bot(installed: Path) -> None:
    shown = make(installed, "--dry-run", "gallery").stdout
    for words in ("bench/gallery.py --commit", "-m scripts.screens", "-m scripts.chat"):
        assert f".venv/bin/python {words}" in shown


def test_the_newcomers_check_needs_nothing_installed_and_takes_options(project: Path) -> None:
    shown = make(project, "--dry-run", "newcomer-check", "OPTIONS=--tests").stdout
    assert shown.strip() == "scripts/newcomer-check --tests"


def test_without_a_browser_the_tests_say_what_is_missing(installed: Path) -> None:
    shown = subprocess.run(
        [shutil.which("make") or "make", "tests"],
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(installed)},  # no browser there
    )
    assert shown.returncode != 0
    assert "sudo apt-get install chromium" in shown.stdout


def test_without_python_its_package_is_named(project: Path) -> None:
    shown = make(project, "lab", "PYTHON=")
    assert shown.returncode != 0
    assert "sudo apt-get install python3 python3-venv" in shown.stdout
    assert not (project / ".venv").exists()


def test_without_venv_its_package_is_named(project: Path) -> None:
    crippled = project / "python"
    crippled.write_text("#!/bin/sh\nexit 1\n")
    crippled.chmod(0o755)
    shown = make(project, "lab", f"PYTHON={crippled}")
    assert shown.returncode != 0
    assert "sudo apt-get install python3-venv" in shown.stdout
    assert not (project / ".venv").exists()


def test_torch_is_pinned_by_platform() -> None:
    pins = (ROOT / "requirements-torch.txt").read_text()
    for pin in ("torch==2.14.1", "torchvision==0.29.1", "torch==2.9.1", "torchvision==0.24.1"):
        assert f"\n{pin}; platform_machine" in pins


def test_the_base_requirements_end_with_the_package_itself() -> None:
    assert (ROOT / "requirements-base.txt").read_text().splitlines()[-1] == "-e ."
