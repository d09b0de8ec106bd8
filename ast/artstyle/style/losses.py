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
from artstyle.style.moments import averages, covariance
from artstyle.style.pyramid import Size, size_of
from artstyle.style.tiles import Averages, TiledBlocks, Tiling
from artstyle.vgg.networks import CONTENT_LAYER, STYLE_LAYERS, Network, block_of

LAYERS = (*STYLE_LAYERS, CONTENT_LAYER)
STRIP = 256  # rows whose roughness is measured at a time


def relative(value: Tensor, target: Tensor, floor: Tensor | float = 0.0) -> Tensor:
    """‖value − target‖² / (‖target‖² + floor)."""
    return (value - target).square().sum() / (target.square().sum() + floor).clamp(min=1e-12)


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
    ) -> None:
        self.network = network
        self.weights = weights
        self.tiling = tiling
        _, features = self._measure(content, (), (CONTENT_LAYER,))
        self.content = features[CONTENT_LAYER]
        painted, _ = self._measure(style, STYLE_LAYERS, ())
        self.style = {layer: StyleTarget(*each) for layer, each in painted.items()}

    def __call__(self, picture: Tensor) -> Tensor:
        """The weighted (content, style, tv) of a picture: (1, 3, H, W) -> (3,)."""
        content, style = self._compare(self.network.features(picture, LAYERS))
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
        known, whole = blocks.measure(picture, STYLE_LAYERS, (CONTENT_LAYER,))
        leaves = [*chain(*known.values()), *whole.values()]
        for leaf in leaves:
            leaf.requires_grad_()
        coarse = self._coarse(picture, whole, LAYERS)
        content, style = self._compare(coarse, known)
        slopes = iter(
            torch.autograd.grad(content + style, leaves, allow_unused=True, materialize_grads=True)
        )
        d_known = {layer: (next(slopes), next(slopes)) for layer in known}
        gradient = blocks.gradient(picture, d_known, dict(zip(whole, slopes, strict=True)))
        smoothness = tv_in_strips(picture, self.weights.tv, gradient)
        return torch.stack((content.detach(), style.detach(), smoothness)), gradient

    def _coarse(
        self, picture: Tensor, whole: Mapping[str, Tensor], layers: Sequence[str]
    ) -> Iterator[tuple[str, Tensor]]:
        """The layers after the tiled blocks; of all blocks if there are no tiles."""
        block = self.tiling.block if self.tiling else 0
        yield from ((layer, whole[layer]) for layer in layers if layer in whole)
        rest = [layer for layer in layers if block_of(layer) > block]
        yield from self.network.features(whole.get(f"pool{block}", picture), rest, after=block)

    def _compare(
        self, layers: Iterable[tuple[str, Tensor]], known: Mapping[str, Averages] | None = None
    ) -> tuple[Tensor, Tensor]:
        distances = [self._distance(layer, each) for layer, each in (known or {}).items()]
        content = None
        # Each layer is compared as soon as it is computed, so that autograd handles it last and
        # the gradients of all layers aren't in memory at once.
        for layer, features in layers:
            if layer == CONTENT_LAYER:
                content = relative(_wide(features), _wide(self.content))
            else:
                distances.append(self._distance(layer, averages(features)))
        assert content is not None
        style = torch.stack(distances).mean()
        return self.weights.content * content, self.weights.style * style

    def _distance(self, layer: str, measured: Averages) -> Tensor:
        return self.style[layer].distance(*measured, self.weights.style_loss)

    @torch.no_grad()
    def _measure(
        self, picture: Tensor, averaged: Sequence[str], kept: Sequence[str]
    ) -> tuple[dict[str, Averages], dict[str, Tensor]]:
        known: dict[str, Averages] = {}
        whole: dict[str, Tensor] = {}
        if self.tiling is not None:
            blocks = TiledBlocks(self.network, size_of(picture), self.tiling)
            known, whole = blocks.measure(picture, averaged, kept)
        for layer, features in self._coarse(picture, whole, (*averaged, *kept)):
            if layer in averaged:
                known[layer] = averages(features)
            else:
                whole[layer] = features
        return known, {layer: whole[layer] for layer in kept}


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


def _wide(features: Tensor) -> Tensor:
    return features.float() if features.dtype is torch.bfloat16 else features
