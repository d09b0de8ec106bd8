"""Where the picture is painted, and in the manner of which paintings.

Each painting can have a region of the photo, given by a mask; what no region covers takes the
mixture of all. Gatys et al., Controlling Perceptual Factors in Neural Style Transfer,
arXiv 1611.07865, section 4: the statistics are weighted by masks that are shrunk to each layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.errors import MaskBlack
from artstyle.roles import STYLE_MASKS
from artstyle.style.pyramid import Size, size_of

FEATHER = 0.01  # width of a mask's edge, relative to the shorter side
FAINT = 2 / 255  # what is no further from black or white is what a JPEG makes of them
STRIDES = (1, 2, 4, 8, 16)  # of the layers
TINY = 1e-12

Shares = tuple[float, ...]  # of the paintings in a mixture; they sum to 1


class Regions:
    """The regions of a picture of one size: how much of each place is in each of them.

    Several regions share a place by their amounts; what is missing to 1 isn't painted.
    """

    def __init__(self, amounts: Tensor, mixtures: Sequence[Shares]) -> None:
        """``amounts`` is (R, 1, H, W) in [0, 1]; each region has its mixture of the paintings."""
        self.mixtures = tuple(mixtures)
        self._areas: dict[int, Tensor] = {}  # of the regions at each stride, (R, 1, 1)
        self.weights: dict[int, Tensor] = {}
        """By stride, the weights of a layer's positions in the mean over each region: (R, h, w)."""
        for stride in STRIDES:
            shrunk = (F.avg_pool2d(amounts, stride) if stride > 1 else amounts)[:, 0]
            area = self._areas[stride] = shrunk.sum((1, 2), keepdim=True)
            self.weights[stride] = shrunk / area.clamp(min=TINY)
        areas = self._areas[1].flatten()
        self.shares = areas / areas.sum().clamp(min=TINY)  # of the painted area, (R,)

    @property
    def mixture(self) -> Shares:
        """The shares of the paintings in all that is painted."""
        if not self.shares.any():
            return self.mixtures[0]
        mixed = torch.tensor(self.mixtures).T.to(self.shares) @ self.shares
        return tuple(mixed.tolist())

    def amounts(self, stride: int) -> Tensor:
        """How much of each of a layer's positions is in each region: (R, h, w)."""
        return self.weights[stride] * self._areas[stride]

    def painted(self, stride: int) -> Tensor:
        """How much each of a layer's positions counts, 1 on average: (1, h, w)."""
        painted = self.amounts(stride).sum(0, keepdim=True)
        return painted / painted.mean().clamp(min=TINY)


@dataclass(frozen=True, slots=True)
class Blend:
    """How several paintings, and the photo, share the picture."""

    shares: Shares  # of the paintings in what no region of theirs covers
    regions: Tensor | None = None  # of the paintings, (k, 1, H, W); they sum to at most 1
    painted: Tensor | None = None  # where the picture isn't the photo, (1, 1, H, W)

    @property
    def count(self) -> int:
        """The number of regions, 0 if all of the picture is one."""
        if self.regions is None:
            return int(self.painted is not None)
        return len(self.regions) + 1

    def at(self, size: Size, device: str = "cpu") -> Regions | None:
        """The regions of a picture of the size; None if it is one, with all of the picture."""
        if not self.count:
            return None
        amounts, mixtures = self._parts(size)
        if self.painted is not None:
            amounts = amounts * resized(self.painted, size)
        used = amounts.sum((1, 2, 3)) > 0
        used[0] |= not used.any()
        kept = [mixture for mixture, each in zip(mixtures, used.tolist(), strict=True) if each]
        return Regions(amounts[used].to(device), kept)

    def owners(self, size: Size) -> Tensor:
        """The share of each painting at each place, whether it is painted or not: (k, H, W)."""
        amounts, mixtures = self._parts(size)
        return torch.einsum("rxhw,rk->khw", amounts, torch.tensor(mixtures))

    def over(self, photo: Tensor, picture: Tensor) -> Tensor:
        """The picture where it is painted, over the photo of the same size: (1, 3, H, W)."""
        if self.painted is None:
            return picture
        return torch.lerp(photo, picture, resized(self.painted, size_of(photo)).to(photo))

    def support(self, size: Size) -> Tensor | None:
        """1 where anything is painted, 0 elsewhere, (1, 1, H, W); None if that is everywhere."""
        return None if self.painted is None else (resized(self.painted, size) > 0).float()

    def _parts(self, size: Size) -> tuple[Tensor, list[Shares]]:
        """The amounts of the paintings' regions and of what is left, and their mixtures."""
        if self.regions is None:
            return torch.ones(1, 1, *size), [self.shares]
        amounts = resized(self.regions, size)
        rest = (1 - amounts.sum(0, keepdim=True)).clamp(min=0)
        count = len(self.shares)
        single = [tuple(float(i == j) for j in range(count)) for i in range(count)]
        return torch.cat((amounts, rest)), [*single, self.shares]


def several(style: Tensor | Sequence[Tensor]) -> tuple[Tensor, ...]:
    """One painting, or several of them, as several."""
    return (style,) if isinstance(style, Tensor) else tuple(style)


def blend(shares: Shares, mask: Tensor | None, style_masks: Sequence[Tensor], size: Size) -> Blend:
    """The blend for a result of the size, from masks of any size, (1, 1, H, W) each.

    A painting whose share is 0 isn't in it. Raises `MaskBlack`.
    """
    used = [number for number, share in enumerate(shares) if share]
    regions = painted = None
    if style_masks:
        masks = [_visible(style_masks[number], number) for number in used]
        if len(used) > 1:  # one painting alone is everywhere
            regions = torch.cat([resized(each, size) for each in masks])
            regions = regions / regions.sum(0, keepdim=True).clamp(min=1)
    if mask is not None and float(_clear(mask).min()) < 1:
        painted = feathered(resized(_clear(mask), size))
    return Blend(tuple(shares[number] for number in used), regions, painted)


def _visible(mask: Tensor, painting: int) -> Tensor:
    mask = _clear(mask)
    if not mask.any():
        raise MaskBlack(role=STYLE_MASKS[painting])
    return mask


def _clear(mask: Tensor) -> Tensor:
    """What is nearly white or black becomes so."""
    mask = torch.where(mask > 1 - FAINT, 1.0, mask.cpu().float())
    return torch.where(mask < FAINT, 0.0, mask)


def resized(mask: Tensor, size: Size) -> Tensor:
    """Resize a mask (B, 1, H, W), averaging when shrinking; unlike bicubic it stays in [0, 1]."""
    if size_of(mask) == size:
        return mask
    return F.interpolate(mask, size, mode="bilinear", antialias=True)


def feathered(mask: Tensor) -> Tensor:
    """Soften the edges of a mask (1, 1, H, W)."""
    sigma = FEATHER / 2 * min(size_of(mask))
    soft = cv2.GaussianBlur(mask[0, 0].numpy(), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return _clear(torch.from_numpy(soft)[None, None])
