"""A fresh Debian 12 in a folder, and a user in it who has the project and sudo."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

from scripts.docker_check.base import ALONE, CERTIFICATES
from scripts.docker_check.report import CheckError

PROJECT = Path(__file__).parents[2]
USER = 1000
HOME = Path("home/ann")
COPY = HOME / "ast"
# sudo is there on every desktop; without certificates nobody reaches anything.
PACKAGES = "ca-certificates,sudo"
LONG = 7200.0  # seconds for a command: gigabytes may come over a thin line
# The newcomer presses y.
FILES = {
    "etc/apt/apt.conf.d/90yes": 'APT::Get::Assume-Yes "true";\n',
    "etc/sudoers.d/ann": "ann ALL=(ALL) NOPASSWD:ALL\n",
    "etc/pip.conf": f"[global]\ncert = /{CERTIFICATES}\ntimeout = 180\n",
}
# All mounts are made in a namespace of their own and go with it, whatever happens.
INSIDE = """set -e
mount --rbind /dev "$0/dev"
mount -t proc proc "$0/proc"
mount -t sysfs sysfs "$0/sys"
exec chroot --userspec="$1:$1" "$0" /usr/bin/env -i HOME="/$2" USER=ann LANG=C.UTF-8 \
  PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive \
  bash -c "cd /$3 && $4"
"""


class Machine:
    """Runs a user's commands in its folder."""

    def __init__(self, root: Path) -> None:
        """Name the folder; nothing is in it yet."""
        self.root = root

    def make(self, mirror: str) -> None:
        """Bootstrap it, and give the user a copy of the project."""
        command = [*ALONE, "debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm"]
        _quietly([*command, str(self.root), mirror])
        for name in ("etc/resolv.conf", "etc/hosts"):
            (self.root / name).unlink(missing_ok=True)  # a link would lead out of it
            shutil.copyfile(f"/{name}", self.root / name)
        trusted = ssl.get_default_verify_paths().cafile
        if trusted:
            shutil.copyfile(trusted, self.root / CERTIFICATES)
        for name, text in FILES.items():
            (self.root / name).write_text(text)
        _quietly(["chroot", str(self.root), "useradd", "--create-home", "--uid", str(USER), "ann"])
        copy(PROJECT, self.root / COPY)
        _quietly(["chown", "-R", f"{USER}:{USER}", str(self.root / HOME)])

    def command(self, line: str) -> list[str]:
        """Word a user's command in the project's folder for this machine's shell."""
        names = [str(self.root), str(USER), str(HOME), str(COPY), line]
        return [*ALONE, "sh", "-c", INSIDE, *names]

    def run(self, line: str) -> None:
        """Run a command to its end; raises `CheckError` with its last words unless it is 0."""
        try:
            _quietly(self.command(line))
        except subprocess.TimeoutExpired:
            raise CheckError(f"it has not ended after {LONG:.0f} s") from None


def copy(project: Path, to: Path) -> None:
    """Clone the project, and lay over it what was changed since."""
    _quietly(["git", "clone", "--quiet", str(project), str(to)])
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (project / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project / name, to / name)
        else:
            (to / name).unlink(missing_ok=True)


def _quietly(command: list[str]) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LONG,
    )
    if done.returncode != 0:
        raise CheckError(f"it ended with {done.returncode}: {done.stdout[-3000:]}")
