"""Convolution, ReLU and pooling, each with a gradient that costs little time and memory on a CPU.

Only the picture gets a gradient, so a convolution needn't remember its input, and where a
block is pooled, its last features needn't be remembered at all.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn import grad

ONEDNN = (torch.float32, torch.bfloat16)


@dataclass(frozen=True, slots=True)
class Convolution:
    """A 3×3 kernel (out, in, 3, 3) and its bias (out,)."""

    weight: Tensor
    bias: Tensor
    packed: tuple[Tensor, Tensor] | None = None  # for both directions, in oneDNN's own layout

    def to(self, device: str, dtype: torch.dtype) -> "Convolution":
        """A copy on a device in a precision, channels last."""
        weight = self.weight.to(device, dtype, memory_format=torch.channels_last)
        bias = self.bias.to(device, dtype)
        if device != "cpu" or dtype not in ONEDNN or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
            return Convolution(weight, bias)
        turned = weight.flip(2, 3).transpose(0, 1)
        return Convolution(weight, bias, (_pack(weight), _pack(turned)))

    def rectified(self, x: Tensor, padding: int, *, masked: bool = False) -> tuple[Tensor, Tensor]:
        """Convolve and apply the ReLU: for the next operator of this file, and for all others.

        ``masked`` promises that the gradient of the result is 0 wherever the result is.
        """
        if not x.is_cpu:
            y = F.conv2d(x, self.weight, self.bias, padding=padding).relu_()
            return y, y
        own, others = _Rectified.apply(x, self, padding, masked)
        return own, others


def pooled(x: Tensor) -> Tensor:
    """The maxima of 2×2 features that are ≥ 0; their gradient is 0 wherever they are."""
    if not x.is_cpu:
        return F.max_pool2d(x, 2)
    maxima: Tensor = _Pooled.apply(x)
    return maxima


class _Rectified(torch.autograd.Function):
    """The result twice: for the next operator here, whose gradient may be overwritten, and others.

    Writing to memory that is mapped already is several times faster than to new memory.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, convolution: Convolution, padding: int, masked: bool
    ) -> tuple[Tensor, Tensor]:
        ctx.convolution, ctx.padding, ctx.shape = convolution, padding, x.shape
        ctx.set_materialize_grads(False)
        if convolution.packed:
            y = _onednn(x, convolution.packed[0], convolution.bias, padding, "relu")
        else:
            y = F.conv2d(x, convolution.weight, convolution.bias, padding=padding).relu_()
        ctx.save_for_backward(*(() if masked else (y,)))
        return y, y.detach()

    @staticmethod
    def backward(
        ctx: Any, own: Tensor | None, others: Tensor | None
    ) -> tuple[Tensor | None, None, None, None]:
        if own is None:
            slope = None if others is None else others.clone()
        else:
            slope = own if others is None else own.add_(others)
        if slope is None:
            return None, None, None, None
        for y in ctx.saved_tensors:
            torch.ops.aten.threshold_backward.grad_input(slope, y, 0, grad_input=slope)
        if packed := ctx.convolution.packed:
            d_x = _onednn(slope, packed[1], None, 2 - ctx.padding, "none")
        else:
            weight = ctx.convolution.weight
            d_x = grad.conv2d_input(ctx.shape, weight, slope, padding=ctx.padding)  # type: ignore[no-untyped-call]
        return d_x, None, None, None


class _Pooled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        maxima, places = F.max_pool2d(x, 2, return_indices=True)
        ctx.save_for_backward(maxima, places)
        ctx.shape = x.shape
        return maxima

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        maxima, places = ctx.saved_tensors
        slope = torch.ops.aten.threshold_backward(slope, maxima, 0)
        d_x = torch.empty(ctx.shape, dtype=slope.dtype, memory_format=torch.channels_last)
        step = [2, 2], [2, 2], [0, 0], [1, 1], False
        return torch.ops.aten.max_pool2d_with_indices_backward.grad_input(  # type: ignore[no-any-return]
            slope, d_x, *step, places, grad_input=d_x
        )


def _pack(weight: Tensor) -> Tensor:
    ones = [1, 1]
    return torch.ops.mkldnn._reorder_convolution_weight(  # type: ignore[no-any-return]
        weight, ones, ones, ones, 1, [1, weight.shape[1], 128, 128]
    )


def _onednn(x: Tensor, packed: Tensor, bias: Tensor | None, padding: int, after: str) -> Tensor:
    ones = [1, 1]
    return torch.ops.mkldnn._convolution_pointwise(  # type: ignore[no-any-return]
        x, packed, bias, [padding, padding], ones, ones, 1, after, [], ""
    )
