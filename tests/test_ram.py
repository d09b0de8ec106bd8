"""Free memory: the machine's, a container's, and that of an address space."""

import subprocess
import sys
from pathlib import Path

import pytest

from artstyle.machine import ram


@pytest.mark.parametrize(
    ("limit_name", "used_name"),
    [("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")],
)
def test_a_containers_limit_counts(
    limit_name: str, used_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ram, "CGROUPS", (str(tmp_path / "none"), str(tmp_path)))
    machine = ram.free()
    assert machine > 1 << 20
    limit, used = tmp_path / limit_name, tmp_path / used_name
    used.write_text("3000\n")
    (tmp_path / "memory.stat").write_text("anon 2000\ninactive_file 500\n")
    limit.write_text("max\n")
    assert ram.free() > 1 << 20
    limit.write_text("8000\n")
    assert ram.free() == 5500
    limit.write_text("1000\n")
    assert ram.free() == 0


@pytest.mark.parametrize(
    ("own", "folder"),
    [
        ("0::/system.slice/lab.service\n", "system.slice/lab.service"),
        ("0::/system.slice/lab.service\n", "system.slice"),
        ("4:memory:/system.slice/lab.service\n3:cpu:/\n", "system.slice/lab.service"),
        ("0::/../outside\n", "."),
    ],
)
def test_the_limits_of_a_service_and_of_the_groups_around_it_count(
    own: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ram, "CGROUPS", (str(tmp_path / "groups"),))
    monkeypatch.setattr(ram, "OWN_GROUPS", tmp_path / "own")
    group = tmp_path / "groups" / folder
    group.mkdir(parents=True)
    for name, text in (("max", "8000"), ("current", "3000"), ("stat", "inactive_file 500\n")):
        (group / f"memory.{name}").write_text(text)
    (tmp_path / "own").write_text(own)
    assert ram.free() == 5500


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="macOS has no such limit")
def test_what_is_left_of_the_address_space_counts_and_more_raises_memory_error() -> None:
    script = (
        "from artstyle.machine import ram\n"
        "ram.limit_addresses(50_000_000)\n"
        "assert 40_000_000 < ram.free() <= 50_000_000, ram.free()\n"
        "kept = bytes(30_000_000)\n"
        "assert ram.free() < 20_000_000\n"
        "try:\n    bytes(40_000_000)\n"
        "except MemoryError:\n    print('refused')\n"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == "refused\n"
