"""The losses: Gram matrices, content, style, total variation, and their pyramid.

Gatys, Ecker and Bethge, CVPR 2016, with every term relative to its target, so that the
weights mean the same for every network and every size.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor

from artstyle.style import pyramid
from artstyle.style.moments import averages, covariance, relative
from artstyle.style.pyramid import Size, size_of
from artstyle.style.content import (
    ContentLoss,
    Features,
    FeatureLoss,
    NeighborLoss,
    OnGrid,
    Reading,
    Whole,
    structure,
)
from artstyle.style.tiles import Averages, TiledBlocks, Tiling
from artstyle.vgg.networks import STYLE_LAYERS, Network, block_of

SHALLOW = tuple(layer for layer in STYLE_LAYERS if block_of(layer) <= 3)
STRIP = 256  # rows whose roughness is measured at a time


def tv(picture: Tensor) -> Tensor:
    """Mean squared difference to the right, lower and (at half weight) diagonal neighbours."""
    return _roughness(picture, picture.shape[-2], picture.shape[-2])


def _roughness(rows: Tensor, own: int, height: int) -> Tensor:
    """What the first ``own`` of these rows add to the tv of a picture of that height."""
    width = rows.shape[-1]
    per_row = rows.shape[0] * rows.shape[1]
    right = _squares(rows[..., :own, 1:], rows[..., :own, :-1]) / (height * (width - 1))
    lower = _squares(rows[..., 1:, :], rows[..., :-1, :]) / ((height - 1) * width)
    falling = _squares(rows[..., 1:, 1:], rows[..., :-1, :-1])
    rising = _squares(rows[..., 1:, :-1], rows[..., :-1, 1:])
    diagonals = (falling + rising) / (2 * (height - 1) * (width - 1))
    return (right + lower + diagonals) / per_row


def _squares(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().sum()


def tv_in_strips(picture: Tensor, weight: float, gradient: Tensor) -> Tensor:
    """The weighted tv of a picture, whose gradient is added to ``gradient``, in strips of rows."""
    height = picture.shape[-2]
    total = picture.new_zeros(())
    for top in range(0, height, STRIP):
        own = min(STRIP, height - top)
        rows = picture[..., top : top + own + 1, :].clone().requires_grad_()
        part = weight * _roughness(rows, own, height)
        (slope,) = torch.autograd.grad(part, rows)
        gradient[..., top : top + own + 1, :] += slope
        total += part.detach()
    return total


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of the parts of the loss, and the kind of style loss: moments or gram."""

    content: float
    style: float
    tv: float
    style_loss: str = "moments"
    content_loss: str = "features"
    realism: float = 0.0


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
    (1, 3, H', W') at this level's size. ``tiling`` may be set at any time; it changes memory
    and time, not the values.
    """

    def __init__(
        self,
        network: Network,
        content: Tensor,
        style: Tensor,
        weights: Weights,
        tiling: Tiling | None = None,
        *,
        shallow: bool = False,
    ) -> None:
        self.network = network
        self.weights = weights
        self.tiling = tiling
        self._styled = SHALLOW if shallow else STYLE_LAYERS
        self.content: ContentLoss | None = None
        reading = None
        if not shallow and weights.content_loss == "features":
            self.content = FeatureLoss(self._measure(content, (), Whole())[1])
        elif not shallow or __import__('os').environ.get('NB_FINE'):
            reading = OnGrid()
        painted, read = self._measure(style, self._styled, reading)
        self.style = {layer: StyleTarget(*each) for layer, each in painted.items()}
        if reading:
            _, photo = self._measure(content, (), reading)
            self.content = NeighborLoss(photo, read, structure(content), weights.realism)

    def __call__(self, picture: Tensor) -> Tensor:
        """The weighted (content, style, tv) of a picture: (1, 3, H, W) -> (3,)."""
        known, read = self._summarise(picture, {}, {}, {}, self._styled, self.content)
        content, style = self._compare(known, read)
        return torch.stack((content, style, self.weights.tv * tv(picture)))

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """The weighted parts (3,) and the gradient of their sum, of the picture's shape."""
        if self.tiling is not None:
            return self._evaluate_in_tiles(picture.detach(), self.tiling)
        leaf = picture.detach().requires_grad_()
        parts = self(leaf)
        (gradient,) = torch.autograd.grad(parts.sum(), leaf)
        return parts.detach(), gradient

    def _evaluate_in_tiles(self, picture: Tensor, tiling: Tiling) -> tuple[Tensor, Tensor]:
        """Measure the fine layers, compare, and propagate the gradient back through them."""
        blocks = TiledBlocks(self.network, size_of(picture), tiling)
        known, read, pooled = blocks.measure(picture, self._styled, self.content)
        leaves = [*chain(*known.values()), *read.values(), *pooled.values()]
        for leaf in leaves:
            leaf.requires_grad_()
        content, style = self._compare(
            *self._summarise(picture, known, read, pooled, self._styled, self.content)
        )
        slopes = iter(
            torch.autograd.grad(content + style, leaves, allow_unused=True, materialize_grads=True)
        )
        d_known = {layer: (next(slopes), next(slopes)) for layer in known}
        d_read = {layer: next(slopes) for layer in read}
        d_pooled = dict(zip(pooled, slopes, strict=True))
        gradient = blocks.gradient(picture, d_known, self.content, d_read, d_pooled)
        smoothness = tv_in_strips(picture, self.weights.tv, gradient)
        return torch.stack((content.detach(), style.detach(), smoothness)), gradient

    def _summarise(self, picture, known, read, pooled, averaged, reading):
        """What the tiles left over: the layers after the tiled blocks; all if there are no tiles."""
        known, read = dict(known), dict(read)
        block = self.tiling.block if self.tiling else 0
        layers = reading.layers if reading else ()
        rest = [each for each in {*averaged, *layers} if block_of(each) > block]
        size = size_of(picture)
        after = self.network.features(pooled.get(f"pool{block}", picture), rest, after=block)
        # Each layer is compared as soon as it is computed, so that autograd handles it last and
        # the gradients of all layers aren't in memory at once.
        for layer, features in after:
            if layer in averaged:
                known[layer] = averages(features)
            if layer in layers:
                stride = reading.stride(layer)
                place = slice(0, size[0] // stride), slice(0, size[1] // stride)
                read[layer] = reading.read(layer, features, place)
        return known, read

    def _compare(self, known: Mapping[str, Averages], read: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        distances = [
            self.style[layer].distance(*each, self.weights.style_loss)
            for layer, each in known.items()
        ]
        style = torch.stack(distances).mean()
        content = self.content.distance(read) if self.content else torch.zeros_like(style)
        return self.weights.content * content, self.weights.style * style

    @torch.no_grad()
    def _measure(self, picture, averaged, reading):
        tiled = ({}, {}, {})
        if self.tiling is not None:
            blocks = TiledBlocks(self.network, size_of(picture), self.tiling)
            tiled = blocks.measure(picture, averaged, reading)
        return self._summarise(picture, *tiled, averaged, reading)


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
