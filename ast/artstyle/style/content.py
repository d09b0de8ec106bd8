"""The content losses: what of the photo the picture keeps.

A content loss reads features position by position, so that tiles can be read one at a time,
and compares what was read of the whole picture.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.style import noise
from artstyle.style.moments import relative, wide
from artstyle.style.palettes import (
    GRID,
    NEIGHBOR_LAYERS,
    TINY,
    Features,
    Lookups,
    Measure,
    Palette,
    units,
)
from artstyle.style.regions import Regions, Shares
from artstyle.vgg.networks import CONTENT_LAYER, block_of

STRENGTH = 2.0  # so that one content weight suits both losses
SPREAD = 0.03  # sigma of the blur of the structure, relative to the shorter side
FULL = 0.95  # quantile of the structure from which on it counts in full
LEAST = 0.03  # how much flat areas count
ROWS = 1024  # positions that are matched at a time
STRIP = 1 << 16  # features that are compared at a time

Place = tuple[slice, slice]  # rows and columns


class Reading(Protocol):
    """What is read of a picture's layers, position by position."""

    @property
    def layers(self) -> Sequence[str]: ...

    def stride(self, layer: str) -> int:
        """Pixels between two positions of what is read; parts begin at multiples of it."""

    def read(self, layer: str, features: Tensor, place: Place) -> Tensor:
        """Read the features of a part of the picture, whose positions are ``place``."""


class ContentLoss(Reading, Protocol):
    """The distance to the photo."""

    def distance(self, read: Features) -> Tensor:
        """The distance of a picture, given what was read of all of it."""


class Whole:
    """Reads conv4_2 as it is."""

    layers = (CONTENT_LAYER,)

    def stride(self, layer: str) -> int:
        return 1 << (block_of(layer) - 1)

    def read(self, layer: str, features: Tensor, place: Place) -> Tensor:
        return features


class FeatureLoss(Whole):
    """mean (F − P)² / mean P², with the photo's features P, as in the paper."""

    def __init__(self, photo: Features, weight: Tensor | None = None) -> None:
        """``weight`` is how much each position counts, (1, h, w)."""
        self._photo = photo[CONTENT_LAYER]
        self._root = None if weight is None else weight.sqrt()

    def distance(self, read: Features) -> Tensor:
        ours, theirs = wide(read[CONTENT_LAYER]), wide(self._photo)
        if self._root is not None:
            ours, theirs = ours * self._root, theirs * self._root
        return relative(ours, theirs)


class OnGrid:
    """Averages layers over a grid: (1, C, ⌊H/4⌋, ⌊W/4⌋) each."""

    layers = tuple(NEIGHBOR_LAYERS)

    def stride(self, layer: str) -> int:
        return GRID

    def read(self, layer: str, features: Tensor, place: Place) -> Tensor:
        cells = GRID >> (block_of(layer) - 1)
        return F.avg_pool2d(features, cells) if cells > 1 else features


