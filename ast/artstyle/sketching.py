"""A sketch as a run of one iteration."""

import time
from collections.abc import Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from artstyle.canvas import Canvas
from artstyle.progress import NO_LOSS, Progress, Result
from artstyle.savepoint import Savepoint
from artstyle.settings import Settings
from artstyle.sketch import drawing
from artstyle.style.pyramid import Size

LOOK = 512  # px on the shorter side, at most, of a sketch that is only looked at


class Sketching:
    """A run like `transfer.Transfer`, with one pass through a network instead of iterations."""

    def __init__(
        self,
        content: Tensor,
        styles: Sequence[Tensor],
        settings: Settings,
        mask: Tensor | None,
        style_masks: Sequence[Tensor],
    ) -> None:
        """Raises what `transfer.run` raises."""
        self.settings = settings.resolved("cpu")
        self.canvas = Canvas(content, styles, self.settings, mask, style_masks)
        self._size = self.canvas.stages[-1].size
        self.expected: float | None = None  # as in `Transfer`; it takes no time that matters
        self._picture: Tensor  # these two from `run` on
        self._seconds: float

    network_name = "sketch"

    def run(self) -> Iterator[Progress]:
        begun = time.monotonic()
        self._picture = sketch(self.canvas, self._size)
        self._seconds = time.monotonic() - begun
        yield Progress(
            percent=100.0,
            iteration=1,
            iterations=1,
            stage=1,
            stages=1,
            sizes=(),
            size=self._size,
            levels=(),
            seconds=self._seconds,
            seconds_left=0.0,
            note=self.canvas.note,
            picture=lambda: self.canvas.shown(self._picture, self._size),
            ended=True,
        )

    def savepoint(self) -> Savepoint:
        return Savepoint(0, 1, self._seconds, self._picture, 100.0)

    def start_picture(self) -> Tensor:
        """The photo in the result's size, float32 (1, 3, H, W)."""
        return self.canvas.shown(self.canvas.content, self._size)

    def result(self, last: Progress) -> Result:
        picture = last.picture()
        about = self.settings, self.network_name, NO_LOSS, last.seconds, last.percent
        return Result(picture, *about)


def preview(canvas: Canvas) -> Tensor:
    """A sketch of a run's result, no larger than needed for a look, as a user sees it."""
    size = max(size for stage in canvas.stages for size in stage.sizes if min(size) <= LOOK)
    return canvas.shown(sketch(canvas, size), size)


def sketch(canvas: Canvas, size: Size) -> Tensor:
    """What the network makes of the pictures, before it is shown: (1, 3, *size)."""
    blend, settings = canvas.blend, canvas.settings
    draw = partial(
        drawing.draw,
        canvas.content,
        size=size,
        realism=settings.realism,
        style_scale=settings.style_scale,
    )
    if blend.regions is None:
        return draw(styles=canvas.styles, weights=blend.shares)
    owners = blend.owners(size)[:, None, None]
    drawn = (draw(styles=[style]) for style in canvas.styles)
    return sum((share * each for share, each in zip(owners, drawn, strict=True)), torch.zeros(()))
