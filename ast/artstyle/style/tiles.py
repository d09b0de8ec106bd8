"""Exact evaluation in tiles, for levels that don't fit into the memory in one piece.

The losses depend on the fine layers only through sums over positions, and on the coarse
layers through the output of the fine ones. So the fine blocks of the network, which take
most of the memory, run tile by tile, twice: once without a gradient, to measure, and once
more to propagate the gradient back. The coarse blocks, whose features are small, run whole.
After Galerne et al., Scaling Painting Style Transfer, arXiv 2212.13459, which tiles all layers.

Every feature belongs to one tile, which is computed with the receptive field of its features
around it, the halo. The gradients of all tiles' own features, on their halos too, are added
up; so the halo can be narrower than one in which every pixel gets its whole gradient.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, pairwise, product
from typing import NamedTuple

import torch
from torch import Tensor

from artstyle.style.content import Place, Reading
from artstyle.style.moments import averages, weighted_averages
from artstyle.style.palettes import GRID
from artstyle.style.pyramid import Size
from artstyle.style.regions import Regions
from artstyle.vgg.networks import Network, block_of, reach

LAST_BLOCK = 5  # of relu5_1, after which nothing is pooled
MOST_PARTS = 256  # of each side

Averages = tuple[Tensor, Tensor]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tiling:
    """How a level is computed in tiles."""

    block: int  # the blocks of the network up to this one run in tiles, the others whole
    pixels: int  # the limit of a tile, including its halo


@dataclass(frozen=True, slots=True)
class Summary:
    """What is measured of a picture's features, or the gradients of that."""

    averages: dict[str, Averages] = field(default_factory=dict)
    read: dict[str, Tensor] = field(default_factory=dict)  # by a `Reading`
    pooled: dict[str, Tensor] = field(default_factory=dict)  # the last tiled block's output

    def tensors(self) -> list[Tensor]:
        return [*chain(*self.averages.values()), *self.read.values(), *self.pooled.values()]

    def like(self, tensors: Sequence[Tensor]) -> "Summary":
        """A summary of other tensors, in the order of `tensors`."""
        each = iter(tensors)
        averages = {layer: (next(each), next(each)) for layer in self.averages}
        read = {layer: next(each) for layer in self.read}
        return Summary(averages, read, {layer: next(each) for layer in self.pooled})


class Side(NamedTuple):
    """A side of a picture in parts, without and with the halo."""

    inner: tuple[Span, ...]
    outer: tuple[Span, ...]
    longest: int  # pixels of the longest part with its halo
    total: int  # pixels of all parts with their halos


