"""The options that painting from words and painting from a table have in common."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artstyle import aliases, defaults, settings
from artstyle.cli.parser import Parser, add_alias, add_setting
from artstyle.errors import ArgumentError, printable
from artstyle.settings import MAX_LEVELS, Settings

GROUPS = {"picture": "the picture", "algorithm": "the algorithm", "machine": "the machine"}
LEAST_SIZE, MOST_SIZE = 16, 20_000  # of --output-size
OVERWRITE = "overwrite results in the folder OUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How pictures are made and told of, whichever they are."""

    out: Path
    output_size: int | None
    weights: Path | None
    snapshots: Path | None
    report: Path | None
    force: bool
    json: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The settings that the command line asks for."""

    usual: Mapping[str, Any]  # of the file that --config names
    preset: str | None
    changes: Mapping[str, Any]  # by options
    output_size: int | None
    weights: Path | None

    @classmethod
    def of(cls, given: argparse.Namespace) -> Asked:
        """Read them from what was parsed; raises `BadInput`."""
        changes = {
            name: value
            for name, value in vars(given).items()
            if name in (*settings.SETTINGS, *aliases.ALIASES) and value is not None
        }
        usual = defaults.read_file(given.config) if given.config else {}
        renamed = aliases.renamed(changes)
        return cls(usual, given.preset, renamed, given.output_size, given.weights)

    def settings(
        self, paintings: int, preset: str | None = None, changes: Mapping[str, Any] | None = None
    ) -> Settings:
        """The settings of a picture, for which a preset and changes may be chosen besides.

        Changes override the options, these the preset, and that the file of --config, without
        what suits another number of paintings. Raises `BadInput`.
        """
        preset = preset or self.preset
        asked = {**self.changes, **(changes or {})}
        if self.weights is not None and asked.get("network") == "vgg16":
            raise ArgumentError("--weights is for VGG19: leave out --network vgg16 or --weights")
        known = {**(settings.preset_changes(preset) if preset else {}), **asked}
        if self.output_size and "levels" not in known:
            asked["levels"] = _levels(self.output_size)
        return defaults.combine(defaults.fitting(self.usual, paintings), preset, asked)


def _levels(output_size: int) -> int:
    """The fewest levels that need no enlarging, or the most there are."""
    enough = (level for level in range(1, MAX_LEVELS) if 128 << level >= output_size)
    return next(enough, MAX_LEVELS)


def whole(what: str, low: int, high: int, text: str) -> int:
    """Read a whole number; raises `ArgumentError`."""
    try:
        number = int(text)
    except ValueError as error:
        raise ArgumentError(f'{what} must be a whole number, but is "{printable(text)}"') from error
    if not low <= number <= high:
        raise ArgumentError(f"{what} must be from {low} to {high}, but is {printable(text)}")
    return number


def _output_size(text: str) -> int:
    return whole("output size", LEAST_SIZE, MOST_SIZE, text)


def name(text: str) -> str:
    """A name that isn't empty; raises `ArgumentError`."""
    if not text:  # a variable of the shell that isn't set; a path would be this folder
        raise ArgumentError("a name is empty: name a file or a folder")
    return text


def path(text: str) -> Path:
    """A path that isn't empty; raises `ArgumentError`."""
    return Path(name(text))


def names(text: str, separator: str, folder: Path | None = None) -> list[str]:
    """The names in a text; a file's name that has a separator in it stays whole."""
    try:
        whole = (folder or Path()).joinpath(text).exists()
    except (OSError, ValueError):  # too long for a name
        whole = False
    return [text] if whole else [each.strip() for each in text.split(separator)]


def add_files(parser: Parser, out: str, force: str = OVERWRITE) -> argparse._ArgumentGroup:
    """Add the options about files; returns their group."""
    group = parser.add_argument_group("files")
    add = group.add_argument
    add("-o", "--out", type=name, metavar="OUT", help=out)
    size = f"shorter side of the saved picture in px ({LEAST_SIZE} … {MOST_SIZE}; default: as made)"
    add("--output-size", type=_output_size, metavar="N", help=size)
    add("--force", action="store_true", help=force)
    add("--snapshots", type=path, metavar="DIR", help="save the picture there every 20 %%")
    add("--config", type=path, metavar="FILE", help="take defaults from a file like config.py")
    add("--weights", type=path, metavar="FILE", help="a checkpoint of VGG19")
    add("--json", action="store_true", help="print one JSON line per step on standard output")
    add("--quiet", action="store_true", help="show no progress bar and no warnings")
    return group


def add_settings(parser: Parser) -> None:
    """Add a group of options for each group of settings."""
    for group, title in GROUPS.items():
        options = parser.add_argument_group(title)
        if group == "picture":
            options.add_argument("--preset", metavar="NAME", help=", ".join(settings.PRESETS))
        for setting, described in settings.SETTINGS.items():
            if described.group == group:
                add_setting(options, setting)
                for alias, switch in aliases.ALIASES.items():
                    if switch.setting == setting:
                        add_alias(options, alias)
