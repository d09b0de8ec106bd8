"""Exact evaluation in tiles: the fine layers of a level too large for the memory at hand.

The losses depend on the fine layers only through sums over positions, and on the coarse
ones through what the fine ones hand on. So the fine blocks of the network, which take most
of the memory, run tile by tile, twice: once without a gradient, to measure, and once more
to lead the gradient back. The coarse blocks, whose features are small, run whole. After
Galerne et al., Scaling Painting Style Transfer, arXiv 2212.13459, which tiles all layers.

Every feature belongs to one tile, which is run with as many pixels around it as its
features see. Each tile gives the gradient of its own features, halo included, and these are
added up; so the halo need not be as wide as for pixels that want their whole gradient.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import torch
from torch import Tensor

from artstyle.style.moments import averages
from artstyle.style.pyramid import Size
from artstyle.vgg.networks import Network, block_of, reach

LAST_BLOCK = 5  # the one of relu5_1, after which nothing is pooled
MOST_PARTS = 256  # of each side

Averages = tuple[Tensor, Tensor]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tiling:
    """How a level is cut up."""

    block: int
    """The blocks of the network up to this one run in tiles, those after it whole."""
    pixels: int
    """The most that a tile may have, its halo included."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows and columns of tiles over a picture."""

    size: Size
    step: int
    """Tiles begin at multiples of this, so that their poolings fall in with the picture's."""
    halo: int
    rows: int
    columns: int

    def tiles(self) -> Iterator["Tile"]:
        """List the tiles; every pixel is in one of them."""
        for rows in self._spans(0):
            for columns in self._spans(1):
                outer = self._outer(0, rows), self._outer(1, columns)
                yield Tile((rows, columns), outer, self.size)

    @property
    def pixels(self) -> int:
        """The pixels of the largest tile."""
        return self._side(0).longest * self._side(1).longest

    @property
    def work(self) -> int:
        """The pixels of all tiles."""
        return self._side(0).total * self._side(1).total

    def _side(self, axis: int) -> "Side":
        return side(self.size[axis], self.step, self.halo, (self.rows, self.columns)[axis])

    def _spans(self, axis: int) -> list[Span]:
        return spans(self.size[axis], self.step, (self.rows, self.columns)[axis])

    def _outer(self, axis: int, span: Span) -> Span:
        return widened(span, self.halo, self.size[axis])


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture, and what its features see of the rest."""

    inner: tuple[Span, Span]
    """From and to, of the rows and the columns that are the tile's own."""
    outer: tuple[Span, Span]
    size: Size

    def cut(self, picture: Tensor) -> Tensor:
        """Give the tile with its halo, a view of the picture."""
        (top, bottom), (left, right) = self.outer
        return picture[..., top:bottom, left:right]

    def crop(self, features: Tensor, stride: int) -> Tensor:
        """Give the tile's own features out of those of its outer part, a view."""
        rows, columns = (
            slice((own[0] - seen[0]) // stride, last // stride - seen[0] // stride)
            for own, seen, last in zip(self.inner, self.outer, self._ends(), strict=True)
        )
        return features[..., rows, columns]

    def place(self, stride: int) -> tuple[slice, slice]:
        """Say where the tile's own features lie in those of the whole picture."""
        rows, columns = (
            slice(own[0] // stride, last // stride)
            for own, last in zip(self.inner, self._ends(), strict=True)
        )
        return rows, columns

    def share(self, stride: int) -> float:
        """Give the part of all positions that are the tile's own."""
        rows, columns = self.place(stride)
        positions: int = (rows.stop - rows.start) * (columns.stop - columns.start)
        return positions / ((self.size[0] // stride) * (self.size[1] // stride))

    def _ends(self) -> tuple[int, int]:
        return self.inner[0][1], self.inner[1][1]


def grid(size: Size, tiling: Tiling, seen: int) -> Grid | None:
    """Choose the grid of the least work whose tiles are small enough, None if there is none.

    ``seen`` is how many pixels around its own a position of the last block sees.
    """
    step = stride_after(tiling.block)
    halo = -(-seen // step) * step
    heights, widths = (
        [side(length, step, halo, parts) for parts in range(1, min(MOST_PARTS, length // step) + 1)]
        for length in size
    )
    fitting = (
        (rows.total * columns.total, rows.parts, columns.parts)
        for rows in heights
        for columns in widths
        if rows.longest * columns.longest <= tiling.pixels
    )
    best = min(fitting, default=None)
    return best and Grid(size, step, halo, *best[1:])


@dataclass(frozen=True, slots=True)
class Side:
    """A side of a picture in parts, each with its halo."""

    parts: int
    longest: int
    total: int


@cache
def side(length: int, step: int, halo: int, parts: int) -> Side:
    """Measure a side that is cut up, in pixels."""
    outer = [widened(span, halo, length) for span in spans(length, step, parts)]
    lengths = [end - begin for begin, end in outer]
    return Side(parts, max(lengths), sum(lengths))


def spans(length: int, step: int, parts: int) -> list[Span]:
    """Cut a side; what is left over of the last step belongs to the last part."""
    cells = length // step
    return list(pairwise([*(cells * i // parts * step for i in range(parts)), length]))


def widened(span: Span, halo: int, length: int) -> Span:
    """Add the halo at both ends, as far as there is a picture."""
    return max(0, span[0] - halo), min(length, span[1] + halo)


def stride_after(block: int) -> int:
    """Give the stride of what a block hands on: of its pooling, if it has one."""
    return 1 << min(block, LAST_BLOCK - 1)


def stride_of(layer: str) -> int:
    """Give the stride of a layer: 4 for ``conv3_2``, 8 for ``pool3``."""
    return 1 << (block_of(layer) - (0 if layer.startswith("pool") else 1))


class TiledBlocks:
    """The first blocks of the network over one size, tile by tile."""

    def __init__(self, network: Network, size: Size, tiling: Tiling) -> None:
        """Choose the grid; raises `ValueError` where no tile is small enough."""
        found = grid(size, tiling, reach(network.convolutions, tiling.block))
        if found is None:
            raise ValueError(f"no tile of {size} has only {tiling.pixels} pixels")
        self.grid = found
        self._network = network
        self._block = tiling.block

    def _own(self, layers: Sequence[str]) -> list[str]:
        return [layer for layer in layers if block_of(layer) <= self._block]

    @torch.no_grad()
    def measure(
        self, picture: Tensor, averaged: Sequence[str], kept: Sequence[str]
    ) -> tuple[dict[str, Averages], dict[str, Tensor]]:
        """Average some layers over all positions, and give others whole.

        Layers of later blocks are left out; what the last block hands on is given too.
        """
        averaged, kept = self._own(averaged), self._own(kept)
        if self._block < LAST_BLOCK:
            kept.append(f"pool{self._block}")
        sums: dict[str, Averages] = {}
        wholes: dict[str, Tensor] = {}
        for tile in self.grid.tiles():
            for layer, features in self._network.features(tile.cut(picture), [*averaged, *kept]):
                stride = stride_of(layer)
                own = tile.crop(features, stride)
                if layer in averaged:
                    _add(sums, layer, averages(own), tile.share(stride))
                else:
                    _put(wholes, layer, own, tile)
        return sums, wholes

    def gradient(
        self,
        picture: Tensor,
        d_averages: Mapping[str, Averages],
        d_features: Mapping[str, Tensor],
    ) -> Tensor:
        """Lead the gradients with respect to what `measure` gave back to the picture."""
        total = torch.zeros_like(picture)
        for tile in self.grid.tiles():
            leaf = tile.cut(picture).clone().requires_grad_()
            outputs: list[Tensor] = []
            slopes: list[Tensor] = []
            for layer, features in self._network.features(leaf, [*d_averages, *d_features]):
                stride = stride_of(layer)
                own = tile.crop(features, stride)
                if layer in d_averages:
                    outputs += averages(own)
                    slopes += [slope * tile.share(stride) for slope in d_averages[layer]]
                else:
                    outputs.append(own)
                    slopes.append(d_features[layer][(..., *tile.place(stride))])
            (part,) = torch.autograd.grad(outputs, leaf, slopes)
            tile.cut(total).add_(part)
        return total


def _add(sums: dict[str, Averages], layer: str, more: Averages, share: float) -> None:
    mean, gram = (each * share for each in more)
    if layer in sums:
        mean, gram = sums[layer][0] + mean, sums[layer][1] + gram
    sums[layer] = mean, gram


def _put(wholes: dict[str, Tensor], layer: str, own: Tensor, tile: Tile) -> None:
    stride = stride_of(layer)
    if layer not in wholes:
        height, width = (length // stride for length in tile.size)
        shape = (*own.shape[:2], height, width)
        wholes[layer] = torch.empty(
            shape, dtype=own.dtype, device=own.device, memory_format=torch.channels_last
        )
    wholes[layer][(..., *tile.place(stride))] = own
