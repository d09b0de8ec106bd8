"""The documentation: its pages, and the commands in them."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NAMES = ("docker run", "docker build", "python3 -m venv")  # mentioned, not meant to be typed


PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in (
        *("README.md", "CONTRIBUTING.md", "BENCHMARKS.md", "CHANGELOG.md"),
        *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
    )
}


def blocks(text: str) -> list[list[str]]:
    """The commands of each shell block."""
    bodies = [textwrap.dedent(body).replace("\\\n", "") for _, body in BLOCK.findall(text)]
    return [[line for line in body.splitlines() if line.strip()] for body in bodies]


def commands() -> list[str]:
    """The different commands in all shell blocks of all pages, in order."""
    found = (line for text in PAGES.values() for block in blocks(text) for line in block)
    return list(dict.fromkeys(found))


def inline() -> list[str]:
    """The different commands within sentences and tables."""
    tools = r"(?:docker|make|python3?|\.venv/bin/python) [^`\n]+"
    pattern = re.compile(rf"`({tools}|scripts/[\w-]+(?: [^`\n]+)?)`")
    found = (name for text in PAGES.values() for name in pattern.findall(BLOCK.sub("", text)))
    return [name for name in dict.fromkeys(found) if "…" not in name and name not in NAMES]
