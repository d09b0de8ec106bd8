"""The losses: Gram matrices, content, style, total variation, and their pyramid.

Gatys, Ecker and Bethge, CVPR 2016, with every term relative to its target, so that the
weights mean the same for every network and every size.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from artstyle.style import pyramid
from artstyle.style.content import (
    ContentLoss,
    FeatureLoss,
    NeighborLoss,
    OnGrid,
    Place,
    Reading,
    Whole,
    structure,
)
from artstyle.style.moments import averages, covariance, mixture, relative, weighted_averages
from artstyle.style.palettes import GRID, MOST, TINY, Features, Palette
from artstyle.style.pyramid import Size, size_of
from artstyle.style.regions import Regions, Shares, several
from artstyle.style.tiles import Averages, Summary, TiledBlocks, Tiling, stride_of
from artstyle.vgg.networks import CONTENT_LAYER, STYLE_LAYERS, Network, block_of

FINE_LAYERS = tuple(layer for layer in STYLE_LAYERS if block_of(layer) <= 3)
STRIP = 256  # rows whose roughness is measured at a time
ALL, EARLIER, LATER = slice(None), slice(None, -1), slice(1, None)


def tv(picture: Tensor, painted: Tensor | None = None) -> Tensor:
    """Mean squared difference to the right, lower and (at half weight) diagonal neighbours.

    ``painted``, (H, W), is how much each place counts.
    """
    return _roughness(picture, picture.shape[-2], picture.shape[-2], painted)


def _roughness(rows: Tensor, own: int, height: int, painted: Tensor | None) -> Tensor:
    """What the first ``own`` of these rows add to the tv of a picture of that height."""
    width = rows.shape[-1]
    per_row = rows.shape[0] * rows.shape[1]
    mine = slice(own)
    right = _squares(rows, (mine, LATER), (mine, EARLIER), painted) / (height * (width - 1))
    lower = _squares(rows, (LATER, ALL), (EARLIER, ALL), painted) / ((height - 1) * width)
    falling = _squares(rows, (LATER, LATER), (EARLIER, EARLIER), painted)
    rising = _squares(rows, (LATER, EARLIER), (EARLIER, LATER), painted)
    diagonals = (falling + rising) / (2 * (height - 1) * (width - 1))
    return (right + lower + diagonals) / per_row


def _squares(rows: Tensor, one: Place, other: Place, painted: Tensor | None) -> Tensor:
    squares = (rows[(..., *one)] - rows[(..., *other)]).square()
    return (squares if painted is None else squares * painted[other]).sum()


def tv_in_strips(
    picture: Tensor, weight: float, gradient: Tensor, painted: Tensor | None = None
) -> Tensor:
    """The weighted tv of a picture, whose gradient is added to ``gradient``, in strips of rows."""
    height = picture.shape[-2]
    total = picture.new_zeros(())
    for top in range(0, height, STRIP):
        own = min(STRIP, height - top)
        strip = slice(top, top + own + 1)
        rows = picture[..., strip, :].clone().requires_grad_()
        counts = None if painted is None else painted[strip]
        part = weight * _roughness(rows, own, height, counts)
        (slope,) = torch.autograd.grad(part, rows)
        gradient[..., strip, :] += slope
        total += part.detach()
    return total


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of the parts of the loss, and how style and content are measured."""

    content: float
    style: float
    tv: float
    style_loss: str = "moments"
    content_loss: str = "features"
    realism: float = 0.0
    mixture: Shares = (1.0,)  # of the styles, where no region says otherwise


@dataclass(frozen=True, slots=True)
class StyleTarget:
    mean: Tensor
    gram: Tensor

    def distance(self, mean: Tensor, gram: Tensor, kind: str) -> Tensor:
        """The distance of averages (1, C) and (1, C, C), by ``moments`` or ``gram``.

        The floor avoids a division by zero for a painting without variation; the covariance
        of a real one is hundreds of times above it.
        """
        if kind == "gram":
            return relative(gram, self.gram)
        floor = 1e-5 * self.mean.square().sum() ** 2
        return relative(mean, self.mean) + relative(
            covariance(mean, gram), covariance(self.mean, self.gram), floor
        )


