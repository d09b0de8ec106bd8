"""``artstyle lab`` and ``artstyle bot``: the servers, wherever the package is installed."""

from __future__ import annotations

from artstyle.cli import configuring

NAMES = ("lab", "bot")


def run(name: str, words: list[str]) -> int:
    """Run a server until it is stopped; returns the exit code."""
    if name == "lab":
        from artstyle.lab.program import main  # each is slow to import
    else:
        from artstyle.bot.program import main
    return main(configuring.installed, words, f"artstyle {name}")
