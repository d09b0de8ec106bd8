"""Masks from files and bytes: white is 1, black and transparent are 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artstyle.pictures import alpha, read
from artstyle.pictures.read import Source
from artstyle.roles import Role

if TYPE_CHECKING:
    from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # Rec. 601
STEPS = 65535  # to which it is rounded, so that white is 1


def load_mask(source: Source, role: Role | None = "mask", enough: int | None = None) -> Tensor:
    """The brightness of a picture, float32 in [0, 1]: (1, 1, H, W).

    It is read as `artstyle.pictures.read.load` reads a picture, with the same ``enough`` and the
    same errors.
    """
    import torch

    picture = alpha.over(read.load(source, role, enough), "black")
    weights = torch.tensor(LUMA).view(1, 3, 1, 1)
    brightness: Tensor = (picture * weights).sum(1, keepdim=True)
    return brightness.mul_(STEPS).round_().div_(STEPS)