@cache
def side(length: int, step: int, halo: int, parts: int) -> Side:
    """Cut a side into parts.

    They begin at multiples of the step, so that tiles are pooled as the whole picture is. The
    last part takes the remainder.
    """
    cells = length // step
    inner = tuple(pairwise([*(cells * i // parts * step for i in range(parts)), length]))
    outer = tuple((max(0, begin - halo), min(length, end + halo)) for begin, end in inner)
    lengths = [end - begin for begin, end in outer]
    return Side(inner, outer, max(lengths), sum(lengths))


class Tile(NamedTuple):
    """A part of a picture: (from, to) of its rows and of its columns."""

    inner: tuple[Span, Span]
    outer: tuple[Span, Span]  # with the halo

    def cut(self, picture: Tensor) -> Tensor:
        """The tile with its halo, a view of the picture."""
        (top, bottom), (left, right) = self.outer
        return picture[..., top:bottom, left:right]

    def crop(self, features: Tensor, stride: int) -> Tensor:
        """The tile's own features, a view of those of its outer part."""
        top, left = self.outer[0][0] // stride, self.outer[1][0] // stride
        rows, columns = self.place(stride)
        own = features[..., rows.start - top : rows.stop - top, :]
        return own[..., columns.start - left : columns.stop - left]

    def place(self, stride: int) -> tuple[slice, slice]:
        """The slices of the tile's own features in those of the whole picture."""
        (top, bottom), (left, right) = self.inner
        return slice(top // stride, bottom // stride), slice(left // stride, right // stride)

    def share(self, stride: int, size: Size) -> float:
        """The share of all positions of a picture of the size that are the tile's own."""
        rows, columns = self.place(stride)
        positions: int = (rows.stop - rows.start) * (columns.stop - columns.start)
        return positions / ((size[0] // stride) * (size[1] // stride))


class Grid(NamedTuple):
    """Rows and columns of tiles; every pixel belongs to one."""

    rows: Side
    columns: Side

    @property
    def pixels(self) -> int:
        """Of the largest tile."""
        return self.rows.longest * self.columns.longest

    @property
    def work(self) -> int:
        return self.rows.total * self.columns.total

    def tiles(self) -> Iterator[Tile]:
        inner = product(self.rows.inner, self.columns.inner)
        outer = product(self.rows.outer, self.columns.outer)
        return map(Tile, inner, outer)


def grid(size: Size, tiling: Tiling, seen: int) -> Grid | None:
    """The grid of the least work whose tiles are small enough, None if there is none.

    ``seen`` is the receptive field of the last block's positions, in pixels on each side.
    """
    step = max(stride_after(tiling.block), GRID)
    halo = -(-seen // step) * step
    heights, widths = (
        [side(length, step, halo, parts) for parts in range(1, min(MOST_PARTS, length // step) + 1)]
        for length in size
    )
    fitting = []
    for rows in heights:  # more columns mean more halos, so the first that fit are the best
        narrow = (each for each in widths if rows.longest * each.longest <= tiling.pixels)
        if columns := next(narrow, None):
            fitting.append(Grid(rows, columns))
    return min(fitting, key=lambda grid: grid.work, default=None)


def stride_after(block: int) -> int:
    """The stride of a block's output, after its pooling if it has one."""
    return 1 << min(block, LAST_BLOCK - 1)


def stride_of(layer: str) -> int:
    """The stride of a layer: 4 for ``conv3_2``, 8 for ``pool3``."""
    return 1 << (block_of(layer) - (0 if layer.startswith("pool") else 1))


class TiledBlocks:
    """The first blocks of the network, tile by tile. Raises `ValueError` if no tile fits."""

    def __init__(
        self, network: Network, size: Size, tiling: Tiling, regions: Regions | None = None
    ) -> None:
        """Averages are those of the regions, or without any, of the whole picture."""
        found = grid(size, tiling, reach(network.convolutions, tiling.block))
        if found is None:
            raise ValueError(f"no tile of {size} has only {tiling.pixels} pixels")
        self._network, self._size, self._block = network, size, tiling.block
        self._regions = regions
        self.grid = found

    def _own(self, layers: Sequence[str]) -> list[str]:
        return [layer for layer in layers if block_of(layer) <= self._block]

    @torch.no_grad()
    def measure(self, picture: Tensor, averaged: Sequence[str], reading: Reading) -> Summary:
        """Average some layers and read others, as far as they are in these blocks."""
        averaged, layers = self._own(averaged), self._own(reading.layers)
        pools = [f"pool{self._block}"] if self._block < LAST_BLOCK else []
        found = Summary()
        for tile in self.grid.tiles():
            wanted = [*averaged, *layers, *pools]
            for layer, features in self._network.features(tile.cut(picture), wanted):
                stride = stride_of(layer)
                own = tile.crop(features, stride)
                if layer in averaged:
                    share = self._share(tile, stride)
                    _add(found.averages, layer, self._averages(own, tile, stride), share)
                if layer in layers:
                    place = tile.place(reading.stride(layer))
                    part = reading.read(layer, own, place)
                    self._lay(found.read, layer, part, place, reading.stride(layer))
                if layer in pools:
                    self._lay(found.pooled, layer, own, tile.place(stride), stride)
        return found

    def _averages(self, own: Tensor, tile: Tile, stride: int) -> Averages:
        if self._regions is None:
            return averages(own)
        return weighted_averages(own, self._regions.weights[stride][(..., *tile.place(stride))])

    def _share(self, tile: Tile, stride: int) -> float:
        """The share of the tile's averages in those of the picture; weighted ones just add up."""
        return tile.share(stride, self._size) if self._regions is None else 1.0

    def _lay(
        self, wholes: dict[str, Tensor], layer: str, part: Tensor, place: Place, stride: int
    ) -> None:
        if layer not in wholes:
            wholes[layer] = _empty(part, self._size, stride)
        wholes[layer][(..., *place)] = part

    def gradient(self, picture: Tensor, slopes: Summary, reading: Reading) -> Tensor:
        """The gradient of the picture, given those of what `measure` returned."""
        total = torch.zeros_like(picture)
        wanted = [*slopes.averages, *slopes.read, *slopes.pooled]
        for tile in self.grid.tiles():
            leaf = tile.cut(picture).clone().requires_grad_()
            outputs: list[Tensor] = []
            theirs: list[Tensor] = []
            for layer, features in self._network.features(leaf, wanted):
                stride = stride_of(layer)
                own = tile.crop(features, stride)
                if layer in slopes.averages:
                    outputs += self._averages(own, tile, stride)
                    share = self._share(tile, stride)
                    theirs += [slope * share for slope in slopes.averages[layer]]
                if layer in slopes.read:
                    place = tile.place(reading.stride(layer))
                    outputs.append(reading.read(layer, own, place))
                    theirs.append(slopes.read[layer][(..., *place)])
                if layer in slopes.pooled:
                    outputs.append(own)
                    theirs.append(slopes.pooled[layer][(..., *tile.place(stride))])
            (part,) = torch.autograd.grad(outputs, leaf, theirs)
            tile.cut(total).add_(part)
        return total


def _add(sums: dict[str, Averages], layer: str, more: Averages, share: float) -> None:
    mean, gram = (each * share for each in more)
    if layer in sums:
        mean, gram = sums[layer][0] + mean, sums[layer][1] + gram
    sums[layer] = mean, gram


def _empty(own: Tensor, size: Size, stride: int) -> Tensor:
    shape = (*own.shape[:2], size[0] // stride, size[1] // stride)
    return torch.empty(shape, dtype=own.dtype, device=own.device, memory_format=torch.channels_last)
