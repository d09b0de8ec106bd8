"""The arguments of the command line."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from artstyle import __version__
from artstyle.cli import clip_options, options
from artstyle.cli.options import Asked, Options
from artstyle.cli.parser import Parser
from artstyle.cli.streams import STDIN, STDOUT
from artstyle.errors import ArgumentError, OutputError
from artstyle.roles import MOST_STYLES
from artstyle.settings import Settings

BATCH = "batch"  # a photo of that name is ./batch
REPORT = "report.html"  # of a batch, in its folder
MOST_VARIATIONS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments(Options):
    """What the command line asks for."""

    content: Path
    styles: tuple[Path, ...]
    mask: Path | None
    style_masks: tuple[Path, ...]
    settings: Settings
    variations: int
    fps: Fraction | None
    begin: float | None
    end: float | None
    work: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchArguments(Options):
    """What ``artstyle batch`` asks for: a picture for each row of a table."""

    table: Path
    asked: Asked  # where a row says nothing


@dataclass(frozen=True, slots=True)
class ReadArguments:
    """What ``--read`` asks for: the settings in a picture."""

    read: Path


def parse(words: list[str] | None = None) -> Arguments | BatchArguments | ReadArguments:
    """Parse the command line; prints and exits for ``--help``. Raises `BadInput`."""
    words = sys.argv[1:] if words is None else words
    if words and words[0] == BATCH:
        return _batch(words[1:])
    # CONTENT -o OUT STYLE is fine too
    given = _parser().parse_intermixed_args(_names_marked(words))
    if given.read is not None:
        return ReadArguments(_standard(given.read, STDIN))
    if given.content is None or not given.style:
        raise ArgumentError("name a photo and a painting: artstyle CONTENT STYLE -o OUT")
    if len(given.style) > MOST_STYLES:
        told = f"name at most {MOST_STYLES} paintings, not {len(given.style)}"
        raise ArgumentError(f"{told}: they are blended in one picture")
    _check_out(given, "name the result: -o OUT.png, or -o FOLDER")
    clip_options.check_part(given.begin, given.end)
    given.content = _standard(given.content, STDIN)
    given.styles = tuple(_standard(each, STDIN) for each in given.style)
    given.mask = None if given.mask is None else _standard(given.mask, STDIN)
    masks = (name for text in given.style_masks or () for name in options.names(text, ","))
    given.style_masks = tuple(_standard(options.name(each), STDIN) for each in masks)
    given.settings = Asked.of(given).settings(len(given.styles))
    return Arguments(**_values(given, Arguments))


def _batch(words: list[str]) -> BatchArguments:
    given = _batch_parser().parse_intermixed_args(words)
    if given.table is None:
        raise ArgumentError(f"name a table: artstyle {BATCH} PLAN.csv -o FOLDER")
    _check_out(given, "name the folder of the results: -o FOLDER")
    if given.out == STDOUT:
        raise OutputError("a batch needs a folder for its results: -o FOLDER")
    given.table = _standard(given.table, STDIN)
    given.report = given.out / REPORT
    given.asked = Asked.of(given)
    return BatchArguments(**_values(given, BatchArguments))


def _check_out(given: argparse.Namespace, advice: str) -> None:
    if given.out is None:
        raise OutputError(advice)
    given.out = _standard(given.out, STDOUT)
    if given.out == STDOUT and given.json:
        raise ArgumentError("--json needs standard output for itself: name a file with -o")


def _values(given: argparse.Namespace, kind: type[Options]) -> dict[str, Any]:
    return {each.name: getattr(given, each.name) for each in fields(kind)}


def _names_marked(words: list[str]) -> list[str]:
    """Take out ``--``, and mark the names behind it that begin with a dash, as ``./-photo.jpg``.

    What argparse itself makes of ``--`` differs between versions of Python. Once a photo and a
    painting are named, options may follow.
    """
    if "--" not in words:
        return words
    before, after = words[: (place := words.index("--"))], words[place + 1 :]
    given, _ = _parser().parse_known_intermixed_args(before)
    missing = (given.content is None) + (not given.style)
    names = [f"./{w}" if w.startswith("-") and w != "-" else w for w in after[:missing]]
    return [*before, *names, *(word for word in after[missing:] if word != "--")]


def _standard(name: str, stream: Path) -> Path:
    """A path, or the standard stream for ``-``; a file of this name is ``./-``."""
    return stream if name == "-" else Path(name)


def _variations(text: str) -> int:
    return options.whole("variations", 1, MOST_VARIATIONS, text)


def _parser() -> Parser:
    parser = Parser(
        "artstyle",
        "Repaint a photo in the style of a painting, or of several.",
        "artstyle batch paints what a table lists, artstyle lab runs the lab, artstyle bot the "
        "Telegram bot; each has its own --help. "
        "Exit codes: 0 done, 1 failed or stopped while running, 2 bad input or arguments.",
    )
    photo = "the photo, a folder of them, or - for standard input"
    parser.add_argument("content", nargs="?", type=options.name, metavar="CONTENT", help=photo)
    painting = f"the painting, a folder of them, - for standard input, or up to {MOST_STYLES}"
    style = f"{painting} paintings that are blended"
    parser.add_argument("style", nargs="*", type=options.name, metavar="STYLE", help=style)
    out = (
        "a .png, .jpg or .webp file (.mp4 for a clip), a folder, or - for a PNG on standard output"
    )
    add = options.add_files(parser, out, f"{options.OVERWRITE}; start a clip anew").add_argument
    mask = "where to paint: white is painted, black stays the photo"
    add("--mask", type=options.name, metavar="FILE", help=mask)
    masks = "where on the photo each painting is used, one mask for each painting"
    given: dict[str, Any] = {"type": options.name, "action": "append", "metavar": "FILE,FILE"}
    add("--style-masks", **given, help=masks)
    several = f"make so many pictures (1 … {MOST_VARIATIONS}), each with the next seed"
    add("--variations", type=_variations, default=1, metavar="N", help=several)
    add("--report", type=options.path, metavar="FILE", help="write an HTML page of all pictures")
    read = "print the settings stored in a PNG and exit"
    add("--read", type=options.name, metavar="OUT.png", help=read)
    add("--version", action="version", version=f"artstyle {__version__}")
    clip_options.add_clips(parser)
    options.add_settings(parser)
    return parser


def _batch_parser() -> Parser:
    parser = Parser(
        f"artstyle {BATCH}",
        "Make a picture for each row of a CSV table, and a report of all.",
        "The columns photo and painting are needed; out, mask, style_masks, preset and any setting "
        "may follow. Options are for rows that say nothing else.",
    )
    table = "the table; paths in it are relative to its folder"
    parser.add_argument("table", nargs="?", type=options.name, metavar="PLAN.csv", help=table)
    options.add_files(parser, "the folder for the results and report.html")
    options.add_settings(parser)
    return parser
