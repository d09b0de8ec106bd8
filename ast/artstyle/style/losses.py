"""The losses: Gram matrices, content, style, total variation, and their pyramid.

Gatys, Ecker and Bethge, CVPR 2016, with every term relative to its target, so that the
weights mean the same for every network and every size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from artstyle.style import pyramid
from artstyle.style.content import (
    ContentLoss,
    FeatureLoss,
    Features,
    NeighborLoss,
    OnGrid,
    Reading,
    Whole,
    structure,
)
from artstyle.style.moments import averages, covariance, relative
from artstyle.style.pyramid import Size, size_of
from artstyle.style.tiles import Summary, TiledBlocks, Tiling
from artstyle.vgg.networks import STYLE_LAYERS, Network, block_of

FINE_LAYERS = tuple(layer for layer in STYLE_LAYERS if block_of(layer) <= 3)
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
    """The weights of the parts of the loss, and how style and content are measured."""

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
    and time, not the values. With ``fine``, the style is compared on the fine layers alone:
    what the deep ones see, they see in a coarser level.
    """

    def __init__(
        self,
        network: Network,
        content: Tensor,
        style: Tensor,
        weights: Weights,
        tiling: Tiling | None = None,
        *,
        fine: bool = False,
    ) -> None:
        self.network = network
        self.weights = weights
        self.tiling = tiling
        self._styled = FINE_LAYERS if fine else STYLE_LAYERS
        reading = Whole() if weights.content_loss == "features" else OnGrid()
        painted = self._measure(style, self._styled, reading)
        self.style = {layer: StyleTarget(*each) for layer, each in painted.averages.items()}
        photo = self._measure(content, (), reading).read
        self.content = self._content_loss(photo, painted.read, content)

    def recontent(self, content: Tensor, style: Tensor) -> None:
        """Compare with another photo of the same size; the painting's averages stay as they are.

        The painting (1, 3, H', W') is the same as on creation.
        """
        reading = Whole() if self.weights.content_loss == "features" else OnGrid()
        painting = self._measure(style, (), reading).read
        self.content = self._content_loss(
            self._measure(content, (), reading).read, painting, content
        )

    def _content_loss(self, photo: Features, painting: Features, content: Tensor) -> ContentLoss:
        if self.weights.content_loss == "features":
            return FeatureLoss(photo)
        return NeighborLoss(photo, painting, structure(content), self.weights.realism)

    def __call__(self, picture: Tensor) -> Tensor:
        """The weighted (content, style, tv) of a picture: (1, 3, H, W) -> (3,)."""
        content, style = self._compare(self._summarise(picture, self._styled, self.content))
        return torch.stack((content, style, self.weights.tv * tv(picture)))

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """The weighted parts (3,) and the gradient of their sum, of the picture's shape."""
        picture = picture.detach()
        content, style, gradient = (
            self._in_tiles(picture, self.tiling) if self.tiling else self._in_one_piece(picture)
        )
        smoothness = tv_in_strips(picture, self.weights.tv, gradient)
        return torch.stack((content.detach(), style.detach(), smoothness)), gradient

    def _in_one_piece(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Content, style, and the gradient of their sum."""
        leaf = picture.clone().requires_grad_()
        content, style = self._compare(self._summarise(leaf, self._styled, self.content))
        (gradient,) = torch.autograd.grad(content + style, leaf)
        return content, style, gradient

    def _in_tiles(self, picture: Tensor, tiling: Tiling) -> tuple[Tensor, Tensor, Tensor]:
        """Measure the fine layers, compare, and propagate the gradient back through them."""
        blocks = TiledBlocks(self.network, size_of(picture), tiling)
        tiled = blocks.measure(picture, self._styled, self.content)
        leaves = tiled.tensors()
        for leaf in leaves:
            leaf.requires_grad_()
        content, style = self._compare(self._summarise(picture, self._styled, self.content, tiled))
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
                found.averages[layer] = averages(features)
            if layer in reading.layers:
                height, width = (side // reading.stride(layer) for side in size_of(picture))
                place = slice(0, height), slice(0, width)
                found.read[layer] = reading.read(layer, features, place)
        return found

    def _compare(self, found: Summary) -> tuple[Tensor, Tensor]:
        kind = self.weights.style_loss
        distances = [
            self.style[layer].distance(*found.averages[layer], kind) for layer in self._styled
        ]
        style = torch.stack(distances).mean()
        content = self.content.distance(found.read)
        return self.weights.content * content, self.weights.style * style

    @torch.no_grad()
    def _measure(self, picture: Tensor, averaged: Sequence[str], reading: Reading) -> Summary:
        tiled = None
        if self.tiling is not None:
            blocks = TiledBlocks(self.network, size_of(picture), self.tiling)
            tiled = blocks.measure(picture, averaged, reading)
        return self._summarise(picture, averaged, reading, tiled)


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
