"""Sizes and resizing: the levels of the pyramid, and the stages of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from artstyle.settings import DEFAULT_LEVELS, STAGE_ITERATIONS, Settings

if TYPE_CHECKING:
    from torch import Tensor

Size = tuple[int, int]  # (height, width), as in a tensor's shape

WARM_UP_SHORTEST = 64  # below this relu5_1 sees hardly any positions
WARM_UP_STAGES = 2
FINE_WORK = 0.5  # of a size that is compared on the fine layers alone
STYLE_SHORTEST = 32  # below this relu5_1 has one position, and so no covariance


def size_of(picture: Tensor) -> Size:
    return picture.shape[-2], picture.shape[-1]


def resize(picture: Tensor, size: Size) -> Tensor:
    """Resize (B, C, H, W) bicubically, with antialiasing when shrinking."""
    if tuple(picture.shape[-2:]) == size:
        return picture
    import torch.nn.functional as F  # plans are made without torch

    return F.interpolate(picture, size, mode="bicubic", antialias=True)


def target(picture: Tensor, size: Size) -> Tensor:
    """Resize a picture and clamp it to [0, 1], which bicubic resizing overshoots."""
    return resize(picture, size).clamp(0, 1)


def level_size(picture: Size, shorter: int, level: int = 0) -> Size:
    """A level's size: ``shorter``, rounded, times 2^level, so each is twice the one below."""
    height, width = picture
    if height <= width:
        return shorter << level, (shorter * width // height) << level
    return (shorter * height // width) << level, shorter << level


def enough(settings: Settings) -> tuple[int, int]:
    """The shorter sides below which the photo and the painting shouldn't be shrunk beforehand.

    Twice what the finest level needs, so that resizing still has details to average. Of a
    cropped painting, the part that is used has to have so many.
    """
    finest = settings.base_size << (settings.levels or DEFAULT_LEVELS)
    painting = max(finest // 2, round(finest * settings.style_scale))
    used = min((min(crop[2:]) for crop in settings.style_crop or ()), default=1.0)
    return finest, math.ceil(painting / used)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the run: the picture at one size, the loss summed over several."""

    sizes: tuple[Size, ...]
    """The sizes whose losses are summed, the finest first. The last is compared on all layers,
    the others only on the fine ones: what the deep layers see of them is in the last."""
    iterations: int
    classical: bool = False  # all sizes are compared on all layers

    @property
    def size(self) -> Size:
        return self.sizes[0]

    @property
    def work(self) -> float:
        """Arithmetic of one iteration, in pixels that are compared on all layers."""
        *fine, whole = (height * width for height, width in self.sizes)
        return whole + (1 if self.classical else FINE_WORK) * sum(fine)

    def fine(self, size: Size) -> bool:
        """Whether one of the sizes is compared on the fine layers alone."""
        return not self.classical and size != self.sizes[-1]


def stages(content: Size, settings: Settings) -> list[Stage]:
    """The stages of a run with resolved settings.

    Coarse to fine, the picture grows from a quarter of level 0 to the finest level; in a
    joint schedule all levels count from the first iteration on. With Gram matrices every level
    is compared on all layers, as in the paper.
    """
    assert settings.levels is not None and settings.iterations is not None
    base = settings.base_size
    levels = [level_size(content, base, level) for level in range(settings.levels)]
    if settings.method == "sketch":
        return [Stage((levels[-1],), 1)]
    classical = settings.style_loss == "gram"
    if settings.schedule == "joint":
        return [Stage(tuple(reversed(levels)), settings.iterations, classical)]
    warm_up = [
        (levels[0][0] // k, levels[0][1] // k) for k in (4, 2) if base // k >= WARM_UP_SHORTEST
    ]
    plans: list[tuple[Size, ...]] = [(size,) for size in warm_up]
    plans += [tuple(reversed(levels[: top + 1])) for top in range(len(levels))]
    first = WARM_UP_STAGES - len(warm_up)
    counts = share(settings.iterations, STAGE_ITERATIONS[first : first + len(plans)])
    return [Stage(sizes, n, classical) for sizes, n in zip(plans, counts, strict=True) if n]


def share(total: int, weights: tuple[int, ...]) -> list[int]:
    """Split a total in proportion, with one for each, or for the last if there are too few."""
    if total <= len(weights):
        return [0] * (len(weights) - total) + [1] * total
    edges = [round(total * sum(weights[:i]) / sum(weights)) for i in range(len(weights) + 1)]
    counts = [after - before for before, after in pairwise(edges)]
    while 0 in counts:
        counts[counts.index(0)] = 1
        counts[counts.index(max(counts))] -= 1
    return counts
