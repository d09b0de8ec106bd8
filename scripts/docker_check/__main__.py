"""Build the Dockerfile and use the image as a user would, without an image registry.

Needs Debian's tools and root. Everything lies in a folder of its own, which goes at the end.
Exit codes: 0 all holds, 1 something doesn't, 2 a tool is missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from container.baked import WARNING
from scripts.docker_check import base, context
from scripts.docker_check.podman import LONG, Podman
from scripts.docker_check.report import Report, expect
from scripts.docker_check.still import BAKED_IMAGE, IMAGE

from artstyle.bot.token import FILE

ROOT = Path(__file__).parents[2]
FAILED, MISSING = 1, 2
TOOLS = {  # and the Debian packages that bring them
    "debootstrap": "debootstrap",
    "podman": "podman",
    "crun": "crun",
    "slirp4netns": "slirp4netns",
    "ip": "iproute2",
    "git": "git",
}
UNPROVEN = [
    "the official image python:3.11-slim-bookworm: Debian 12 with its own Python 3.11 stood for it",
    "Docker itself, BuildKit and Compose: Podman built and ran all",
    "--gpus all, and torch on a GPU in a container",
    "the real Telegram: the tests' own Bot API server stood for it",
    "TORCH_INDEX: an index of CPU-only wheels was not asked",
    "WEIGHTS=vgg19: the weights are 548 MB to fetch",
    "that Docker runs HEALTHCHECK by itself every 30 s: it was run by hand",
]


def main() -> int:
    """Check, say what could not be proven, and give the exit code."""
    given = _parser().parse_args()
    if problem := missing():
        print(f"docker-check: {problem}", file=sys.stderr)
        return MISSING
    folder = Path(tempfile.mkdtemp(prefix="ast-docker-check-", dir=given.folder))
    podman, report = Podman(folder), Report()
    print(f"docker-check: it takes some minutes, and some GB in {folder} until the end", flush=True)
    try:
        _build(report, podman, folder, given)
        failed = bool(report.failed) or _drive(folder) != 0
    except KeyboardInterrupt:
        print("\ndocker-check: stopped", file=sys.stderr)
        failed = True
    finally:
        if given.keep:
            print(f"kept: podman --root {folder}/storage --runroot {folder}/state images")
        else:
            podman.remove()
            shutil.rmtree(folder)
    print("\nNot proven here:", *unproven(given), sep="\n- ")
    print("\nFAILED" if failed else "\nAll that could be checked holds.")
    return FAILED if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("docker-check", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--wheels", type=Path, default=slim_wheels(), metavar="DIR", help="a slim torch's wheels")
    add("--whole", action="store_true", help="the tested torch with CUDA, 6 GB, in any case")
    add("--torch-index", metavar="URL", help="another index for torch, as of CPU-only wheels")
    add("--mirror", default=base.MIRROR, metavar="URL", help="of Debian")
    add("--folder", type=Path, default=Path("/var/tmp"), metavar="DIR", help="for some GB")
    add("--keep", action="store_true", help="keep the image")
    return parser


def slim_wheels() -> Path | None:
    """Find a folder that pip was told of with a torch for CPUs in it, if there is one."""
    for name in os.environ.get("PIP_FIND_LINKS", "").split():
        if next(Path(name).glob("torch-*+cpu-cp311-*.whl"), None):
            return Path(name)
    return None


def missing() -> str | None:
    """Say what has to be installed, if anything."""
    packages = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if packages:
        return (
            f"{', '.join(packages)} are missing; on Debian and Ubuntu: "
            f"sudo apt-get install {' '.join(packages)}"
        )
    if os.geteuid() != 0:
        return "a base image is bootstrapped by root alone: start it with sudo"
    return None


def torch_arguments(given: argparse.Namespace) -> list[str]:
    """Say which torch is built in, by the Dockerfile's own arguments."""
    if given.torch_index:
        return ["--build-arg", f"TORCH_INDEX={given.torch_index}"]
    if given.whole or not given.wheels:
        return []
    wheel = next(given.wheels.glob("torch-*.whl"))
    version = wheel.name.split("-")[1]
    return ["--build-arg", f"TORCH=torch=={version}", "-v", f"{given.wheels}:{base.WHEELS}:ro"]


def unproven(given: argparse.Namespace) -> list[str]:
    """List what this run could not prove."""
    if given.torch_index:
        return [each for each in UNPROVEN if not each.startswith("TORCH_INDEX")]
    if torch_arguments(given):
        said = torch_arguments(given)[1].partition("=")[2]
        return [f"the torch of requirements-torch.txt: {said} was built in (--whole)", *UNPROVEN]
    return UNPROVEN


def _build(report: Report, podman: Podman, folder: Path, given: argparse.Namespace) -> None:
    dockerfile = ROOT / "Dockerfile"
    called = base.name(dockerfile)
    with report.claim(f"a base image is made, named {called}"):
        base.make(podman, folder, given.mirror, called)
    if report.failed:
        return
    command = ["build", "--pull=never", "--isolation", "chroot", "--format", "docker"]
    command += torch_arguments(given)
    with report.claim("the Dockerfile builds"):
        clean = context.make(ROOT, folder / "context", token=False)
        said = podman.call(*command, "-t", IMAGE, clean, seconds=LONG)
        expect(WARNING not in said, "a warning of a token where there is none")
    with report.claim(f"it builds with {FILE} in the folder, and warns"):
        baked = context.make(ROOT, folder / "context", token=True)
        said = podman.call(*command, "-t", BAKED_IMAGE, baked, seconds=LONG)
        expect(WARNING in said, said[-2000:])
    size = podman.call("images", "--format", "{{.Repository}} {{.Size}}")
    print("        " + "; ".join(size.splitlines()), flush=True)


def _drive(folder: Path) -> int:
    """Use the image in namespaces of its own."""
    command = [sys.executable, "-m", "scripts.docker_check.drive", str(folder)]
    return subprocess.run(["unshare", "--mount", "--net", *command], check=False).returncode


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    print(f"({time.monotonic() - began:.0f} s)")
    sys.exit(code)
