"""One run, from two pictures to a third: a generator that yields `Progress`."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from artstyle.clock import Clock
from artstyle.machine import allocator, devices, memory
from artstyle.progress import LossParts, Progress, Result
from artstyle.savepoint import Savepoint
from artstyle.settings import Settings
from artstyle.style import colors, noise, pyramid
from artstyle.style.descent import Descent, Iterate
from artstyle.style.losses import LevelLoss, PyramidLoss, Weights
from artstyle.style.optimize import Adam, Lbfgs, Optimizer
from artstyle.style.pyramid import Size, Stage
from artstyle.style.tiles import Tiling
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

logger = logging.getLogger(__name__)
allocator.tune()

NOTES = {
    "frozen": "the loss stood still",
    "exploding": "the loss leapt up",
    "not a number": "the loss was not a number",
}


def run(
    content: Tensor, style: Tensor, settings: Settings, network: Network | None = None
) -> Iterator[Progress]:
    """Repaint the content in the manner of the style; stop by not asking for more.

    Pictures are float32 RGB in [0, 1], (1, 3, H, W). Without a network, the one that the
    settings name is loaded. The last item has 100 percent and the finished picture.
    Raises `OutOfMemory`, `RunError`, `WeightsError` or `DeviceError`.
    """
    yield from Transfer(content, style, settings, network).run()


def stylize(
    content: Tensor, style: Tensor, settings: Settings | None = None, network: Network | None = None
) -> Result:
    """Repaint the content in the manner of the style and give the finished picture."""
    transfer = Transfer(content, style, settings or Settings(), network)
    for progress in transfer.run():  # noqa: B007  # the last one is what is wanted
        pass
    return transfer.result(progress)


class Transfer:
    """The state of one run."""

    def __init__(
        self,
        content: Tensor,
        style: Tensor,
        settings: Settings,
        network: Network | Callable[[], Network] | None = None,
        savepoint: Savepoint | None = None,
    ) -> None:
        """Settle the device, the precision, the stages and the network.

        A function that loads the network is called once all else is known to be good.
        With a savepoint of the same pictures and settings the run goes on from there; one
        that doesn't fit is ignored with a warning.
        """
        self.device = devices.choose(settings.device)
        self._may_end_early = settings.iterations is None  # a number that was asked for is exact
        self.settings = settings = settings.resolved(self.device)
        self.dtype = devices.precision(self.device, settings.precision)
        devices.prepare(self.device)
        self.photo = content
        self.content, self.style = content, style
        if settings.keep_colors:
            self.content, self.style = colors.grey_pair(content, style)
        self.stages = pyramid.stages(_size(content), settings)
        self._resumed = _fitting(savepoint, self.stages)
        self.demand = memory.Demand(_size(content), _size(style), settings, self.device, self.dtype)
        self.demand.check()
        self._limit = self.demand.limit()
        self._plan = memory.Plan(0, None, 0)
        if network is None:
            network = checkpoints.load(settings.network)
        self._weights = network if isinstance(network, Network) else network()
        with self.demand.told():
            self.network = self._weights.to(self.device, self.dtype)
        self._picture: Tensor | None = None
        self._clock = Clock(self.stages)
        self._losses: dict[Size, LevelLoss] = {}

    def run(self) -> Iterator[Progress]:
        """Climb the stages, yielding after every iteration whose loss is read: on a CPU, each."""
        resumed, first = self._resumed, 0
        self._clock = Clock(self.stages, resumed.seconds if resumed else 0.0)
        with self.demand.told():
            if resumed:
                self._picture = resumed.picture.to(self.device, torch.float32, copy=True)
                yield from self._stage(resumed.stage, self._picture, resumed.iteration)
                first = resumed.stage + 1
            for index, stage in enumerate(self.stages[first:], first):
                self._picture = self._begin(stage, self._picture)
                yield from self._stage(index, self._picture)

    def savepoint(self) -> Savepoint:
        """Copy the present state; only between two items of `run`."""
        assert self._picture is not None
        picture = self._picture.detach().to("cpu", copy=True)
        return Savepoint(self._clock.stage, self._clock.done, self._clock.seconds, picture)

    def start_picture(self) -> Tensor:
        """Make level 0's start picture as a user may see it, float32 (1, 3, H, W), on the CPU."""
        size = self.stages[-1].sizes[-1]
        return self._shown(self._start(size), size)

    def result(self, last: Progress) -> Result:
        """Put together what the run has come to, at the size of the result."""
        assert self._picture is not None
        picture = self._shown(self._picture, last.size)  # enlarged if it was stopped early
        return Result(
            picture, self.settings, self.network.name, last.parts, last.seconds, last.percent
        )

    def _stage(self, index: int, picture: Tensor, done: int = 0) -> Iterator[Progress]:
        """Optimise the picture at one size, after so many iterations that are done already."""
        stage = self.stages[index]
        if index == len(self.stages) - 1:
            done = min(done, stage.iterations - 1)  # a finished run has its result to give
        self._fit(stage)
        optimizer = self._optimizer()
        descent = Descent(
            lambda x: self._evaluate(stage, optimizer, x),
            picture,
            optimizer,
            lambda: self._widen(stage),
            devices.read_every(self.device, stage.work),
        )
        self._clock.begin(index, done)
        for iterate in descent.iterate(stage.iterations - done):
            number = done + iterate.number
            ended = number == stage.iterations or (self._may_end_early and descent.settled)
            if ended:  # what the next stage gets, or the user
                iterate = replace(descent.finish(number), trouble=iterate.trouble)  # noqa: PLW2901
            self._clock.reach(number, ended=ended)
            yield self._progress(index, picture, iterate, ended=ended)
            if ended:
                return

    def _optimizer(self) -> Optimizer:
        if self.settings.optimizer == "lbfgs":
            return Lbfgs(self._plan.history)
        return Adam()

    def _fit(self, stage: Stage) -> None:
        """Decide how a stage fits into the memory, and cut its levels up accordingly."""
        plan = self.demand.plan(stage.size, self._limit)
        if plan is None:
            raise self.demand.too_large(self._limit)
        self._plan = plan
        for size in stage.sizes:
            if size in self._losses:
                self._losses[size].tiling = self._tiling(size, stage)

    def _tiling(self, size: Size, stage: Stage) -> Tiling | None:
        if size == stage.size:
            return self._plan.tiling
        return self.demand.tiling(size, stage.size, self._plan.history, self._limit)

    def _evaluate(
        self, stage: Stage, optimizer: Optimizer, picture: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Evaluate the loss; where memory runs out, from here on in smaller tiles."""
        while True:
            try:
                return self._loss(stage).evaluate(picture)
            except Exception as error:
                if not memory.ran_out(error):
                    raise
                self._limit = int(self._plan.bytes * memory.RETREAT)
                if self.demand.plan(stage.size, self._limit) is None:
                    raise
            devices.release(self.device)  # after the error, which holds what was computed
            self._fit(stage)
            optimizer.shorten(self._plan.history)

    def _progress(self, index: int, picture: Tensor, iterate: Iterate, *, ended: bool) -> Progress:
        clock = self._clock
        note = self._plan.told(self.stages[index].size)
        if iterate.trouble:
            note = f"{NOTES[iterate.trouble]}: went on in float32 from the best"
        return Progress(
            percent=clock.percent,
            iteration=clock.iteration,
            iterations=clock.iterations,
            stage=index + 1,
            stages=len(self.stages),
            sizes=self.stages[index].sizes,
            size=self.stages[-1].size,
            levels=tuple(LossParts(*level) for level in iterate.parts.tolist()),
            seconds=clock.seconds,
            seconds_left=clock.seconds_left,
            note=note,
            picture=lambda: self._shown(picture, _size(picture)),
            ended=ended,
        )

    def _shown(self, picture: Tensor, size: Size) -> Tensor:
        """Copy the picture as a user may see it: on the CPU, in [0, 1], in its colours."""
        shown = pyramid.target(picture.detach().cpu(), size)
        if not self.settings.keep_colors:
            return shown
        return colors.recolor(shown, pyramid.target(self.photo, size))

    def _begin(self, stage: Stage, before: Tensor | None) -> Tensor:
        """Make the picture that a stage starts from, out of the one before it.

        Enlarging can't bring what is finer than the pixels there were, so that is taken
        from the start picture of the new size.
        """
        start = self._start(stage.size)
        if before is None:
            return start
        detail = start - pyramid.resize(pyramid.resize(start, _size(before)), stage.size)
        return pyramid.resize(before, stage.size) + detail

    def _start(self, size: Size) -> Tensor:
        """Make the start picture of a size; those of the warm-up are level 0's, shrunk."""
        level_0 = self.stages[-1].sizes[-1]
        full = noise.start(self.content, self.style, max(size, level_0), self.settings)
        return pyramid.resize(full, size).to(self.device)

    def _loss(self, stage: Stage) -> PyramidLoss:
        """Sum the losses of a stage's sizes, measuring the targets that are not there yet."""
        return PyramidLoss([(size, self._level(size, stage)) for size in stage.sizes])

    def _level(self, size: Size, stage: Stage) -> LevelLoss:
        if size not in self._losses:
            s = self.settings
            shorter = max(pyramid.STYLE_SHORTEST, round(min(size) * s.style_scale))
            content = pyramid.target(self.content, size)
            style = pyramid.target(self.style, pyramid.level_size(_size(self.style), shorter))
            weights = Weights(s.content_weight, s.style_weight, s.tv_weight, s.style_loss)
            self._losses[size] = LevelLoss(
                self.network,
                content.to(self.device),
                style.to(self.device),
                weights,
                self._tiling(size, stage),
            )
        return self._losses[size]

    def _widen(self, stage: Stage) -> None:
        """Compute in float32 from here on, with targets measured in float32."""
        if self.dtype is not torch.float32:
            self.dtype = torch.float32
            self.network = self._weights.to(self.device, self.dtype)
            self._losses.clear()
            self.demand = replace(self.demand, dtype=self.dtype)
            self._fit(stage)


def _fitting(savepoint: Savepoint | None, stages: list[Stage]) -> Savepoint | None:
    if savepoint is None or savepoint.fits(stages):
        return savepoint
    logger.warning("the savepoint doesn't fit the run, which starts from the beginning")
    return None


def _size(picture: Tensor) -> Size:
    return picture.shape[-2], picture.shape[-1]
