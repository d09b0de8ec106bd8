"""One run, from two pictures to a third: a generator of `Progress`."""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from artstyle.canvas import Canvas
from artstyle.machine import allocator, devices
from artstyle.machine.memory import Demand
from artstyle.objective import Objective
from artstyle.progress import Clock, LossParts, Progress, Result
from artstyle.savepoint import Savepoint
from artstyle.settings import Settings
from artstyle.sketching import Sketching
from artstyle.style import noise, paintings, pyramid
from artstyle.style.descent import Descent
from artstyle.style.pyramid import Size, Stage
from artstyle.style.regions import several
from artstyle.vgg.networks import Network

Styles = Tensor | Sequence[Tensor]

logger = logging.getLogger(__name__)
allocator.tune()

ROUGH = 6  # iteration from which a stage's details are no longer those of the start picture
NOTES = {
    "frozen": "the loss stopped falling",
    "exploding": "the loss jumped up",
    "not a number": "the loss was not a number",
}


def run(
    content: Tensor,
    style: Styles,
    settings: Settings,
    network: Network | None = None,
    *,
    mask: Tensor | None = None,
    style_masks: Sequence[Tensor] = (),
) -> Iterator[Progress]:
    """Repaint the content in the manner of the style; stop it by not asking for more.

    Pictures are float32 RGB in [0, 1], (1, 3, H, W), or (1, 4, H, W) with alpha, which the result
    gets too unless the settings name a background. ``style`` is one painting or up to four,
    whose styles are mixed by the settings' ``style_weights``.

    Masks are float32 in [0, 1], (1, 1, H, W), of any size in the content's proportions:
    ``mask`` is 1 where the content is repainted and 0 where it stays as it is; ``style_masks``
    say for each painting where on the content it is used. Where they overlap it is mixed, and
    what none of them covers takes the mixture of all.

    Without a network, the one named in the settings is loaded. The last item has 100 percent
    and the finished picture. Raises `BadInput`, `OutOfMemory`, `RunError`, `WeightsError` or
    `DeviceError`.
    """
    yield from begin(content, style, settings, network, mask=mask, style_masks=style_masks).run()


def stylize(
    content: Tensor,
    style: Styles,
    settings: Settings | None = None,
    network: Network | None = None,
    *,
    mask: Tensor | None = None,
    style_masks: Sequence[Tensor] = (),
) -> Result:
    """Repaint the content in the manner of the style, as `run` does, and return the result."""
    masks: dict[str, Any] = {"mask": mask, "style_masks": style_masks}
    begun = begin(content, style, settings or Settings(), network, **masks)
    for progress in begun.run():  # noqa: B007  # only the last one is needed
        pass
    return begun.result(progress)


def begin(
    content: Tensor,
    style: Styles,
    settings: Settings,
    network: Network | Callable[[], Network] | None = None,
    savepoint: Savepoint | None = None,
    *,
    mask: Tensor | None = None,
    style_masks: Sequence[Tensor] = (),
) -> "Transfer | Sketching":
    """Prepare a run by the method that the settings name. Raises what `run` raises."""
    if settings.method == "sketch":
        return Sketching(content, several(style), settings, mask, style_masks)
    masks: dict[str, Any] = {"mask": mask, "style_masks": style_masks}
    return Transfer(content, style, settings, network, savepoint, **masks)


