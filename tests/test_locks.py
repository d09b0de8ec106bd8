"""The locks name what the requirements allow, exactly and checkably, on every platform."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKED = {
    "requirements-base.txt": "requirements.lock",
    "requirements-build.txt": "requirements.lock",
    "requirements-torch.txt": "requirements-torch.lock",
    "requirements-heif.txt": "requirements-heif.lock",
    "requirements-cluster.txt": "requirements-cluster.lock",
    "requirements-dev.txt": "requirements-dev.lock",
}
LOCKS = sorted({*LOCKED.values()})
MACHINES = [(machine, python) for machine in ("x86_64", "aarch64") for python in ("3.11", "3.13")]


@dataclass
class Entry:
    """One package of a lock."""

    requirement: Requirement
    hashes: list[str]


def entries(lock: str) -> list[Entry]:
    """Read a lock; fails on a line that is neither a pinned package, nor a hash, nor a comment."""
    found: list[Entry] = []
    for line in (ROOT / lock).read_text().splitlines():
        text = line.strip().removesuffix("\\").strip()
        if re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", text):
            found[-1].hashes.append(text)
        elif text and not text.startswith("#"):
            assert re.match(r"[a-z0-9-]+==[\w.]+($| ; )", text), f"{lock}: {line}"
            found.append(Entry(Requirement(text), []))
    return found


def requirements(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def applies(marker: Marker | None, machine: str, python: str) -> bool:
    environment = {
        "platform_machine": machine,
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
    }
    return marker is None or marker.evaluate(environment)


def versions(lock: str, machine: str, python: str) -> dict[str, list[str]]:
    """The versions of each package that a lock has for a machine."""
    found: dict[str, list[str]] = defaultdict(list)
    for entry in entries(lock):
        if applies(entry.requirement.marker, machine, python):
            (pin,) = entry.requirement.specifier
            found[canonicalize_name(entry.requirement.name)].append(pin.version)
    return found


@pytest.mark.parametrize(("machine", "python"), MACHINES)
@pytest.mark.parametrize("name", LOCKED)
def test_each_requirement_is_locked_at_a_version_that_it_allows(
    name: str, machine: str, python: str
) -> None:
    locked = versions(LOCKED[name], machine, python)
    for wanted in requirements(name):
        if applies(wanted.marker, machine, python):
            (version,) = locked[canonicalize_name(wanted.name)]
            assert wanted.specifier.contains(version), f"{wanted}: run make lock"


@pytest.mark.parametrize(("machine", "python"), MACHINES)
def test_all_locks_agree_about_a_package(machine: str, python: str) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for lock in LOCKS:
        for name, each in versions(lock, machine, python).items():
            found[name].update(each)
    assert {name: each for name, each in found.items() if len(each) > 1} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_each_package_has_hashes_and_its_source_is_left_to_pip(lock: str) -> None:
    found = entries(lock)
    assert found and all(entry.hashes for entry in found)


def test_a_package_with_a_wheel_for_each_platform_has_several_hashes() -> None:
    hashes = {
        (lock, entry.requirement.name): len(entry.hashes)
        for lock in LOCKS
        for entry in entries(lock)
    }
    for name in ("aiohttp", "msgspec", "numpy", "opencv-python-headless", "pillow"):
        assert hashes["requirements.lock", name] > 4, name  # x86_64, aarch64, macOS, Windows
    assert hashes["requirements-heif.lock", "pillow-heif"] > 4


def test_known_vulnerabilities_are_below_the_bounds() -> None:
    bounds = {each.name: each.specifier for each in requirements("requirements-base.txt")}
    for name, last in (("aiohttp", "3.14.3"), ("pillow", "12.9"), ("filelock", "4.2.0")):
        assert not bounds[name].contains(last)


def test_make_and_the_image_install_from_the_locks_and_check_the_hashes() -> None:
    for name in ("Makefile", "Dockerfile"):
        text = (ROOT / name).read_text()
        assert "--require-hashes" in text and "requirements.lock" in text
        assert "requirements-heif.lock" in text  # users expect pictures of iPhones to work
        assert "--no-deps --no-build-isolation" in text  # what builds the package is locked too


def test_the_checks_use_the_clusters_lock() -> None:
    cluster, checks = (
        {(each.requirement.name, str(each.requirement.specifier)) for each in entries(lock)}
        for lock in ("requirements-cluster.lock", "requirements-dev.lock")
    )
    assert cluster <= checks | {
        (each.requirement.name, str(each.requirement.specifier))
        for lock in ("requirements.lock", "requirements-torch.lock", "requirements-heif.lock")
        for each in entries(lock)
    }
