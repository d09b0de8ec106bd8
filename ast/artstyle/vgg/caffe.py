"""VGG19 as its authors trained it, with Caffe, in a checkpoint with torchvision's keys.

Its input has values from 0 to 255 less a mean, mostly in the order BGR. Neither a name nor a key
nor a hash tells these files (vgg19-d01eb7cb.pth, and copies with changed keys) from torchvision's,
nor does the size of the first kernel, which is 0.18 and 0.33 (root mean square). But the authors
began VGG16 and VGG19 with the same convolutions, and the embedded VGG16 descends from theirs. The
cosine of its first kernel with VGG19's is 0.93 for the filters that are published, and with that of
torchvision, who trained anew, -0.05.
"""

import numpy as np
import torch
from torch import Tensor

from artstyle.vgg import packaged
from artstyle.vgg.networks import VGG19

MEAN = (123.68, 116.779, 103.939)  # RGB
ALIKE = 0.5  # the least cosine
LARGER = 8.0  # than the embedded kernel: one for values about 1 would be 58 times as large


def adapted(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """The first convolution (64, 3, 3, 3), (64,) for torchvision's input, whatever it was for.

    The features stay the same, since the first convolution replicates the borders: for a pixel x,
    w · (255 x - MEAN) + b = w' · (x - mean) / std + b'. That of torchvision is left as it is.
    """
    rgb = _in_order(weight.float())
    if not _is_caffes(rgb):
        return weight, bias
    mean, std, own = (torch.tensor(each).view(3, 1, 1) for each in (VGG19.mean, VGG19.std, MEAN))
    return rgb * 255 * std, bias.float() + (rgb * (255 * mean - own)).sum((1, 2, 3))


def _is_caffes(rgb: Tensor) -> bool:
    embedded = _embedded()
    return cosine(rgb, embedded) > ALIKE and bool(rgb.norm() < LARGER * embedded.norm())


def _in_order(weight: Tensor) -> Tensor:
    """With the channels in the order in which their differences fit the embedded kernel's."""
    hues = _hues(_embedded())
    return max(weight, weight.flip(1), key=lambda each: cosine(_hues(each), hues))


def _hues(weight: Tensor) -> Tensor:
    """What the three channels don't have in common, which shows their order."""
    return weight - weight.mean(1, keepdim=True)


def cosine(one: Tensor, other: Tensor) -> float:
    return float((one * other).sum() / (one.norm() * other.norm()).clamp(min=1e-30))


def _embedded() -> Tensor:
    """The first kernel of the embedded VGG16, for RGB from 0 to 255; raises `WeightsError`."""
    packaged.check()
    with np.load(packaged.PATH, allow_pickle=False) as arrays:
        return torch.from_numpy(arrays["conv1_1.weight"]).float()
