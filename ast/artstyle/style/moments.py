"""Statistics of features: mean, Gram matrix and covariance of the channels."""

from typing import Any

import torch
from torch import Tensor

STRIP = 1 << 15  # positions that are widened to float32 at a time


class _Averages(torch.autograd.Function):
    """Mean and Gram matrix of the channels, in float32 at least, from features of any precision.

    Sums over a million positions don't fit into bf16, but their gradient does: so it is
    computed in the features' own precision, in one product instead of autograd's two, and
    no float32 copy of all features is ever made.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(features)
        flat = _positions(features)
        # A GPU multiplies all at once; a CPU widens strips that stay in its caches.
        strips = (flat,) if flat.is_cuda else torch.split(flat, STRIP, 1)
        sums = [_sums(strip) for strip in strips]
        mean, gram = (sum(parts[1:], parts[0]) for parts in zip(*sums, strict=True))
        return mean / flat.shape[1], gram / flat.shape[1]

    @staticmethod
    def backward(ctx: Any, d_mean: Tensor, d_gram: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        flat = _positions(features)
        slope = ((d_gram + d_gram.mT) / flat.shape[1]).to(flat.dtype)
        shift = (d_mean / flat.shape[1]).to(flat.dtype)
        d_flat = torch.baddbmm(shift[:, None, :], flat, slope)
        batch, channels, height, width = features.shape
        return d_flat.view(batch, height, width, channels).permute(0, 3, 1, 2)


def _sums(flat: Tensor) -> tuple[Tensor, Tensor]:
    """Sum channels and their products over positions: (B, N, C) -> (B, C), (B, C, C)."""
    if flat.is_cuda and flat.dtype is torch.bfloat16:  # multiplied as it is, summed in float32
        return flat.sum(1, dtype=torch.float32), torch.bmm(flat.mT, flat, out_dtype=torch.float32)
    wide = flat.float() if flat.dtype is torch.bfloat16 else flat
    return wide.sum(1), wide.mT @ wide


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