class Transfer:
    """One run, which can be stopped and resumed between any two iterations."""

    def __init__(
        self,
        content: Tensor,
        style: Styles,
        settings: Settings,
        network: Network | Callable[[], Network] | None = None,
        savepoint: Savepoint | None = None,
        *,
        mask: Tensor | None = None,
        style_masks: Sequence[Tensor] = (),
    ) -> None:
        """A function that loads the network is called only once all else is known to be valid.

        With a savepoint of the same pictures and settings, that run is resumed; one that
        doesn't fit is ignored with a warning. Raises what `run` raises.
        """
        device = devices.choose(settings.device)
        self._may_end_early = settings.iterations is None  # a requested number is exact
        self.settings = settings = settings.resolved(device)
        dtype = devices.precision(device, settings.precision)
        devices.prepare(device)
        self.canvas = canvas = Canvas(content, several(style), settings, mask, style_masks)
        self.stages = canvas.stages
        self._resumed = _fitting(savepoint, self.stages)
        sizes = pyramid.size_of(canvas.content), paintings.longest(canvas.styles)
        demand = Demand(*sizes, settings, device, dtype, canvas.blend.count)
        self.objective = Objective(canvas.content, canvas.styles, demand, network, canvas.blend)
        self.expected: float | None = None
        """The seconds that the run takes, by earlier ones; to be set before it begins."""
        self._picture: Tensor  # these two from `run` on
        self._clock: Clock

    @property
    def network_name(self) -> str:
        return self.objective.network.name

    def run(self) -> Iterator[Progress]:
        """Climb the stages, yielding after every iteration whose loss is read: on a CPU, each."""
        resumed, device = self._resumed, self.objective.demand.device
        before = (resumed.seconds, resumed.percent) if resumed else (0.0, 0.0)
        self._clock = Clock(self.stages, *before, self.expected)
        with self.objective.demand.advising():
            if resumed:
                self._picture = resumed.picture.to(device, torch.float32, copy=True)
                yield from self._stage(resumed.stage, resumed.iteration)
            first = resumed.stage + 1 if resumed else 0
            for index, stage in enumerate(self.stages[first:], first):
                start = self._start(stage.size).to(device)
                support = self.canvas.blend.support(stage.size)
                self._picture = _enlarged(self._picture, start, support) if index else start
                yield from self._stage(index)

    def savepoint(self) -> Savepoint:
        """Copy the present state; only between two items of `run`."""
        picture, clock = self._picture.detach().to("cpu", copy=True), self._clock
        return Savepoint(clock.stage, clock.done, clock.seconds, picture, clock.percent)

    def start_picture(self) -> Tensor:
        """Level 0's start picture as a user sees it, float32 (1, 3, H, W), on the CPU."""
        size = self.stages[-1].sizes[-1]
        return self.canvas.shown(self._start(size), size)

    def result(self, last: Progress) -> Result:
        """The result after the last item; a run that was stopped early is enlarged to its size."""
        picture = self.canvas.shown(self._picture, last.size)
        return Result(
            picture, self.settings, self.network_name, last.parts, last.seconds, last.percent
        )

    def _start(self, size: Size) -> Tensor:
        """The start picture of a size; those of the warm-up are level 0's, shrunk."""
        level_0 = self.stages[-1].sizes[-1]
        content, styles = self.objective.content, self.objective.styles
        start = noise.start(content, styles, max(size, level_0), self.settings, self.canvas.blend)
        return pyramid.resize(start, size)

    def _stage(self, index: int, done: int = 0) -> Iterator[Progress]:
        """Optimise the picture at one size, of whose iterations some may be done already."""
        stage, picture = self.stages[index], self._picture
        if index == len(self.stages) - 1:
            done = min(done, stage.iterations - 1)  # a finished run still has to yield its result
        optimizer = self.objective.begin(stage)
        every = devices.read_every(self.objective.demand.device, stage.work)
        descent = Descent(self.objective, picture, optimizer, every)
        self._clock.begin(index, done)
        for number, parts, trouble in descent.iterate(stage.iterations - done):
            reached = done + number
            ended = reached == stage.iterations or (self._may_end_early and descent.settled)
            if ended:
                parts = descent.finish()  # noqa: PLW2901  # of what the next stage gets, or the user
            self._clock.reach(reached, ended=ended)
            note = self.objective.note or self.canvas.note
            if trouble:
                note = f"{NOTES[trouble]}: continued in float32 from the best picture"
            yield self._progress(parts, note, ended=ended)
            if ended:
                return

    def _progress(self, parts: Tensor, note: str | None, *, ended: bool) -> Progress:
        clock = self._clock
        rough = clock.stage > 0 and clock.done < ROUGH and not ended
        return Progress(
            percent=clock.percent,
            iteration=clock.iteration,
            iterations=clock.iterations,
            stage=clock.stage + 1,
            stages=len(self.stages),
            sizes=self.stages[clock.stage].sizes,
            size=self.stages[-1].size,
            levels=tuple(LossParts(*level) for level in parts.tolist()),
            seconds=clock.seconds,
            seconds_left=clock.seconds_left,
            note=note,
            picture=partial(self._view, clock.stage, rough=rough),
            ended=ended,
            rough=rough,
        )

    def _view(self, stage: int, *, rough: bool) -> Tensor:
        """The picture to look at: no smaller than level 0, a rough one without its details."""
        picture = self._picture.detach().cpu()
        if rough:
            picture = pyramid.resize(picture, self.stages[stage - 1].size)
        size = max(self.stages[stage].size, self.stages[-1].sizes[-1])
        return self.canvas.shown(picture, size)


def _fitting(savepoint: Savepoint | None, stages: Sequence[Stage]) -> Savepoint | None:
    if savepoint is None or savepoint.fits(stages):
        return savepoint
    logger.warning("the savepoint doesn't fit the run, which starts from the beginning")
    return None


def _enlarged(picture: Tensor, start: Tensor, support: Tensor | None) -> Tensor:
    """Enlarge the picture of the stage before to the size of a start picture, with its detail.

    Enlarging can't add what is finer than the pixels there were, so that is taken from the
    start picture. Where nothing is painted, that is all there is.
    """
    size = pyramid.size_of(start)
    detail = start - pyramid.resize(pyramid.resize(start, pyramid.size_of(picture)), size)
    enlarged = pyramid.resize(picture, size) + detail
    return enlarged if support is None else torch.where(support.to(start) > 0, enlarged, start)
