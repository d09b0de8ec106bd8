"""The loss over a run, point by point, and its compact JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from artstyle.progress import LossParts

if TYPE_CHECKING:
    from artstyle.progress import Step
    from artstyle.style.pyramid import Size

DIGITS = 6  # significant ones; float32 has hardly more


@dataclass(frozen=True, slots=True)
class LossPoint:
    """The loss at one iteration."""

    iteration: int
    stage: int
    """1 for the first."""
    sizes: tuple[Size, ...]
    """(height, width) of the levels, the finest first."""
    levels: tuple[LossParts, ...]
    """The loss at each of these sizes."""

    @classmethod
    def of(cls, step: Step) -> LossPoint:
        """Take from a step of a run what is kept of it."""
        return cls(step.iteration, step.stage, step.sizes, step.levels)


def dumps(points: Sequence[LossPoint]) -> str:
    """Encode points as JSON: sizes once for each stage, losses with six digits."""
    sizes = list(dict.fromkeys(point.sizes for point in points))
    rows = [
        [point.iteration, point.stage, sizes.index(point.sizes), *_numbers(point)]
        for point in points
    ]
    return json.dumps({"sizes": sizes, "points": rows}, separators=(",", ":"))


def loads(text: str) -> list[LossPoint]:
    """Decode what `dumps` made; raises `ValueError` if it is damaged."""
    try:
        data = json.loads(text)
        sizes = [_sizes(each) for each in data["sizes"]]
        return [_point(row, sizes) for row in data["points"]]
    except (LookupError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(f"damaged loss history: {error}") from error


def _numbers(point: LossPoint) -> list[float | None]:
    """List the parts of all levels in a row; JSON has no word for "not a number" but null."""
    parts = [part for each in point.levels for part in (each.content, each.style, each.tv)]
    return [float(f"{part:.{DIGITS}g}") if math.isfinite(part) else None for part in parts]


def _sizes(data: Any) -> tuple[Size, ...]:
    return tuple((_whole(height), _whole(width)) for height, width in data)


def _point(row: Any, sizes: Sequence[tuple[Size, ...]]) -> LossPoint:
    iteration, stage, which, *numbers = row
    parts = [math.nan if number is None else _real(number) for number in numbers]
    here = sizes[_whole(which)]
    if len(parts) != 3 * len(here):
        raise ValueError(f"damaged loss history: {len(parts)} parts for {len(here)} sizes")
    levels = tuple(LossParts(*parts[i : i + 3]) for i in range(0, len(parts), 3))
    return LossPoint(_whole(iteration), _whole(stage), here, levels)


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:  # bool is an int too, but no number
        raise ValueError(f"damaged loss history: {value!r} is no count")
    return value


def _real(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"damaged loss history: {value!r} is no number")
    return float(value)
