"""The Telegram bot. `python tlbot.py --help` lists the options."""

from __future__ import annotations

import sys

from artstyle.bot import program
from artstyle.cli import configuring


def main(words: list[str] | None = None) -> int:
    """Run the bot with this folder's config.py until it is stopped; returns the exit code."""
    return program.main(configuring.module("config"), words, "tlbot.py")


if __name__ == "__main__":
    sys.exit(main())
