"""How much memory a run needs, how it is made to fit, and what to say when it can't be.

The figures are bytes a pixel, measured by ``bench/memory.py`` as the growth of the peak.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from artstyle.errors import OutOfMemory
from artstyle.machine import devices
from artstyle.settings import Settings
from artstyle.style import tiles
from artstyle.style.optimize import HISTORY
from artstyle.style.pyramid import Size, level_size
from artstyle.style.tiles import Tiling
from artstyle.vgg.networks import VGG19, reach

FIXED = 780 << 20  # torch itself, the network, both pictures
PICTURES = 144  # the picture, the best one, gradients and steps: a dozen float32 copies
CURVATURE_PAIR = 24
ADAM = 24
TARGETS = {torch.float32: 43, torch.bfloat16: 22}  # content features at all levels
LEVEL = 48  # what an evaluation holds of the picture's size
WHOLE = {torch.float32: 1550, torch.bfloat16: 1100}  # a level in one piece, of either network
STYLE_ACTIVATIONS = 800  # the painting is only measured: nothing is kept for a gradient
CHANNELS = 64  # of the first block; pooling quarters the pixels, and channels at most double
MOST_ELEMENTS = 2**31 - 1  # of a tensor that every kernel can index


@dataclass(frozen=True, slots=True)
class Cut:
    """What it takes when the first blocks run in tiles."""

    tile: int
    """Bytes a pixel of a tile."""
    rest: int
    """Bytes a pixel of the level, for the blocks after them."""
    work: float
    """The part of all arithmetic that is done in tiles."""


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
RETREAT = 0.7  # of what was thought to fit, after memory ran out all the same
# What torch says on a CPU, on Windows, on MPS and from cuBLAS, all as plain RuntimeErrors.
NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a stage fits."""

    history: int
    """Curvature pairs of L-BFGS."""
    tiling: Tiling | None
    """How its finest level is cut up."""
    bytes: int
    """Estimated peak."""
    work: float = 1.0
    """Arithmetic, of that without tiles."""

    def told(self, size: Size) -> str | None:
        """Say what was done to make it fit, if anything."""
        height, width = size
        if self.tiling is not None:
            return f"{width}×{height} is computed in tiles to fit into the memory"
        if 0 < self.history < HISTORY:
            return f"L-BFGS remembers {self.history} steps instead of {HISTORY} to save memory"
        return None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a run asks of a device's memory."""

    content: Size
    style: Size
    settings: Settings
    """Resolved."""
    device: str
    dtype: torch.dtype

    def size(self, levels: int) -> Size:
        """Give the size of the finest of so many levels."""
        return level_size(self.content, self.settings.base_size, levels - 1)

    def limit(self) -> int:
        """Give the bytes that the run may take now."""
        free = devices.free_memory(self.device)
        return min(free, self.settings.memory or free)

    def plan(self, size: Size, limit: int) -> Plan | None:
        """Find out how a stage of the size fits into so many bytes; None if it doesn't.

        A shorter history costs next to nothing, so it comes before tiles; a much shorter
        one comes before tiles so small that they are mostly halo.
        """
        for history in self._histories(HISTORIES):
            needed = self._held(size, history) + self._evaluation(size)
            if needed <= limit and self._indexable(size):
                return Plan(history, None, needed)
        plans = [
            plan
            for history in self._histories(SHORTER)
            if (plan := self._tiled(size, history, limit - self._held(size, history)))
        ]
        bearable = (plan for plan in plans if plan.work <= BEARABLE)
        return next(bearable, min(plans, key=lambda plan: plan.work, default=None))

    def tiling(self, size: Size, stage: Size, history: int, limit: int) -> Tiling | None:
        """Cut up a level below a stage's finest, if it has to be."""
        left = limit - self._held(stage, history)
        if self._evaluation(size) <= left and self._indexable(size):
            return None
        plan = self._tiled(size, history, left)
        return plan.tiling if plan else None

    def _histories(self, lengths: Sequence[int]) -> Sequence[int]:
        return lengths if self.settings.optimizer == "lbfgs" else lengths[:1]

    def _held(self, size: Size, history: int) -> int:
        """Give the bytes that are held all through a stage."""
        optimizer = CURVATURE_PAIR * history if self.settings.optimizer == "lbfgs" else ADAM
        pixels = size[0] * size[1]
        return FIXED + pixels * (PICTURES + TARGETS[self.dtype] + LEVEL + optimizer)

    def _evaluation(self, size: Size) -> int:
        """Give the bytes of evaluating a level, or its painting, in one piece."""
        style = self._painting(size) * STYLE_ACTIVATIONS
        return int(max(size[0] * size[1] * WHOLE[self.dtype], style))

    def _painting(self, size: Size) -> float:
        """Give the pixels of the painting beside a level of the size."""
        ratio = max(self.style) / min(self.style)
        return (min(size) * self.settings.style_scale) ** 2 * ratio

    def _indexable(self, size: Size) -> bool:
        """Tell whether a level, and its painting, can be evaluated in one piece at all."""
        return CHANNELS * max(size[0] * size[1], self._painting(size)) <= MOST_ELEMENTS

    def _tiled(self, size: Size, history: int, left: int) -> Plan | None:
        """Cut a level up so that so many bytes do, with the least work."""
        plans = (
            self._cut(size, history, left, block, cut) for block, cut in CUTS[self.dtype].items()
        )
        return min(filter(None, plans), key=lambda plan: plan.work, default=None)

    def _cut(self, size: Size, history: int, left: int, block: int, cut: Cut) -> Plan | None:
        pixels = size[0] * size[1]
        if pixels * cut.rest > left or pixels * (CHANNELS >> block) > MOST_ELEMENTS:
            return None
        tiling = Tiling(block, min(left // cut.tile, MOST_ELEMENTS // CHANNELS))
        grid = tiles.grid(size, tiling, reach(VGG19.names(), block))
        if grid is None:
            return None
        # A gradient costs as much as the features; the tiles' features are computed twice.
        work = 1 - cut.work + 1.5 * cut.work * grid.work / pixels
        needed = max(pixels * cut.rest, grid.pixels * cut.tile)
        return Plan(history, tiling, self._held(size, history) + needed, work)

    def check(self) -> None:
        """Raise `OutOfMemory` before a run that can't end."""
        limit = self.limit()
        if self.plan(self.size(self.settings.levels or 1), limit) is None:
            raise self.too_large(limit)

    def too_large(self, limit: int) -> OutOfMemory:
        """Say what doesn't fit, and the largest size that would."""
        levels = self.settings.levels or 1
        text = f"{self._describe(levels)} doesn't fit: {self._limits(limit)}"
        for fewer in range(levels - 1, 0, -1):
            if self.plan(self.size(fewer), limit):
                return OutOfMemory(f"{text}; take {self._describe(fewer)}")
        return OutOfMemory(f"{text}; free some memory or use another device")

    def _limits(self, limit: int) -> str:
        if limit == self.settings.memory:
            return f"--memory allows {_gigabytes(limit)}"
        return f"{_gigabytes(limit)} are free"

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn running out of memory in the middle into an `OutOfMemory` with advice."""
        limit = self.limit()  # before the run took its part of it
        try:
            yield
        except Exception as error:
            if not ran_out(error):
                raise
            raise self.too_large(limit) from error

    def _describe(self, levels: int) -> str:
        """Name a size, and the least that it takes."""
        height, width = self.size(levels)
        least = self.least((height, width))
        return f"levels {levels} ({width}×{height}, at least {_gigabytes(least)})"

    def least(self, size: Size) -> int:
        """Give the fewest bytes that a size fits into, to a hundredth."""
        low, high = 0, FIXED
        while self.plan(size, high) is None:
            low, high = high, 2 * high
        while high - low > high // 100:
            middle = (low + high) // 2
            low, high = (low, middle) if self.plan(size, middle) else (middle, high)
        return high


def ran_out(error: BaseException) -> bool:
    """Tell whether an error of torch's says that there is no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(phrase in str(error) for phrase in NO_MEMORY)


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"
