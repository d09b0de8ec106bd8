"""The lab: a gallery in the browser, on port 8080. `python lab.py --help` lists the options."""

from __future__ import annotations

import sys

from artstyle.cli import configuring
from artstyle.lab import program


def main(words: list[str] | None = None) -> int:
    """Run the lab with this folder's config.py until it is stopped; returns the exit code."""
    return program.main(configuring.module("config"), words, "lab.py")


if __name__ == "__main__":
    sys.exit(main())
