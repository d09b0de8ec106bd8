"""The network that sketches: a painting becomes 100 numbers, and these repaint a photo.

Ghiasi et al., Exploring the structure of a real-time, arbitrary neural artistic stylization
network, arXiv 1705.06830. A MobileNetV2 (Sandler et al., arXiv 1801.04381) reads the painting.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import count, takewhile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.errors import WeightsDamaged, WeightsUnreadable

WEIGHTS = Path(__file__).parent / "weights" / "sketch.npz"
STRIDED = (1, 3, 6, 13)  # the blocks of MobileNetV2 that halve the size
RESIDUALS = 5
EPSILON = 1e-5
STRIDE = 4  # px: sides of the photo are multiples of it


class SketchNetwork:
    """Immutable, so that threads can share it."""

    def __init__(self, arrays: Mapping[str, Tensor]) -> None:
        """``arrays`` has the kernels and biases by the names of scripts/convert_sketch.py."""
        self._arrays = {name: array.float() for name, array in arrays.items()}
        known = self._arrays
        blocks = (f"predict.block{number}.project.weight" for number in count())
        self._blocks = len(list(takewhile(known.__contains__, blocks)))

    @torch.inference_mode()
    def style(self, paintings: Tensor) -> Tensor:
        """What characterises paintings, pixels in [0, 1]: (B, 3, 256, 256) -> (B, 100)."""
        x = _relu6(self._same(paintings, "predict.first", 2))
        for number in range(self._blocks):
            x = self._block(x, number)
        x = _relu6(self._conv(x, "predict.last")).mean((2, 3), keepdim=True)
        return self._conv(x, "predict.vector").flatten(1)

    @torch.inference_mode()
    def paint(self, photo: Tensor, style: Tensor) -> Tensor:
        """Repaint a photo: (1, 3, H, W), (1, 100) -> (1, 3, H, W) in [0, 1].

        H and W are multiples of 4.
        """
        style = style[:, :, None, None]
        x = F.relu(self._reflected(photo, "contract1"))
        for layer in ("contract2", "contract3"):
            x = F.relu(self._reflected(x, layer, 2))
        for number in range(1, RESIDUALS + 1):
            y = F.relu(self._styled(x, f"residual{number}.conv1", style))
            x = x + self._styled(y, f"residual{number}.conv2", style)
        for layer in ("expand1", "expand2"):
            x = F.relu(self._styled(F.interpolate(x, scale_factor=2), layer, style))
        return self._styled(x, "expand3", style).sigmoid()

    def _block(self, x: Tensor, number: int) -> Tensor:
        """An inverted residual of MobileNetV2."""
        name, y = f"predict.block{number}", x
        if f"{name}.expand.weight" in self._arrays:
            y = _relu6(self._conv(y, f"{name}.expand"))
        y = _relu6(self._same(y, f"{name}.depthwise", 2 if number in STRIDED else 1))
        y = self._conv(y, f"{name}.project")
        return x + y if x.shape == y.shape else y

    def _styled(self, x: Tensor, layer: str, style: Tensor) -> Tensor:
        """A convolution, and an instance norm whose scale and shift the style gives."""
        x = self._reflected(x, layer)
        mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), correction=0, keepdim=True)
        scale = self._conv(style, f"{layer}.scale") * (variance + EPSILON).rsqrt()
        return x * scale + (self._conv(style, f"{layer}.shift") - mean * scale)

    def _reflected(self, x: Tensor, layer: str, stride: int = 1) -> Tensor:
        border = self._arrays[f"{layer}.weight"].shape[-1] // 2
        return self._conv(F.pad(x, (border,) * 4, mode="reflect"), layer, stride)

    def _same(self, x: Tensor, layer: str, stride: int) -> Tensor:
        """Padded with zeros like TensorFlow's "SAME": a strided one only at the right and below."""
        before = 0 if stride > 1 else 1
        return self._conv(F.pad(x, (before, 1, before, 1)), layer, stride)

    def _conv(self, x: Tensor, layer: str, stride: int = 1) -> Tensor:
        kernel, bias = (self._arrays[f"{layer}.{part}"] for part in ("weight", "bias"))
        groups = x.shape[1] // kernel.shape[1]  # as many as channels in a depthwise one
        return F.conv2d(x, kernel, bias, stride, groups=groups)


def _relu6(x: Tensor) -> Tensor:
    return x.clamp(0, 6)


@lru_cache(maxsize=1)
def load() -> SketchNetwork:
    """Load the network that comes with the package (weights/README.md); raises `WeightsError`."""
    try:
        with np.load(WEIGHTS, allow_pickle=False) as arrays:
            return SketchNetwork({name: torch.from_numpy(arrays[name]) for name in arrays.files})
    except OSError as error:
        raise WeightsUnreadable(WEIGHTS, str(error.strerror)) from error
    except Exception as error:  # numpy and zipfile raise nearly anything for a damaged file
        raise WeightsDamaged(WEIGHTS) from error
