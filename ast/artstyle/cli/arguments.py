"""The arguments of the command line."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path

from artstyle import __version__, defaults, settings
from artstyle.cli.parser import Parser, add_setting
from artstyle.cli.streams import STDIN, STDOUT
from artstyle.errors import ArgumentError, OutputError, printable
from artstyle.settings import MAX_LEVELS, Settings

GROUPS = {"picture": "the picture", "algorithm": "the algorithm", "machine": "the machine"}
LEAST_SIZE, MOST_SIZE = 16, 20_000  # of --output-size
LEAST_FPS, MOST_FPS = 1, 120
CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6}(?:\.\d{1,6})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the command line asks for."""

    content: Path
    style: Path
    out: Path
    settings: Settings
    output_size: int | None
    weights: Path | None
    snapshots: Path | None
    fps: Fraction | None
    begin: float | None
    end: float | None
    work: Path | None
    force: bool
    json: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class ReadArguments:
    """What ``--read`` asks for: the settings in a picture."""

    read: Path


def parse(words: list[str] | None = None) -> Arguments | ReadArguments:
    """Parse the command line; prints and exits for ``--help``. Raises `BadInput`."""
    words = _names_marked(sys.argv[1:] if words is None else words)
    given = _parser().parse_intermixed_args(words)  # CONTENT -o OUT STYLE is fine too
    if given.read is not None:
        return ReadArguments(_standard(given.read, STDIN))
    if given.content is None or given.style is None:
        raise ArgumentError("name a photo and a painting: artstyle CONTENT STYLE -o OUT")
    if given.out is None:
        raise OutputError("name the result: -o OUT.png, or -o FOLDER")
    given.content, given.style = (_standard(each, STDIN) for each in (given.content, given.style))
    given.out = _standard(given.out, STDOUT)
    if given.out == STDOUT and given.json:
        raise ArgumentError("--json needs standard output for itself: name a file with -o")
    if None not in (given.begin, given.end) and given.end <= given.begin:
        raise ArgumentError("--to must be later than --from")
    given.settings = _settings(given)
    return Arguments(**{each.name: getattr(given, each.name) for each in fields(Arguments)})


def _names_marked(words: list[str]) -> list[str]:
    """Take out ``--``, and mark the names behind it that begin with a dash, as ``./-photo.jpg``.

    What argparse itself makes of ``--`` differs between versions of Python. Once both pictures
    are named, options may follow.
    """
    if "--" not in words:
        return words
    before, after = words[: (place := words.index("--"))], words[place + 1 :]
    given, _ = _parser().parse_known_intermixed_args(before)
    missing = [given.content, given.style].count(None)
    names = [f"./{w}" if w.startswith("-") and w != "-" else w for w in after[:missing]]
    return [*before, *names, *(word for word in after[missing:] if word != "--")]


def _settings(given: argparse.Namespace) -> Settings:
    """Options override the preset, and the preset overrides the file that --config names."""
    options = {
        name: value
        for name, value in vars(given).items()
        if name in settings.SETTINGS and value is not None
    }
    if given.weights is not None and options.get("network") == "vgg16":
        raise ArgumentError("--weights is for VGG19: leave out --network vgg16 or --weights")
    preset = settings.preset_changes(given.preset) if given.preset else {}
    if given.output_size and "levels" not in {**preset, **options}:
        options["levels"] = _levels(given.output_size)
    usual = defaults.read_file(given.config) if given.config else {}
    return defaults.combine(usual, given.preset, options)


def _levels(output_size: int) -> int:
    """The fewest levels that need no enlarging, or the most there are."""
    enough = (level for level in range(1, MAX_LEVELS) if 128 << level >= output_size)
    return next(enough, MAX_LEVELS)


def _output_size(text: str) -> int:
    try:
        size = int(text)
    except ValueError as error:
        raise ArgumentError(
            f'output size must be a whole number, but is "{printable(text)}"'
        ) from error
    if not LEAST_SIZE <= size <= MOST_SIZE:
        raise ArgumentError(
            f"output size must be from {LEAST_SIZE} to {MOST_SIZE}, but is {printable(text)}"
        )
    return size


def _rate(text: str) -> Fraction:
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise ArgumentError(f'fps must be a number, but is "{printable(text)}"') from error
    if not LEAST_FPS <= rate <= MOST_FPS:
        raise ArgumentError(f"fps must be from {LEAST_FPS} to {MOST_FPS}, but is {printable(text)}")
    return rate.limit_denominator(1001)


def _time(text: str) -> float:
    """Seconds of a time like ``2.5``, ``0:07`` or ``1:02:03.5``."""
    found = CLOCK.fullmatch(text)
    if not found:
        raise ArgumentError(f'a time is like 2.5, 0:07 or 1:02:03.5, not "{printable(text)}"')
    hours, minutes, seconds = (float(each or 0) for each in found.groups())
    return 3600 * hours + 60 * minutes + seconds


def _name(text: str) -> str:
    if not text:  # a variable of the shell that isn't set; a path would be this folder
        raise ArgumentError("a name is empty: name a file or a folder")
    return text


def _path(text: str) -> Path:
    return Path(_name(text))


def _standard(name: str, stream: Path) -> Path:
    """A path, or the standard stream for ``-``; a file of this name is ``./-``."""
    return stream if name == "-" else Path(name)


def _parser() -> Parser:
    parser = Parser(
        "artstyle",
        "Repaint a photo in the style of a painting.",
        "artstyle lab runs the lab, artstyle bot the Telegram bot; each has its own --help. "
        "Exit codes: 0 done, 1 failed or stopped while running, 2 bad input or arguments.",
    )
    for name, what in (("content", "photo"), ("style", "painting")):
        parser.add_argument(
            name,
            nargs="?",
            type=_name,
            metavar=name.upper(),
            help=f"the {what}, a folder of them, or - for standard input",
        )
    _add_files(parser)
    _add_clips(parser)
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
    out = (
        "a .png, .jpg or .webp file (.mp4 for a clip), a folder, or - for a PNG on standard output"
    )
    add("-o", "--out", type=_name, metavar="OUT", help=out)
    size = f"shorter side of the saved picture in px ({LEAST_SIZE} … {MOST_SIZE}; default: as made)"
    add("--output-size", type=_output_size, metavar="N", help=size)
    add(
        "--force",
        action="store_true",
        help="overwrite results in the folder OUT; start a clip anew",
    )
    add("--snapshots", type=_path, metavar="DIR", help="save the picture there every 20 %%")
    add("--config", type=_path, metavar="FILE", help="take defaults from a file like config.py")
    add("--weights", type=_path, metavar="FILE", help="a checkpoint of VGG19")
    add("--read", type=_name, metavar="OUT.png", help="print the settings stored in a PNG and exit")
    add("--json", action="store_true", help="print one JSON line per step on standard output")
    add("--quiet", action="store_true", help="show no progress bar and no warnings")
    add("--version", action="version", version=f"artstyle {__version__}")


def _add_clips(parser: Parser) -> None:
    add = parser.add_argument_group("clips").add_argument
    rate = f"frames per second ({LEAST_FPS} … {MOST_FPS}; default: as in the clip)"
    add("--fps", type=_rate, metavar="N", help=rate)
    begin = "begin at this time, like 2.5 or 0:07 (default: the beginning)"
    add("--from", dest="begin", type=_time, metavar="TIME", help=begin)
    add("--to", dest="end", type=_time, metavar="TIME", help="end at this time (default: the end)")
    work = "the folder for finished frames until all are there (default: beside OUT)"
    add("--work", type=_path, metavar="DIR", help=work)
