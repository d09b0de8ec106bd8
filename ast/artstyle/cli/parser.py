"""The argument parser of all programs, and options made from the settings' descriptions."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from artstyle import aliases, settings
from artstyle.cli import streams
from artstyle.errors import ArgumentError

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

METAVARS = {str: "NAME", int: "N", tuple: "LIST"}


class Parser(argparse.ArgumentParser):
    """Reports what is wrong in one line, by raising `ArgumentError`."""

    def __init__(self, prog: str, description: str, epilog: str | None = None) -> None:
        super().__init__(prog=prog, description=description, epilog=epilog, allow_abbrev=False)

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        if file is sys.stdout and file is not None:  # argparse drops what can't be written
            streams.write(message)
        else:
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        raise ArgumentError(f"{message} ({self.prog} --help lists the options)")


def add_setting(parser: argparse._ActionsContainer, name: str) -> None:
    option = f"--{name.replace('_', '-')}"
    described, kind = settings.SETTINGS[name], settings.KINDS[name]
    help = described.help.replace("%", "%%")
    if kind is bool:
        parser.add_argument(option, action="store_true", default=None, help=help.removesuffix("."))
        return
    default = described.unset or settings.default(name)
    about = f"{help.removesuffix('.')} ({settings.bounds(name)}; default: {default})"
    parser.add_argument(
        option,
        type=partial(settings.parse, name),
        metavar="SIZE" if described.unit == "bytes" else METAVARS.get(kind, "X"),
        help=about,
    )


def add_alias(parser: argparse._ActionsContainer, name: str) -> None:
    switch = aliases.ALIASES[name]
    parser.add_argument(
        f"--{name.replace('_', '-')}",
        action="store_true",
        default=None,
        help=f"the same as --{switch.setting.replace('_', '-')} {switch.on}",
    )
