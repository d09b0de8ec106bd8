"""Paints the frames of a clip one after the other, each on top of the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from artstyle.pictures import save
from artstyle.pictures.pixels import Pixels, planes_of
from artstyle.settings import DEFAULT_LEVELS, Settings
from artstyle.style import pyramid
from artstyle.vgg.networks import Network
from artstyle.video import cuts, flow
from artstyle.video.flow import Flow, Grey, Motion
from artstyle.video.scene import Scene


class Step(NamedTuple):
    """One iteration of a frame."""

    iteration: int
    iterations: int
    loss: float


class Painter:
    """Knows the frame before: as it was in the clip, and as it was painted."""

    def __init__(
        self,
        styles: Sequence[Tensor],
        settings: Settings,
        network: Network | Callable[[], Network] | None,
    ) -> None:
        self._styles, self._settings, self._network = styles, settings, network
        self.scenes = 0
        self.begins_scene = True
        self.pixels: Pixels  # of the last frame, once it is painted
        self._before: Grey | None = None
        self._first: Tensor  # the frame that began the scene
        self._scene: Scene | None = None  # from the first frame of it that is painted here
        self._places: Flow  # where each pixel's noise was in the scene's first frame

    def paint(self, frame: Pixels, made: Pixels | None) -> Iterator[Step]:
        """Paint the next frame, or take it as an earlier run made it.

        Its start and its guide are the frame before as it was saved, with 8 bits, so that a run
        that was resumed gives the same frames.
        """
        content = torch.from_numpy(planes_of(frame))[None]
        motion = self._motion(content)
        self.begins_scene = motion is None
        if motion is None:
            self._begin(content)
        else:
            self._places = _carried(self._places, motion)
        if made is None:
            yield from self._start() if motion is None else self._follow(content, motion)
        else:
            self.pixels = made

    def _motion(self, content: Tensor) -> Motion | None:
        """How the frame follows from the one before; None if it begins a scene."""
        before, grey = self._before, flow.grey(pyramid.target(content, self._size(content)))
        self._before = grey
        if before is None or before.shape != grey.shape:
            return None
        motion = flow.between(before, grey)
        return None if cuts.is_cut(before, grey, motion) else motion

    def _size(self, content: Tensor) -> pyramid.Size:
        levels = self._settings.levels or DEFAULT_LEVELS
        return pyramid.level_size(pyramid.size_of(content), self._settings.base_size, levels - 1)

    def _begin(self, content: Tensor) -> None:
        self.scenes += 1
        self._first, self._scene = content, None
        height, width = self._size(content)
        self._places = flow.grid(np.zeros((height, width, 2), np.float32))

    def _start(self) -> Iterator[Step]:
        """The first frame of a scene, which is painted as a photo is."""
        scene = self._scene = self._new_scene()
        for progress in scene.run():
            yield Step(progress.iteration, progress.iterations, progress.loss)
        self.pixels = save.eight_bit(scene.result(progress).picture)

    def _follow(self, content: Tensor, motion: Motion) -> Iterator[Step]:
        scene = self._scene = self._scene or self._new_scene()
        before = torch.from_numpy(planes_of(self.pixels))[None]
        iterations = scene.later_iterations
        for number, parts, _ in scene.follow(content, before, motion, self._places):
            yield Step(number, iterations, float(parts.sum()))
        self.pixels = save.eight_bit(scene.shown)

    def _new_scene(self) -> Scene:
        scene = Scene(self._first, self._styles, self._settings, self._network)
        self._network = scene.objective.network  # loaded once
        return scene


def _carried(places: Flow, motion: Motion) -> Flow:
    """Where the noise of each pixel was at first; what has just come into view has its own."""
    moved = flow.warp(places, motion.back)
    return np.where(motion.seen[..., None], moved, flow.grid(places))