class NeighborLoss(OnGrid):
    """mean of m · (1 − cos(φ, T)): how unlike the painting's most similar parts the picture is.

    φ is a feature of the picture, T the painting's feature nearest to the photo's at the same
    position, and m how much structure the photo has there. After Kolkin et al., Neural Neighbor
    Style Transfer, arXiv 2203.13215; the weight m is ours.
    """

    def __init__(
        self,
        photo: Features,
        palettes: Sequence[Palette],
        weight: Tensor,
        realism: float,
        *,
        shares: Shares = (1.0,),
        regions: Regions | None = None,
    ) -> None:
        """``photo`` as read by `OnGrid`, ``weight`` (1, h, w) of mean 1.

        The paintings have these shares in the picture; in a region, only those of its mixture
        are looked at. ``realism`` mixes the photo's own features into T.
        """
        self._weight, self._realism = weight, realism
        self._measure = Measure(palettes, shares)
        lookups = Lookups(photo, palettes, self._measure, shares, regions)
        self._targets = self._matched(photo, lookups)

    def _matched(self, photo: Features, lookups: Lookups) -> dict[str, Tensor]:
        """T at every position."""
        targets = {layer: torch.empty_like(photo[layer]) for layer in self.layers}
        ours = {layer: photo[layer].flatten(2) for layer in self.layers}
        flat = {k: each.view(1, each.shape[1], -1) for k, each in targets.items()}
        for begin in range(0, self._weight.numel(), ROWS):
            some = slice(begin, begin + ROWS)
            own = self._measure.rows({layer: each[..., some] for layer, each in ours.items()})
            mixed = units(torch.lerp(lookups.find(own, some), units(own), self._realism))
            widths = [each.shape[1] for each in flat.values()]
            for each, columns in zip(flat.values(), torch.split(mixed, widths, 1), strict=True):
                each[0, :, some] = columns.T
        return targets

    def read(self, layer: str, features: Tensor, place: Place) -> Tensor:
        """The layer's shares of φ·T and of ‖φ‖²: (1, 2, h, w)."""
        on_grid = super().read(layer, features, place)
        target = self._targets[layer][(..., *place)]
        agreement: Tensor = _Agreement.apply(on_grid, target, self._measure.means[layer])
        scale = self._measure.scales[layer]
        return agreement * torch.stack((scale, scale.square()))[:, None, None]

    def distance(self, read: Features) -> Tensor:
        along, squares = torch.stack([read[layer] for layer in self.layers]).sum(0).unbind(1)
        cosine = along / squares.clamp(min=TINY).sqrt()
        return STRENGTH * (self._weight * (1 - cosine)).mean()


class _Agreement(torch.autograd.Function):
    """(F − μ)·T and ‖F − μ‖² at every position, (1, 2, h, w), of features F and targets T.

    Both are (1, C, h, w) in any precision, the mean μ is (1, C, 1, 1) in float32. It is computed
    in float32, in strips that stay in the caches: a float32 copy of all features is never made.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, target: Tensor, mean: Tensor) -> Tensor:
        ctx.save_for_backward(features, target, mean)
        result = mean.new_empty(1, 2, *features.shape[2:])
        for rows, part, wanted in _strips(features, target):
            centred = wide(part) - mean
            torch.sum(centred * wanted, 1, out=result[:, 0, rows])
            torch.sum(centred.square_(), 1, out=result[:, 1, rows])
        return result

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        features, target, mean = ctx.saved_tensors
        d_features = torch.empty_like(features)
        along, squares = slope[:, :1], 2 * slope[:, 1:]
        for rows, part, wanted in _strips(features, target):
            sloped = (wide(part) - mean).mul_(squares[:, :, rows])
            d_features[:, :, rows] = sloped.addcmul_(wide(wanted), along[:, :, rows])
        return d_features, None, None


def _strips(features: Tensor, target: Tensor) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """Strips of rows of both; a GPU takes all rows at once."""
    _, channels, height, width = features.shape
    step = height if features.is_cuda else max(1, STRIP // (channels * width))
    for top in range(0, height, step):
        rows = slice(top, min(height, top + step))
        yield rows, features[:, :, rows], target[:, :, rows]


def structure(photo: Tensor) -> Tensor:
    """How much each position of the grid counts, 1 on average: (1, 3, H, W) -> (1, h, w)."""
    steepness = noise.gradient_map(photo.float())
    edges = steepness / (noise.EDGE_SOFTNESS + steepness)
    grid = F.avg_pool2d(edges[None, None], GRID)[0, 0].numpy()  # before the blur, which is large
    smooth = cv2.GaussianBlur(grid, (0, 0), SPREAD * min(grid.shape))
    share = torch.from_numpy(smooth / max(np.quantile(smooth, FULL), TINY)).clamp(max=1)
    weight = LEAST + (1 - LEAST) * share[None]
    return (weight / weight.mean()).to(photo)
