"""What ties a frame to the one before it: the temporal loss."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from artstyle.objective import Objective

WEIGHT = 20.0  # of the temporal loss; measured by bench/video.py


@dataclass(frozen=True, slots=True)
class Guide:
    """The frame before, moved to where its parts are now."""

    picture: Tensor  # (1, 3, H, W)
    sure: Tensor  # (1, 1, H, W), 1 where the motion is certain, else 0

    def loss(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """The mean squared distance where the motion is certain, weighted; and its gradient."""
        apart = (picture - self.picture) * self.sure
        scale = WEIGHT / apart.numel()
        return scale * apart.square().sum(), 2 * scale * apart


class Guided:
    """The loss of a picture that is to stay close to a guide."""

    def __init__(self, objective: Objective, guide: Guide) -> None:
        self._objective, self._guide = objective, guide

    def evaluate(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Its parts (levels, 4), the last of them temporal, and its gradient."""
        parts, gradient = self._objective.evaluate(picture)
        temporal, slope = self._guide.loss(picture.detach())
        column = torch.zeros_like(parts[:, :1])
        column[0, 0] = temporal
        return torch.cat((parts, column), 1), gradient + slope

    def widen(self) -> None:
        self._objective.widen()
