"""The levels of the start picture's noise: spots of one size each, and where they are strong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any, Literal

from artstyle.errors import NoiseLevelMalformed, NoiseLevelOutOfRange, NoiseLevelsCount

FORM = "SPOTS:CENTRAL:PERIPHERAL:DISPERSION"
BOUNDS = f"{FORM},…"
MOST = 16  # levels
PARTS = {"spots": (1, 8192), "central": (0, 10), "peripheral": (0, 10), "dispersion": (0.01, 100)}
NUMBER = r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]{1,3})?"
LEVEL = rf"(pixel|constant|[0-9]{{1,9}}):({NUMBER}):({NUMBER}):({NUMBER})"
PATTERN = rf"^{LEVEL}(,{LEVEL}){{0,{MOST - 1}}}$"


@dataclass(frozen=True, slots=True)
class NoiseLevel:
    """Spots of one size and their amplitude over the picture.

    It falls or rises from ``central`` in the centre to ``peripheral`` far from it, as a bell whose
    standard deviation is ``dispersion``, relative to the picture's sides.
    """

    spots: int | Literal["pixel", "constant"]
    """Along the shorter side; ``pixel`` for spots of one pixel, ``constant`` for no noise but a
    brightness of 1.0."""
    central: float
    peripheral: float
    dispersion: float = 1.0

    def __str__(self) -> str:
        return ":".join(each if isinstance(each, str) else f"{each:g}" for each in astuple(self))


NoiseLevels = tuple[NoiseLevel, ...]


def checked(field: str, levels: object) -> NoiseLevels:
    """Levels, or the dictionaries that they are in JSON, as a tuple; raises `SettingsError`."""
    if isinstance(levels, str | Mapping) or not isinstance(levels, Iterable):
        raise NoiseLevelMalformed(field, value=str(levels), form=FORM)
    found = tuple(_level(field, each) for each in levels)
    if not 1 <= len(found) <= MOST:
        raise NoiseLevelsCount(field, most=MOST, count=len(found))
    return found


def _level(field: str, given: object) -> NoiseLevel:
    try:
        level = given if isinstance(given, NoiseLevel) else NoiseLevel(**given)  # type: ignore[arg-type]
    except TypeError as error:
        raise NoiseLevelMalformed(field, value=str(given), form=FORM) from error
    for part, (low, high) in PARTS.items():
        value = getattr(level, part)
        if part == "spots" and value in ("pixel", "constant"):
            continue
        kind = int if part == "spots" else (int, float)
        if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
            raise NoiseLevelOutOfRange(field, part=part, low=low, high=high, value=str(value))
    return level


def parse(field: str, text: str) -> NoiseLevels:
    """Read levels as they are typed: ``9:0.3:0.2:0.2,pixel:0.2:0.1:0.6``."""
    return checked(field, [_parse(field, each.strip()) for each in text.split(",")])


def _parse(field: str, text: str) -> NoiseLevel:
    found = re.fullmatch(LEVEL, text)
    if found is None:
        raise NoiseLevelMalformed(field, value=text, form=FORM)
    spots, *rest = found.groups()
    count: Any = int(spots) if spots.isdecimal() else spots
    return NoiseLevel(count, *map(float, rest))


def typed(levels: NoiseLevels) -> str:
    """The text that `parse` reads as these levels."""
    return ",".join(map(str, levels))
