"""The arguments of the command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from pathlib import Path

from artstyle import __version__, defaults, settings
from artstyle.cli.parser import Parser, add_setting
from artstyle.errors import ArgumentError, OutputError
from artstyle.settings import Settings

GROUPS = {"picture": "the picture", "algorithm": "the algorithm", "machine": "the machine"}


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the command line asks for."""

    content: Path
    style: Path
    out: Path
    settings: Settings
    weights: Path | None
    snapshots: Path | None
    force: bool
    json: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class ReadArguments:
    """What ``--read`` asks for: the settings in a picture."""

    read: Path


def parse(words: list[str] | None = None) -> Arguments | ReadArguments:
    """Parse the command line; prints and exits for ``--help``. Raises `BadInput`."""
    given = _parser().parse_intermixed_args(words)  # CONTENT -o OUT STYLE is fine too
    if given.read is not None:
        return ReadArguments(given.read)
    if given.content is None or given.style is None:
        raise ArgumentError("name a photo and a painting: artstyle CONTENT STYLE -o OUT")
    if given.out is None:
        raise OutputError("name the result: -o OUT.png, or -o FOLDER")
    given.settings = _settings(given)
    return Arguments(**{each.name: getattr(given, each.name) for each in fields(Arguments)})


def _settings(given: argparse.Namespace) -> Settings:
    """Options override the preset, and the preset overrides the file that --config names."""
    options = {
        name: value
        for name, value in vars(given).items()
        if name in settings.SETTINGS and value is not None
    }
    if given.weights is not None and options.get("network") == "vgg16":
        raise ArgumentError("--weights is for VGG19: leave out --network vgg16 or --weights")
    usual = defaults.read_file(given.config) if given.config else {}
    return defaults.combine(usual, given.preset, options)


def _parser() -> Parser:
    parser = Parser(
        "artstyle",
        "Repaint a photo in the style of a painting.",
        "artstyle lab runs the lab, artstyle bot the Telegram bot; each has its own --help. "
        "Exit codes: 0 done, 1 failed or stopped while running, 2 bad input or arguments.",
    )
    parser.add_argument("content", nargs="?", type=Path, metavar="CONTENT", help="the photo")
    parser.add_argument(
        "style", nargs="?", type=Path, metavar="STYLE", help="the painting, or a folder of them"
    )
    _add_files(parser)
    for group, title in GROUPS.items():
        options = parser.add_argument_group(title)
        if group == "picture":
            options.add_argument("--preset", metavar="NAME", help=", ".join(settings.PRESETS))
        for name, described in settings.SETTINGS.items():
            if described.group == group:
                add_setting(options, name)
    return parser


def _add_files(parser: Parser) -> None:
    add = parser.add_argument_group("files").add_argument
    add("-o", "--out", type=Path, metavar="OUT", help="a .png, .jpg or .webp file, or a folder")
    add("--force", action="store_true", help="overwrite results in the folder OUT")
    add("--snapshots", type=Path, metavar="DIR", help="save the picture there every 20 %%")
    add("--config", type=Path, metavar="FILE", help="take defaults from a file like config.py")
    add("--weights", type=Path, metavar="FILE", help="a checkpoint of VGG19")
    add("--read", type=Path, metavar="OUT.png", help="print the settings stored in a PNG and exit")
    add("--json", action="store_true", help="print one JSON line per step on standard output")
    add("--quiet", action="store_true", help="show no progress bar and no warnings")
    add("--version", action="version", version=f"artstyle {__version__}")
