"""Uses the image where nothing but this machine can be reached.

Started by the check in namespaces of its own: a network of which only loopback is there, so that
whatever works here works without internet, and mounts that it may change.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.docker_check import botside, labside, still
from scripts.docker_check.podman import Podman
from scripts.docker_check.report import Report

UNIFIED = Path("/sys/fs/cgroup/unified")  # beside the old cgroups it confuses the runtime


def main(folder: Path) -> int:
    """Check all claims and give the exit code."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    if UNIFIED.is_mount():
        subprocess.run(["umount", str(UNIFIED)], check=True)
    report, podman, data = Report(), Podman(folder), folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    still.check(report, podman, data)
    asyncio.run(_served(report, podman, data))
    return 1 if report.failed else 0


async def _served(report: Report, podman: Podman, data: Path) -> None:
    await botside.check(report, podman, data)
    await labside.check(report, podman, data)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
