"""A stand-in for the Dockerfile's base image: Debian 12 and its Python 3.11, under its name."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
from pathlib import Path

from scripts.docker_check.podman import Podman

MIRROR = "http://deb.debian.org/debian"
PACKAGES = "ca-certificates,python3,python3-pip"
WHEELS = "/wheels"  # where pip looks beside its index
# It mounts things in the folder that is deleted afterwards: nobody else may see these, and
# whenever it is stopped they are to go with it.
ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
PIP = f"[global]\ncert = /{CERTIFICATES}\nfind-links = {WHEELS}\n"


def name(dockerfile: Path) -> str:
    """Read which image the Dockerfile begins with."""
    found = re.search(r"^FROM (\S+)", dockerfile.read_text(), re.MULTILINE)
    assert found, f"{dockerfile} has no FROM"
    return found[1]


def make(podman: Podman, folder: Path, mirror: str, called: str) -> None:
    """Bootstrap a Debian, make it look like the official image of Python, and import it."""
    root, archive = folder / "root", folder / "base.tar"
    shutil.rmtree(root, ignore_errors=True)
    command = [*ALONE, "debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm"]
    subprocess.run([*command, str(root), mirror], check=True, stdout=subprocess.DEVNULL)
    _adapt(root)
    subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True)
    shutil.rmtree(root)
    podman.call("import", archive, f"docker.io/library/{called}")
    archive.unlink()


def _adapt(root: Path) -> None:
    """Name Python as the official image does, and let pip install and trust as this machine."""
    (root / "usr/bin/python").symlink_to("python3")
    for mark in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        mark.unlink()
    trusted = ssl.get_default_verify_paths().cafile
    if trusted:
        shutil.copyfile(trusted, root / CERTIFICATES)
    (root / "etc/pip.conf").write_text(PIP)
    (root / WHEELS.lstrip("/")).mkdir()
    for package in root.glob("var/cache/apt/archives/*.deb"):
        package.unlink()
