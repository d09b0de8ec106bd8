"""The losses: Gram matrices, content, style, total variation, and their pyramid.

Gatys, Ecker and Bethge, CVPR 2016, with every term relative to its target, so that the
weights mean the same for every network and every size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from artstyle import pyramid
from artstyle.networks import CONTENT_LAYER, STYLE_LAYERS, Network
from artstyle.pyramid import Size

LAYERS = (*STYLE_LAYERS, CONTENT_LAYER)


class _Averages(torch.autograd.Function):
    """Mean and Gram matrix of the channels, in float32 at least, from features of any precision.

    Sums over a million positions don't fit in bf16, but their gradient does: so it is
    computed in the features' own precision, in one product instead of autograd's two,
    and no float32 copy of the features is kept for it.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(features)
        flat = _positions(features)
        wide = flat.float() if flat.dtype is torch.bfloat16 else flat
        return wide.mean(1), wide.mT @ wide / flat.shape[1]

    @staticmethod
    def backward(ctx: Any, d_mean: Tensor, d_gram: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        flat = _positions(features)
        slope = ((d_gram + d_gram.mT) / flat.shape[1]).to(flat.dtype)
        shift = (d_mean / flat.shape[1]).to(flat.dtype)
        d_flat = torch.baddbmm(shift[:, None, :], flat, slope)
        batch, channels, height, width = features.shape
        return d_flat.view(batch, height, width, channels).permute(0, 3, 1, 2)


def _positions(features: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, H·W, C): a view when the layout is channels-last."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def averages(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean μ (B, C) and Gram matrix G (B, C, C) of the channels over all positions."""
    mean, gram = _Averages.apply(features)
    return mean, gram


def covariance(mean: Tensor, gram: Tensor) -> Tensor:
    """Turn averages over the same positions into the covariance C = G − μμᵀ, (B, C, C)."""
    return gram - mean[:, :, None] * mean[:, None, :]


def relative(value: Tensor, target: Tensor, floor: Tensor | float = 0.0) -> Tensor:
    """‖value − target‖² / (‖target‖² + floor)."""
    return (value - target).square().sum() / (target.square().sum() + floor).clamp(min=1e-12)


def tv(picture: Tensor) -> Tensor:
    """Mean squared difference to the right, lower and (at half weight) diagonal neighbours."""
    right = (picture[..., :, 1:] - picture[..., :, :-1]).square().mean()
    lower = (picture[..., 1:, :] - picture[..., :-1, :]).square().mean()
    falling = (picture[..., 1:, 1:] - picture[..., :-1, :-1]).square().mean()
    rising = (picture[..., 1:, :-1] - picture[..., :-1, 1:]).square().mean()
    return right + lower + (falling + rising) / 2


@dataclass(frozen=True, slots=True)
class Weights:
    """What the parts of the loss count for, and which style loss it is."""

    content: float
    style: float
    tv: float
    style_loss: str = "moments"


@dataclass(frozen=True, slots=True)
class StyleTarget:
    """One layer's averages of the painting."""

    mean: Tensor
    gram: Tensor

    def distance(self, features: Tensor, kind: str) -> Tensor:
        """Compare features (1, C, H, W) with the painting's, by ``moments`` or ``gram``.

        The floor keeps the covariance of a painting without variation from being a
        division by nothing; a real one is hundreds of times above it.
        """
        mean, gram = averages(features)
        if kind == "gram":
            return relative(gram, self.gram)
        floor = 1e-5 * self.mean.square().sum() ** 2
        return relative(mean, self.mean) + relative(
            covariance(mean, gram), covariance(self.mean, self.gram), floor
        )


class LevelLoss:
    """The loss of one level: its targets are measured once, here."""

    def __init__(self, network: Network, content: Tensor, style: Tensor, weights: Weights) -> None:
        """Measure the content (1, 3, H, W) and the style (1, 3, H', W') at this level's size."""
        self.network = network
        self.weights = weights
        with torch.no_grad():
            ((_, features),) = network.features(content, [CONTENT_LAYER])
            self.content = _wide(features)
            self.style = {
                layer: StyleTarget(*averages(features))
                for layer, features in network.features(style, STYLE_LAYERS)
            }

    def __call__(self, picture: Tensor) -> Tensor:
        """Give the weighted (content, style, tv) of a picture (1, 3, H, W), shape (3,)."""
        content, distances = picture.new_zeros(()), []
        # Each layer is compared as soon as it is there: then autograd comes to it last, and
        # the gradients of all layers don't wait in memory at once.
        for layer, features in self.network.features(picture, LAYERS):
            if layer == CONTENT_LAYER:
                content = relative(_wide(features), self.content)
            else:
                distances.append(self.style[layer].distance(features, self.weights.style_loss))
        style = torch.stack(distances).mean()
        return torch.stack(
            (
                self.weights.content * content,
                self.weights.style * style,
                self.weights.tv * tv(picture),
            )
        )


def _wide(features: Tensor) -> Tensor:
    """Compare in float32 at least."""
    return features.float() if features.dtype is torch.bfloat16 else features


class PyramidLoss:
    """The sum of the level losses over several sizes of one picture, all at once."""

    def __init__(self, levels: Sequence[tuple[Size, LevelLoss]]) -> None:
        """Take the levels' sizes and losses, the finest first."""
        self.levels = list(levels)

    def __call__(self, picture: Tensor) -> Tensor:
        """Give the weighted parts of every level, shape (levels, 3); their sum is the loss."""
        parts = []
        for size, loss in self.levels:
            picture = pyramid.resize(picture, size)
            parts.append(loss(picture))
        return torch.stack(parts)

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Give the parts (levels, 3) and the gradient, of the picture's shape.

        Level by level, so that the memory in use is that of the largest alone.
        """
        root = picture.detach().requires_grad_()
        scaled, leaves, parts = root, [], []
        images = []
        for size, loss in self.levels:
            scaled = pyramid.resize(scaled, size)
            leaf = scaled.detach().requires_grad_()
            part = loss(leaf)
            part.sum().backward()  # type: ignore[no-untyped-call]
            images.append(scaled)
            leaves.append(leaf.grad)
            parts.append(part.detach())
        (gradient,) = torch.autograd.grad(images, root, leaves)
        return torch.stack(parts), gradient
