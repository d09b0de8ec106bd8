"""The options of clips: their rate, and the part of them that is painted."""

from __future__ import annotations

import re
from fractions import Fraction

from artstyle.cli import options
from artstyle.cli.parser import Parser
from artstyle.errors import ArgumentError, printable

LEAST_FPS, MOST_FPS = 1, 120
CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6}(?:\.\d{1,6})?)", re.ASCII)


def add_clips(parser: Parser) -> None:
    """Add the group of options that are for clips alone."""
    add = parser.add_argument_group("clips").add_argument
    rate = f"frames per second ({LEAST_FPS} … {MOST_FPS}; default: as in the clip)"
    add("--fps", type=_rate, metavar="N", help=rate)
    begin = "begin at this time, like 2.5 or 0:07 (default: the beginning)"
    add("--from", dest="begin", type=_time, metavar="TIME", help=begin)
    add("--to", dest="end", type=_time, metavar="TIME", help="end at this time (default: the end)")
    work = "the folder for finished frames until all are there (default: beside OUT)"
    add("--work", type=options.path, metavar="DIR", help=work)


def check_part(begin: float | None, end: float | None) -> None:
    """Check that a clip's part ends after it begins; raises `ArgumentError`."""
    if begin is not None and end is not None and end <= begin:
        raise ArgumentError("--to must be later than --from")


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