class LevelLoss:
    """The loss of one level.

    The targets are measured on creation, from the content (1, 3, H, W) and the style
    (1, 3, H', W') at this level's size, or several of them, each measured by itself. ``tiling``
    may be set at any time; it changes memory and time, not the values. With ``fine``, the style
    is compared on the fine layers alone: what the deep ones see, they see in a coarser level.
    With ``regions``, each of them is compared with its mixture of the styles, and what isn't
    painted doesn't count.
    """

    def __init__(
        self,
        network: Network,
        content: Tensor,
        style: Tensor | Sequence[Tensor],
        weights: Weights,
        tiling: Tiling | None = None,
        *,
        fine: bool = False,
        regions: Regions | None = None,
    ) -> None:
        self.network = network
        self.weights = weights
        self.tiling = tiling
        self._styled = FINE_LAYERS if fine else STYLE_LAYERS
        self._regions = regions
        self._painted = None if regions is None else regions.painted(1)[0].to(content)
        reading = Whole() if weights.content_loss == "features" else OnGrid()
        averaged: list[Mapping[str, Averages]] = []
        palettes: list[Palette] = []
        for each in several(style):  # of each, only this is kept
            painted = self._measure(each.to(content.device), self._styled, reading)
            averaged.append(painted.averages)
            if weights.content_loss == "neighbors":
                palettes.append(self._palette(painted.read))
        self.style = [
            {
                layer: StyleTarget(*mixture([each[layer] for each in averaged], shares))
                for layer in self._styled
            }
            for shares in (regions.mixtures if regions else (weights.mixture,))
        ]
        photo = self._measure(content, (), reading).read
        self.content = self._content_loss(photo, palettes, content)

    def recontent(self, content: Tensor, styles: Sequence[Tensor]) -> None:
        """Compare with another photo of the same size; the styles' averages stay as they are.

        The styles are the same as on creation.
        """
        reading = Whole() if self.weights.content_loss == "features" else OnGrid()
        palettes: list[Palette] = []
        if self.weights.content_loss == "neighbors":
            for each in styles:
                painting = self._measure(each.to(content.device), (), reading).read
                palettes.append(self._palette(painting))
        photo = self._measure(content, (), reading).read
        self.content = self._content_loss(photo, palettes, content)

    def _palette(self, painting: Features) -> Palette:
        return Palette.of(painting, MOST // len(self.weights.mixture))

    def _content_loss(
        self, photo: Features, palettes: Sequence[Palette], content: Tensor
    ) -> ContentLoss:
        regions, realism = self._regions, self.weights.realism
        if self.weights.content_loss == "features":
            stride = Whole().stride(CONTENT_LAYER)
            return FeatureLoss(photo, None if regions is None else regions.painted(stride))
        weight = structure(content)
        if regions is None:
            return NeighborLoss(photo, palettes, weight, realism, shares=self.weights.mixture)
        weight = weight * regions.painted(GRID).to(weight)
        weight = weight / weight.mean().clamp(min=TINY)
        shares = regions.mixture
        return NeighborLoss(photo, palettes, weight, realism, shares=shares, regions=regions)

    def __call__(self, picture: Tensor) -> Tensor:
        """The weighted (content, style, tv) of a picture: (1, 3, H, W) -> (3,)."""
        found = self._summarise(picture, self._styled, self.content, regions=self._regions)
        content, style = self._compare(found)
        return torch.stack((content, style, self.weights.tv * tv(picture, self._painted)))

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """The weighted parts (3,) and the gradient of their sum, of the picture's shape."""
        picture = picture.detach()
        content, style, gradient = (
            self._in_tiles(picture, self.tiling) if self.tiling else self._in_one_piece(picture)
        )
        smoothness = tv_in_strips(picture, self.weights.tv, gradient, self._painted)
        return torch.stack((content.detach(), style.detach(), smoothness)), gradient

    def _in_one_piece(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Content, style, and the gradient of their sum."""
        leaf = picture.clone().requires_grad_()
        found = self._summarise(leaf, self._styled, self.content, regions=self._regions)
        content, style = self._compare(found)
        (gradient,) = torch.autograd.grad(content + style, leaf)
        return content, style, gradient

    def _in_tiles(self, picture: Tensor, tiling: Tiling) -> tuple[Tensor, Tensor, Tensor]:
        """Measure the fine layers, compare, and propagate the gradient back through them."""
        regions = self._regions
        blocks = TiledBlocks(self.network, size_of(picture), tiling, regions)
        tiled = blocks.measure(picture, self._styled, self.content)
        leaves = tiled.tensors()
        for leaf in leaves:
            leaf.requires_grad_()
        found = self._summarise(picture, self._styled, self.content, tiled, regions)
        content, style = self._compare(found)
        slopes = torch.autograd.grad(
            content + style, leaves, allow_unused=True, materialize_grads=True
        )
        return content, style, blocks.gradient(picture, tiled.like(slopes), self.content)

    def _summarise(
        self,
        picture: Tensor,
        averaged: Sequence[str],
        reading: Reading,
        tiled: Summary | None = None,
        regions: Regions | None = None,
    ) -> Summary:
        """Complete what the tiled blocks left over; without tiles that is everything."""
        block = self.tiling.block if self.tiling and tiled else 0
        found = Summary(dict(tiled.averages), dict(tiled.read)) if tiled else Summary()
        rest = [layer for layer in {*averaged, *reading.layers} if block_of(layer) > block]
        begin = tiled.pooled.get(f"pool{block}", picture) if tiled else picture
        # Each layer is averaged and read as soon as it is computed, so that autograd handles it
        # last and the gradients of all layers aren't in memory at once.
        for layer, features in self.network.features(begin, rest, after=block):
            if layer in averaged:
                found.averages[layer] = (
                    averages(features)
                    if regions is None
                    else weighted_averages(features, regions.weights[stride_of(layer)])
                )
            if layer in reading.layers:
                height, width = (side // reading.stride(layer) for side in size_of(picture))
                place = slice(0, height), slice(0, width)
                found.read[layer] = reading.read(layer, features, place)
        return found

    def _compare(self, found: Summary) -> tuple[Tensor, Tensor]:
        if self._regions is None:
            style = self._distance(self.style[0], found.averages)
        else:
            shares = self._regions.shares
            style = torch.stack(
                [
                    share * self._distance(target, _of_region(found.averages, region))
                    for region, (target, share) in enumerate(zip(self.style, shares, strict=True))
                ]
            ).sum()
        content = self.content.distance(found.read)
        return self.weights.content * content, self.weights.style * style

    def _distance(
        self, targets: Mapping[str, StyleTarget], found: Mapping[str, Averages]
    ) -> Tensor:
        kind = self.weights.style_loss
        distances = [targets[layer].distance(*found[layer], kind) for layer in self._styled]
        return torch.stack(distances).mean()

    @torch.no_grad()
    def _measure(self, picture: Tensor, averaged: Sequence[str], reading: Reading) -> Summary:
        tiled = None
        if self.tiling is not None:
            blocks = TiledBlocks(self.network, size_of(picture), self.tiling)
            tiled = blocks.measure(picture, averaged, reading)
        return self._summarise(picture, averaged, reading, tiled)


def _of_region(averages: Mapping[str, Averages], region: int) -> dict[str, Averages]:
    one = slice(region, region + 1)
    return {layer: (mean[one], gram[one]) for layer, (mean, gram) in averages.items()}


def evaluate_pyramid(
    levels: Iterable[tuple[Size, LevelLoss]], picture: Tensor
) -> tuple[Tensor, Tensor]:
    """Sum the losses over several sizes of a picture, the finest first.

    Returns the weighted parts (levels, 3) and the gradient of their sum, of the picture's
    shape. Computed level by level, so that the memory in use is that of the largest alone.
    """
    root = picture.detach().requires_grad_()
    scaled, parts = root, []
    images, slopes = [], []
    for size, loss in levels:
        scaled = pyramid.resize(scaled, size)
        part, gradient = loss.evaluate(scaled)
        images.append(scaled)
        slopes.append(gradient)
        parts.append(part)
    (gradient,) = torch.autograd.grad(images, root, slopes)
    return torch.stack(parts), gradient
