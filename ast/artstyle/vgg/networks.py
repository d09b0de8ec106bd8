"""VGG features: a picture in, the features of the named layers out.

Simonyan and Zisserman, arXiv 1409.1556, configurations D (VGG16) and E (VGG19), up to relu5_1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.vgg.convolutions import Convolution, pooled

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "conv4_2"  # before its ReLU, as in the paper


@dataclass(frozen=True, slots=True)
class Architecture:
    """The convolutions of a network, and the normalisation of its input."""

    name: str
    convolutions: tuple[int, ...]  # convolutions in each block, the fifth cut after its first
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]  # the network was trained on (scale · pixel − mean) / std, RGB

    def names(self) -> list[str]:
        """The convolutions in order: conv1_1 … conv5_1."""
        return [
            f"conv{block}_{index}"
            for block, count in enumerate(self.convolutions, 1)
            for index in range(1, count + 1)
        ]


VGG19 = Architecture("vgg19", (2, 2, 4, 4, 1), 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
VGG16 = Architecture(
    "vgg16", (2, 2, 3, 3, 1), 255.0, (122.67892, 116.66877, 104.00699), (1.0, 1.0, 1.0)
)


@dataclass(frozen=True, slots=True)
class Network:
    """The convolutions by name, in order; immutable, so that threads can share it."""

    name: str
    convolutions: Mapping[str, Convolution]

    def to(self, device: str, dtype: torch.dtype) -> "Network":
        """A copy on a device in a precision, channels last."""
        convolutions = {name: c.to(device, dtype) for name, c in self.convolutions.items()}
        return Network(self.name, convolutions)

    def features(
        self, picture: Tensor, layers: Sequence[str], *, after: int = 0
    ) -> Iterator[tuple[str, Tensor]]:
        """Compute the layers (``relu3_1``, ``conv4_2``, ``pool4``) of a picture (B, 3, H, W).

        They are yielded in the network's order, each as soon as it is computed; nothing after
        the last of them is computed. A layer of block b is
        (B, channels, ⌊H/2^(b-1)⌋, ⌊W/2^(b-1)⌋), in the network's precision; ``pool2`` is the
        input of block 3. With ``after=2``, ``picture`` is that layer instead.
        Raises `KeyError` for an unknown layer.
        """
        wanted = set(layers)
        if not wanted:
            return
        for layer, features in self._layers(picture, wanted, after):
            if layer in wanted:
                yield layer, features
                wanted.remove(layer)
                if not wanted:
                    return
        raise KeyError(f"{self.name} has no layer {sorted(wanted)}")

    def _layers(
        self, picture: Tensor, wanted: set[str], after: int
    ) -> Iterator[tuple[str, Tensor]]:
        x = picture.to(self.convolutions["conv1_1"].weight.dtype)
        x = x.contiguous(memory_format=torch.channels_last)
        if not after:  # conv1_1 doesn't pad: zeros around the picture would paint a frame
            x = F.pad(x, (1, 1, 1, 1), mode="replicate")
        names = [name for name in self.convolutions if block_of(name) > after]
        for name, following in pairwise((*names, "")):
            convolution, padding = self.convolutions[name], int(name != "conv1_1")
            rectified = name.replace("conv", "relu")
            ends = following.endswith("_1")  # its block, in a pooling
            if name in wanted:
                x = F.conv2d(x, convolution.weight, convolution.bias, padding=padding)
                yield name, x
                x = shown = F.relu(x)
            else:
                masked = ends and rectified not in wanted
                x, shown = convolution.rectified(x, padding, masked=masked)
            yield rectified, shown
            del shown
            if ends:
                x = pooled(x)
                yield f"pool{block_of(name)}", x


def reach(convolutions: Iterable[str], block: int) -> int:
    """The receptive field of a position after so many blocks, in pixels around its own s·s.

    s is its stride. Pooling adds nothing to them, and a 3×3 convolution one position on each
    side.
    """
    return sum(1 << (b - 1) for b in map(block_of, convolutions) if b <= block)


def block_of(layer: str) -> int:
    """The block of a layer: 3 for ``conv3_2``, ``relu3_1`` and ``pool3``."""
    return int(layer[4])


def assemble(architecture: Architecture, arrays: Mapping[str, Tensor]) -> Network:
    """Build a network from ``convB_I.weight`` and ``.bias``, with the normalisation folded in.

    That is exact, because the first convolution replicates the borders.
    """
    convolutions = {
        name: Convolution(arrays[f"{name}.weight"].float(), arrays[f"{name}.bias"].float())
        for name in architecture.names()
    }
    first = convolutions["conv1_1"]
    std = torch.tensor(architecture.std).view(1, 3, 1, 1)
    mean = torch.tensor(architecture.mean).view(1, 3, 1, 1)
    convolutions["conv1_1"] = Convolution(
        first.weight * architecture.scale / std,
        first.bias - (first.weight * mean / std).sum((1, 2, 3)),
    )
    return Network(architecture.name, convolutions)
