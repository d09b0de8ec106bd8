"""Statistics of features: mean, Gram matrix and covariance of the channels."""

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


def covariance(mean: Tensor, gram: Tensor) -> Tensor:
    """The covariance C = G − μμᵀ, (B, C, C), of averages over the same positions."""
    return gram - mean[:, :, None] * mean[:, None, :]


def relative(value: Tensor, target: Tensor, floor: Tensor | float = 0.0) -> Tensor:
    """‖value − target‖² / (‖target‖² + floor)."""
    return (value - target).square().sum() / (target.square().sum() + floor).clamp(min=1e-12)


def wide(features: Tensor) -> Tensor:
    return features.float() if features.dtype is torch.bfloat16 else features
