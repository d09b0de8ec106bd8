"""The loss over a run, point by point, and its compact JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from artstyle.progress import LossParts, Step
from artstyle.style.pyramid import Size

DIGITS = 6  # significant ones; float32 has hardly more
Count = Annotated[int, Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class LossPoint:
    iteration: int
    stage: int  # 1 for the first
    sizes: tuple[Size, ...]  # (height, width) of the levels, the finest first
    levels: tuple[LossParts, ...]  # the loss at each of these sizes

    @classmethod
    def of(cls, step: Step) -> LossPoint:
        return cls(step.iteration, step.stage, step.sizes, step.levels)


class _Table(msgspec.Struct):
    """Sizes once for each stage; a row is iteration, stage, index of the sizes, parts."""

    sizes: list[tuple[tuple[Count, Count], ...]]
    points: list[list[int | float | None]]


def dumps(points: Sequence[LossPoint]) -> bytes:
    """Encode points as JSON, losses with six digits."""
    sizes = list(dict.fromkeys(point.sizes for point in points))
    rows: list[list[int | float | None]] = []
    for each in points:  # JSON has null for what isn't a number
        parts = [part for level in each.levels for part in (level.content, level.style, level.tv)]
        rounded = (float(f"{part:.{DIGITS}g}") for part in parts)
        rows.append([each.iteration, each.stage, sizes.index(each.sizes), *rounded])
    return msgspec.json.encode(_Table(sizes, rows))


def loads(text: bytes | str) -> list[LossPoint]:
    """Decode what `dumps` returned; raises `ValueError` if it is damaged."""
    try:
        table = msgspec.json.decode(text, type=_Table)
        return [_point(row, table.sizes) for row in table.points]
    except (msgspec.MsgspecError, LookupError, OverflowError, RecursionError) as error:
        raise ValueError(f"damaged loss history: {error}") from error


def _point(row: list[int | float | None], all_sizes: Sequence[tuple[Size, ...]]) -> LossPoint:
    iteration, stage, which = msgspec.convert(row[:3], tuple[Count, Count, Count])
    parts = [math.nan if part is None else float(part) for part in row[3:]]
    sizes = all_sizes[which]
    if len(parts) != 3 * len(sizes):
        raise ValueError(f"damaged loss history: {len(parts)} parts for {len(sizes)} sizes")
    levels = tuple(LossParts(*parts[i : i + 3]) for i in range(0, len(parts), 3))
    return LossPoint(iteration, stage, sizes, levels)
