"""Statistics of features: mean, Gram matrix and covariance of the channels."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

STRIP = 1 << 14  # positions whose bf16 products are rounded together
SAMPLES = 1 << 10  # positions at most from which a point near the mean is taken


class _Averages(torch.autograd.Function):
    """Mean and Gram matrix of the channels, in float32 at least, from features of any precision.

    Sums over a million positions don't fit into bf16, but their gradient does: so it is
    computed in the features' own precision, in one product instead of autograd's two, and
    no float32 copy of the features is ever made.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(features)
        flat = _positions(features)
        if flat.dtype is not torch.bfloat16:
            return flat.mean(1), flat.mT @ flat / flat.shape[1]
        if flat.is_cuda:  # multiplied as it is, summed in float32
            mean = flat.mean(1, dtype=torch.float32)
            return mean, torch.bmm(flat.mT, flat, out_dtype=torch.float32) / flat.shape[1]
        parts = [_in_strips(each) for each in flat]
        return torch.stack([mean for mean, _ in parts]), torch.stack([gram for _, gram in parts])

    @staticmethod
    def backward(ctx: Any, d_mean: Tensor, d_gram: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        flat = _positions(features)
        slope = ((d_gram + d_gram.mT) / flat.shape[1]).to(flat.dtype)
        shift = (d_mean / flat.shape[1]).to(flat.dtype)
        if len(flat) == 1 and flat.device.type == "cpu":  # the fastest product there
            return F.conv2d(features, slope[0, :, :, None, None], shift[0])
        d_flat = torch.baddbmm(shift[:, None, :], flat, slope)
        batch, channels, height, width = features.shape
        return d_flat.view(batch, height, width, channels).permute(0, 3, 1, 2)


def _in_strips(flat: Tensor) -> tuple[Tensor, Tensor]:
    """Average bf16 features and their products: (N, C) -> (C,), (C, C), both float32.

    A CPU rounds a product to bf16. So the features are first moved by a point near their
    mean: then the error is a small part of the covariance, however large the mean is.
    """
    positions, channels = flat.shape
    near = flat[:: 1 + positions // SAMPLES].mean(0)
    moved, ones = flat.new_empty(min(STRIP, positions), channels), flat.new_ones(1, STRIP)
    sums = flat.new_zeros(channels, dtype=torch.float32)
    products = flat.new_zeros(channels, channels, dtype=torch.float32)
    for strip in torch.split(flat, STRIP):
        part = torch.sub(strip, near, out=moved[: len(strip)])
        sums += (ones[:, : len(strip)] @ part)[0]
        products += part.mT @ part
    offset = sums / positions
    mean = near + offset
    return mean, products / positions - torch.outer(offset, offset) + torch.outer(mean, mean)


def _positions(features: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, H·W, C): a view when the layout is channels-last."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def averages(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean μ (B, C) and Gram matrix G (B, C, C) of the channels over all positions."""
    mean, gram = _Averages.apply(features)
    return mean, gram


class _WeightedAverages(torch.autograd.Function):
    """Weighted means and Gram matrices, summed strip by strip, in float32 at least.

    As in `_Averages`, the gradient has the features' own precision.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(features, weights)
        flat, weights = _positions(features)[0], weights.flatten(1)  # (N, C), (R, N)
        like, (regions, channels) = wide(flat[:1]), (len(weights), flat.shape[1])
        mean, gram = like.new_zeros(regions, channels), like.new_zeros(regions, channels, channels)
        for strip, parts in _weighed(flat, weights):
            mean += parts @ strip
            for region, part in enumerate(parts):
                gram[region] += (strip * part[:, None]).mT @ strip
        return mean, gram

    @staticmethod
    def backward(ctx: Any, d_mean: Tensor, d_gram: Tensor) -> tuple[Tensor, None]:
        features, weights = ctx.saved_tensors
        flat, slope = _positions(features)[0], (d_gram + d_gram.mT).to(features.dtype)
        weights, d_mean = weights.flatten(1).to(flat.dtype), d_mean.to(flat.dtype)
        d_flat = torch.empty_like(flat)
        strips = (
            torch.split(d_flat, STRIP),
            torch.split(flat, STRIP),
            torch.split(weights, STRIP, 1),
        )
        for d_strip, strip, parts in zip(*strips, strict=True):
            d_strip.copy_(_slope(strip, parts, d_mean, slope))
        height, width = features.shape[2:]
        return d_flat.view(1, height, width, -1).permute(0, 3, 1, 2), None


def _slope(strip: Tensor, parts: Tensor, d_mean: Tensor, slope: Tensor) -> Tensor:
    """The gradient of a strip (n, C), in its own precision."""
    total = parts.mT @ d_mean
    for part, each in zip(parts, slope, strict=True):
        total += part[:, None] * (strip @ each)
    return total


def _weighed(flat: Tensor, weights: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Strips of positions (n, C), and their weights (R, n), both wide."""
    for strip, parts in zip(torch.split(flat, STRIP), torch.split(weights, STRIP, 1), strict=True):
        strip = wide(strip)  # noqa: PLW2901
        yield strip, parts.to(strip)


def weighted_averages(features: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of f and of ffᵀ with each region's weights (R, H, W): (R, C) and (R, C, C).

    ``features`` are (1, C, H, W). Where the weights of a region sum to 1, these are its means.
    """
    mean, gram = _WeightedAverages.apply(features, weights)
    return mean, gram


def mixture(
    parts: Sequence[tuple[Tensor, Tensor]], shares: Sequence[float]
) -> tuple[Tensor, Tensor]:
    """Mean Σwμ and Gram matrix Σw(C + μμᵀ) of a mixture, from those of its parts.

    A part with all of the weight is returned as it is.
    """
    if 1.0 in shares:
        return parts[shares.index(1.0)]
    means, grams = zip(*parts, strict=True)
    return weighted_sum(means, shares), weighted_sum(grams, shares)


def weighted_sum(values: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    return torch.stack([value * share for value, share in zip(values, shares, strict=True)]).sum(0)


def covariance(mean: Tensor, gram: Tensor) -> Tensor:
    """The covariance C = G − μμᵀ, (B, C, C), of averages over the same positions."""
    return gram - mean[:, :, None] * mean[:, None, :]


def relative(value: Tensor, target: Tensor, floor: Tensor | float = 0.0) -> Tensor:
    """‖value − target‖² / (‖target‖² + floor)."""
    return (value - target).square().sum() / (target.square().sum() + floor).clamp(min=1e-12)


def wide(features: Tensor) -> Tensor:
    return features.float() if features.dtype is torch.bfloat16 else features
