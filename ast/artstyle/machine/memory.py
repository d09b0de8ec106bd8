"""How much memory a run needs, how it is made to fit, and which size fits when it doesn't.

The figures are bytes per pixel, measured by ``bench/memory.py`` as the growth of the peak.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from artstyle.errors import OutOfMemory, SmallerFits
from artstyle.machine import devices
from artstyle.settings import Settings
from artstyle.style import tiles
from artstyle.style.optimize import HISTORY
from artstyle.style.pyramid import Size, level_size
from artstyle.style.tiles import Tiling
from artstyle.vgg.networks import VGG19, reach

FIXED = 860 << 20  # torch itself, the network, both pictures
PICTURES = 144  # the picture, the best one, gradients and steps: a dozen float32 copies
CURVATURE_PAIR = 24
ADAM = 24
TARGETS = {torch.float32: 150, torch.bfloat16: 75}  # the neighbours at all levels
REGION = 48  # the weights of a region's places at all levels and layers, and its mask
LEVEL = 48  # what an evaluation holds of the picture's size
WHOLE = {torch.float32: 1350, torch.bfloat16: 900}  # a level in one piece, of either network
STYLE_ACTIVATIONS = 800  # the painting is only measured: nothing is kept for a gradient
CHANNELS = 64  # of the first block; pooling quarters the pixels, and channels at most double
MOST_ELEMENTS = 2**31 - 1  # of a tensor that every kernel can index


@dataclass(frozen=True, slots=True)
class Cut:
    """The cost of running the first blocks of the network in tiles."""

    tile: int  # bytes per pixel of a tile
    rest: int  # bytes per pixel of the level, for the blocks after them
    work: float  # the share of all arithmetic that is done in tiles


CUTS = {
    torch.bfloat16: {
        1: Cut(690, 550, 0.134),
        2: Cut(790, 295, 0.327),
        3: Cut(880, 135, 0.647),
        4: Cut(980, 110, 0.968),
        5: Cut(980, 110, 1.0),
    },
    torch.float32: {
        1: Cut(1270, 900, 0.134),
        2: Cut(1430, 450, 0.327),
        3: Cut(1540, 210, 0.647),
        4: Cut(1680, 170, 0.968),
        5: Cut(1680, 170, 1.0),
    },
}

HISTORIES = (HISTORY, 15, 10, 8)  # curvature pairs, tried before a level is cut up
SHORTER = (8, 5, 3)  # with tiles
BEARABLE = 1.6  # work with tiles, of that without: before it a shorter history is tried
RETREAT = 0.7  # of what should have fitted, after memory ran out all the same
# What torch says on a CPU, on Windows, on MPS and from cuBLAS, all as plain RuntimeErrors.
NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a stage fits."""

    history: int  # curvature pairs of L-BFGS
    tiling: Tiling | None  # of its finest level
    bytes: int  # estimated peak
    work: float = 1.0  # arithmetic, relative to that without tiles

    def note(self, size: Size) -> str | None:
        """What was done to make a stage of the size fit, if anything."""
        height, width = size
        if self.tiling is not None:
            return f"{width}×{height} is computed in tiles to fit into the memory"
        if 0 < self.history < HISTORY:
            return f"L-BFGS remembers {self.history} steps instead of {HISTORY} to save memory"
        return None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a run needs of a device's memory, in bytes."""

    content: Size
    style: Size  # of the longest painting, as they are measured one after the other
    settings: Settings  # resolved
    device: str
    dtype: torch.dtype
    regions: int = 0  # by masks

    def size(self, levels: int | None = None) -> Size:
        """The size of the finest of so many levels, by default of all."""
        levels = levels or self.settings.levels or 1
        return level_size(self.content, self.settings.base_size, levels - 1)

    def limit(self) -> int:
        """What the run may take now."""
        free = devices.free_memory(self.device)
        return min(free, self.settings.memory or free)

    def check(self) -> int:
        """The limit, unless the finest stage exceeds it: then raises `OutOfMemory`."""
        limit = self.limit()
        if self.plan(self.size(), limit) is None:
            raise too_large(self, limit)
        return limit

    def plan(self, size: Size, limit: int) -> Plan | None:
        """How a stage of the size fits into the limit; None if it doesn't.

        A shorter history costs next to nothing, so it comes before tiles; a much shorter
        one comes before tiles so small that they are mostly halo.
        """
        lbfgs = self.settings.optimizer == "lbfgs"
        for history in HISTORIES if lbfgs else HISTORIES[:1]:
            needed = self._held(size, history) + self._evaluation(size)
            if needed <= limit and self._indexable(size):
                return Plan(history, None, needed)
        plans = [
            plan
            for history in (SHORTER if lbfgs else SHORTER[:1])
            if (plan := self._tiled(size, history, limit - self._held(size, history)))
        ]
        bearable = (plan for plan in plans if plan.work <= BEARABLE)
        return next(bearable, min(plans, key=lambda plan: plan.work, default=None))

    def tiling(self, size: Size, stage: Size, history: int, limit: int) -> Tiling | None:
        """The tiling of a level below a stage's finest, None if it fits in one piece."""
        left = limit - self._held(stage, history)
        if self._evaluation(size) <= left and self._indexable(size):
            return None
        plan = self._tiled(size, history, left)
        return plan.tiling if plan else None

    def least(self, size: Size) -> int:
        """The lowest limit that a stage of the size fits into, within a hundredth."""
        low, high = 0, FIXED
        while self.plan(size, high) is None:
            low, high = high, 2 * high
        while high - low > high // 100:
            middle = (low + high) // 2
            low, high = (low, middle) if self.plan(size, middle) else (middle, high)
        return high

    @contextmanager
    def advising(self) -> Iterator[None]:
        """Turn torch's errors for a lack of memory into `SmallerFits`."""
        limit = self.limit()  # before the run takes its part of it
        try:
            yield
        except Exception as error:
            if not ran_out(error):
                raise
            raise too_large(self, limit) from error

    def _held(self, size: Size, history: int) -> int:
        optimizer = CURVATURE_PAIR * history if self.settings.optimizer == "lbfgs" else ADAM
        pixels = size[0] * size[1]
        masks = REGION * self.regions
        return FIXED + pixels * (PICTURES + TARGETS[self.dtype] + LEVEL + masks + optimizer)

    def _evaluation(self, size: Size) -> int:
        """What it takes to evaluate a level, or to measure its painting, in one piece."""
        style = self._painting(size) * STYLE_ACTIVATIONS
        return int(max(size[0] * size[1] * WHOLE[self.dtype], style))

    def _painting(self, size: Size) -> float:
        """The pixels of the painting beside a level of the size."""
        ratio = max(self.style) / min(self.style)
        return (min(size) * self.settings.style_scale) ** 2 * ratio

    def _indexable(self, size: Size) -> bool:
        """Whether a level, and its painting, can be evaluated in one piece at all."""
        return CHANNELS * max(size[0] * size[1], self._painting(size)) <= MOST_ELEMENTS

    def _tiled(self, size: Size, history: int, left: int) -> Plan | None:
        """The plan of the least work whose tiles fit into what is left."""
        pixels, plans = size[0] * size[1], []
        for block, cut in CUTS[self.dtype].items():
            tiling = Tiling(block, min(left // cut.tile, MOST_ELEMENTS // CHANNELS))
            if pixels * cut.rest > left or pixels * (CHANNELS >> block) > MOST_ELEMENTS:
                continue
            if grid := tiles.grid(size, tiling, reach(VGG19.names(), block)):
                # A gradient costs as much as the features; the tiles' features are computed twice.
                work = 1 - cut.work + 1.5 * cut.work * grid.work / pixels
                needed = max(pixels * cut.rest, grid.pixels * cut.tile)
                plans.append(Plan(history, tiling, self._held(size, history) + needed, work))
        return min(plans, key=lambda plan: plan.work, default=None)


def too_large(demand: Demand, limit: int) -> OutOfMemory:
    """The error for a run that exceeds the limit, with the largest size that would fit."""

    def told(levels: int) -> tuple[str, float]:
        height, width = size = demand.size(levels)
        return f"{width}×{height}", demand.least(size) / 1e9

    levels = demand.settings.levels or 1
    for fewer in range(levels - 1, 0, -1):
        if demand.plan(demand.size(fewer), limit):
            return SmallerFits(levels, *told(levels), limit / 1e9, fewer, *told(fewer))
    return OutOfMemory(levels, *told(levels), limit / 1e9)


def ran_out(error: BaseException) -> bool:
    """Whether an error of torch's means that there is no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(phrase in str(error) for phrase in NO_MEMORY)
