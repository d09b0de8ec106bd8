"""What the README tells a newcomer to type."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NAMES = ("docker run", "docker build", "python3 -m venv")  # no commands, but their names


def text() -> str:
    """Read the page."""
    return README.read_text(encoding="utf-8")


def blocks(page: str) -> list[list[str]]:
    """List the commands of each shell block, in the page's order."""
    bodies = [textwrap.dedent(body) for _, body in BLOCK.findall(page)]
    return [[line for line in body.splitlines() if line.strip()] for body in bodies]


def commands(page: str) -> list[str]:
    """List the commands of all shell blocks."""
    return [line for block in blocks(page) for line in block]


def inline(page: str) -> list[str]:
    """List the commands that stand within sentences and tables, whole ones alone."""
    prose = BLOCK.sub("", page)
    found = re.findall(r"`((?:docker|make|python3?|\.venv/bin/python) [^`\n]+)`", prose)
    return [command for command in found if "…" not in command and command not in NAMES]
