"""Which part of a clip is painted, and at which constant rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

Picture = TypeVar("Picture")

# A frame is shown from this share of an output frame before its own time on: timestamps are
# rounded, and half a frame would be a tie wherever the rate is halved.
TOLERANCE = 0.45


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The seconds of a clip that are painted, and the frames of each; unset: all, as they are."""

    begin: float = 0.0
    end: float | None = None
    rate: Fraction | None = None

    def seconds(self, clip: float | None) -> float | None:
        """How long it is, given the clip's own length; None if neither says."""
        ends = [each for each in (self.end, clip) if each is not None]
        return max(0.0, min(ends) - self.begin) if ends else None


def steady(
    frames: Iterable[tuple[float, Picture]], rate: Fraction, excerpt: Excerpt, last: float
) -> Iterator[tuple[Picture, bool]]:
    """The pictures of a constant rate, from pictures and their times in seconds.

    At each instant it is the last one that has begun; the flag says whether it is another one
    than at the instant before. The last picture is shown for ``last`` seconds.
    """
    held: tuple[Picture, ...] = ()
    instants, fresh, began = _instants(rate, excerpt), True, 0.0
    instant = next(instants, None)
    for time, picture in frames:
        while held and instant is not None and instant + TOLERANCE / rate < time:
            yield held[0], fresh
            fresh, instant = False, next(instants, None)
        if instant is None:
            return
        held, fresh, began = (picture,), True, time
    while held and instant is not None and instant + TOLERANCE / rate < began + last:
        yield held[0], fresh
        fresh, instant = False, next(instants, None)


def _instants(rate: Fraction, excerpt: Excerpt) -> Iterator[float]:
    number = 0
    while excerpt.end is None or number < max(1, round((excerpt.end - excerpt.begin) * rate)):
        yield excerpt.begin + number / rate
        number += 1
