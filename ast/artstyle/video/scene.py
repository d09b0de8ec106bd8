"""A scene of a clip: its first frame is a run of its own, each later one follows from another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artstyle.machine import devices
from artstyle.style import colors, noise
from artstyle.style.descent import Descent, Iterate
from artstyle.transfer import Transfer
from artstyle.video import flow
from artstyle.video.flow import Flow, Motion
from artstyle.video.guide import Guide, Guided
from artstyle.video.progress import later_iterations

CAUTION = 0.25  # of a run's first step: a frame that follows is nearly done when it begins


class Scene(Transfer):
    """A run whose photo changes from frame to frame, while the paintings' targets stay."""

    @property
    def later_iterations(self) -> int:
        """The iterations of each frame but the first."""
        return later_iterations(self.stages[-1].iterations)

    def follow(
        self, content: Tensor, before: Tensor, motion: Motion, places: Flow
    ) -> Iterator[Iterate]:
        """Paint the next frame, given the one before as it was shown, and the motion between.

        ``places`` says where the noise of every pixel was in the scene's first frame. Afterwards
        `shown` has the frame.
        """
        self._turn_to(content)
        stage, device = self.stages[-1], self.objective.demand.device
        moved = _moved(self._hidden(before), motion.back)
        seen, sure = (_plane(each) for each in (motion.seen, motion.sure))
        start = torch.lerp(self._moved_start(places), moved, seen)
        self._picture = start.to(device)
        optimizer = self.objective.begin(stage)
        optimizer.reset(CAUTION)
        guided = Guided(self.objective, Guide(moved.to(device), sure.to(device)))
        every = devices.read_every(device, stage.work)
        descent = Descent(guided, self._picture, optimizer, every)
        yield from descent.iterate(self.later_iterations)
        descent.finish()

    @property
    def shown(self) -> Tensor:
        """The frame as a user sees it, (1, 3, H, W)."""
        return self.canvas.shown(self._picture, self.stages[-1].size)

    def _turn_to(self, content: Tensor) -> None:
        self.canvas.turn_to(content)
        self.objective.recontent(self.canvas.content)

    def _hidden(self, shown: Tensor) -> Tensor:
        """What was optimised, of a frame as it was shown: in grey where colours are the photo's."""
        return colors.grey(shown) if self.settings.colors == "photo" else shown

    def _moved_start(self, places: Flow) -> Tensor:
        """A frame's usual start picture, with the noise where the motion has brought it."""
        size, canvas = self.stages[-1].size, self.canvas
        spots = noise.spots(canvas.styles, size, self.settings, canvas.blend)
        if spots is not None:
            spots = _moved(spots, places - flow.grid(places))
        return noise.mixed(canvas.content, spots, size, self.settings, canvas.blend)


def _plane(mask: NDArray[np.bool_]) -> Tensor:
    return torch.from_numpy(mask.astype(np.float32))[None, None]


def _moved(picture: Tensor, back: Flow) -> Tensor:
    """Move a picture (1, 3, H, W) along a flow."""
    pixels = np.ascontiguousarray(picture[0].permute(1, 2, 0).numpy())
    return torch.from_numpy(flow.warp(pixels, back)).permute(2, 0, 1)[None].contiguous()
