"""How much main memory is free, in a container or a service too. Doesn't need torch."""

import re
import sys
from contextlib import suppress
from pathlib import Path, PurePosixPath

import psutil

CGROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/memory")  # version 2 and 1
OWN_GROUPS = Path("/proc/self/cgroup")


def free() -> int:
    """The bytes that this process can still take without swapping, failing or being killed."""
    limits = [psutil.virtual_memory().available, *map(_left_in, _groups()), _left_of_addresses()]
    return min(each for each in limits if each is not None)


def limit_addresses(size: int) -> None:
    """Let this process take so many bytes from now on; more raises MemoryError.

    Does nothing where the system has no such limit, as on Windows.
    """
    if sys.platform != "win32":
        import resource

        most = _addresses() + size
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # macOS refuses
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _addresses() -> int:
    return int(psutil.Process().memory_info().vms)


def _left_of_addresses() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    soft = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if soft == resource.RLIM_INFINITY else max(0, soft - _addresses())


def _groups() -> set[Path]:
    """Folders of the control groups around this process, which each may have a limit.

    A container sees its own as the outermost one; a service of systemd is in one further inside.
    """
    names = ["/"]
    with suppress(OSError):
        lines = [line.split(":", 2) for line in OWN_GROUPS.read_text().splitlines()]
        names += [name for _, controllers, name in lines if controllers in ("", "memory")]
    inside = [PurePosixPath(name.lstrip("/")) for name in names]
    around = {each for path in inside for each in (path, *path.parents)}
    return {Path(folder, each) for folder in CGROUPS for each in around}


def _left_in(folder: Path) -> int | None:
    """The bytes left under a group's limit, if it has one (cgroup v2 or v1)."""
    for limit_name, used_name in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        try:
            limit = Path(folder, limit_name).read_text().strip()
            used = int(Path(folder, used_name).read_text())
            cache = re.search(r"inactive_file (\d+)", Path(folder, "memory.stat").read_text())
        except OSError:
            continue
        if limit.isdigit():
            # the kernel gives back its cache of files on request
            return max(0, int(limit) - used + (int(cache[1]) if cache else 0))
    return None
