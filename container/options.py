"""Which program the words after `docker run ast` mean, and those options that matter around it."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import config


@dataclass(frozen=True, slots=True)
class Options:
    """Where a program is reached and where it keeps things."""

    host: str | None
    """None unless it was said."""
    port: int
    data: Path
    bot: bool
    """Whether the lab was asked to run the bot too."""


def named(words: list[str]) -> tuple[str, list[str]]:
    """Part the command from its own words; options alone are the bot's."""
    if not words:
        return "bot", []
    if words[0].startswith("-") and words[0] not in ("--help", "-h"):
        return "bot", words
    return words[0], words[1:]


def read(words: list[str]) -> Options:
    """Read a program's words; what is wrong with them is for the program to say."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--host")
    parser.add_argument("--port", type=int, default=config.PORT)
    parser.add_argument("--data", type=Path, default=_data())
    parser.add_argument("--bot", action="store_true")
    try:
        given, _ = parser.parse_known_args(words)
    except (argparse.ArgumentError, SystemExit):
        return Options(None, config.PORT, _data(), bot=False)
    return Options(given.host, given.port, given.data, given.bot)


def _data() -> Path:
    return Path(os.environ.get("AST_DATA") or config.DATA)
