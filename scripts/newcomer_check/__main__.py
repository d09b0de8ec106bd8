"""Follow the README on a fresh Debian 12: its packages, its commands, and nothing else.

Needs root and debootstrap, and about 8 GB for the time that it takes; nothing is left behind.
Exit codes: 0 all holds, 1 something doesn't, 2 a tool is missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from scripts import readme
from scripts.docker_check.base import MIRROR
from scripts.docker_check.report import Report, expect
from scripts.newcomer_check import visit
from scripts.newcomer_check.machine import Machine

FAILED, MISSING = 1, 2
TOOLS = {"debootstrap": "debootstrap", "git": "git", "unshare": "util-linux"}
NEEDED = 9_000_000_000  # bytes: Debian, torch with CUDA, what pip unpacks meanwhile
UNPROVEN = [
    "a Debian from its installer: debootstrap's smallest stood for it, with sudo and this "
    "machine's kernel, network and, for pip, certificates",
    "the download of the project: this copy was cloned",
    "a browser on the lab: its pages and pictures were fetched by HTTP as a browser would",
    "other systems than Debian 12: Ubuntu, macOS, Windows",
    "the bot and Docker: `make test` and `make docker-check` are for them",
]


def main() -> int:
    """Check, say what could not be proven, and give the exit code."""
    given = _parser().parse_args()
    if problem := missing(given.folder):
        print(f"newcomer-check: {problem}", file=sys.stderr)
        return MISSING
    folder = Path(tempfile.mkdtemp(prefix="ast-newcomer-", dir=given.folder))
    report, machine = Report(), Machine(folder / "root")
    print(f"newcomer-check: it fetches some GB into {folder}, which goes at the end", flush=True)
    try:
        _follow(report, machine, given)
    except KeyboardInterrupt:
        report.failed.append("stopped")
    finally:
        shutil.rmtree(folder)
    print("\nNot proven here:", *unproven(given.tests), sep="\n- ")
    print("\nFAILED" if report.failed else "\nAll that could be checked holds.")
    return FAILED if report.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("newcomer-check", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--tests", action="store_true", help="also `make test` to its green end: half an hour")
    add("--mirror", default=MIRROR, metavar="URL", help="of Debian")
    add("--folder", type=Path, default=Path("/var/tmp"), metavar="DIR", help="for some GB")
    return parser


def missing(folder: Path) -> str | None:
    """Say what stands in the way, if anything."""
    packages = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if packages:
        return (
            f"{', '.join(packages)} are missing; on Debian and Ubuntu: "
            f"sudo apt-get install {' '.join(packages)}"
        )
    if os.geteuid() != 0:
        return "a system is bootstrapped by root alone: start it with sudo"
    free = shutil.disk_usage(folder).free
    if free < NEEDED:
        return f"{folder} has {free / 1e9:.1f} GB free, and {NEEDED / 1e9:.0f} are needed: --folder"
    return None


def unproven(tests: bool) -> list[str]:
    """List what such a run can't prove."""
    return UNPROVEN if tests else ["the tests' green end, which takes --tests", *UNPROVEN]


def _follow(report: Report, machine: Machine, given: argparse.Namespace) -> None:
    """Do what the README says, in its order; after a failure there is nothing to go on with."""
    lab, tests = plan(readme.blocks(readme.text()))
    steps: list[tuple[str, Callable[[], None]]] = [
        ("a fresh Debian 12 is made", partial(machine.make, given.mirror)),
        *((f"`{line}`", partial(machine.run, line)) for line in lab[:-1]),
        (f"`{lab[-1]}`, and a picture in it", partial(visit.lab, machine, lab[-1])),
        *((f"`{line}`", partial(machine.run, line)) for line in (tests if given.tests else ())),
    ]
    for words, step in steps:
        with report.claim(words):
            step()
        if report.failed:
            return


def plan(blocks: list[list[str]]) -> tuple[list[str], list[str]]:
    """Take the commands up to the lab's first, and those of the block that ends with the tests."""
    lines = [line for block in blocks for line in block]
    expect("make lab" in lines and lines[0].startswith("sudo apt-get"), lines[:5])
    lab = lines[: lines.index("make lab") + 1]
    return lab, next(block for block in blocks if block[-1] == "make test")


if __name__ == "__main__":
    sys.exit(main())
