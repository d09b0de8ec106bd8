"""One run, from two pictures to a third: a generator that yields `Progress`."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from artstyle import checkpoints, colors, devices, memory, noise, pyramid
from artstyle.losses import LevelLoss, PyramidLoss, Weights
from artstyle.networks import Network
from artstyle.optimize import OPTIMIZERS, Descent, Iterate
from artstyle.progress import LossParts, Progress, Result
from artstyle.pyramid import Size, Stage
from artstyle.settings import Settings

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
    ) -> None:
        """Settle the device, the precision, the stages and the network.

        A function that loads the network is called once all else is known to be good.
        """
        self.device = devices.choose(settings.device)
        self.settings = settings = settings.resolved(self.device)
        self.dtype = devices.precision(self.device, settings.precision)
        self.photo = content
        self.content, self.style = content, style
        if settings.keep_colors:
            self.content, self.style = colors.grey_pair(content, style)
        self.stages = pyramid.stages(_size(content), settings)
        self.demand = memory.Demand(_size(content), _size(style), settings, self.device, self.dtype)
        self.demand.check()
        if network is None:
            network = checkpoints.load(settings.network)
        self._weights = network if isinstance(network, Network) else network()
        with self.demand.told():
            self.network = self._weights.to(self.device, self.dtype)
        self._picture: Tensor | None = None
        self._losses: dict[Size, LevelLoss] = {}

    def run(self) -> Iterator[Progress]:
        """Climb the stages, yielding after every iteration."""
        clock = Clock(self.stages)
        with self.demand.told():
            for index, stage in enumerate(self.stages):
                self._picture = self._begin(stage, self._picture)
                yield from self._stage(index, self._picture, clock)

    def result(self, last: Progress) -> Result:
        """Put together what the run has come to, at the size of the result."""
        assert self._picture is not None
        picture = self._shown(self._picture, last.size)  # enlarged if it was stopped early
        return Result(picture, self.settings, self.network.name, last.parts, last.seconds)

    def _stage(self, index: int, picture: Tensor, clock: "Clock") -> Iterator[Progress]:
        """Optimise the picture at one size."""
        stage = self.stages[index]
        descent = Descent(
            lambda x: self._loss(stage).evaluate(x),
            picture,
            OPTIMIZERS[self.settings.optimizer](),
            self._widen,
        )
        clock.begin(index)
        for number, iterate in enumerate(descent.iterate(stage.iterations), 1):
            clock.tick()
            if number == stage.iterations:  # what the next stage gets, or the user
                iterate = replace(descent.finish(), trouble=iterate.trouble)  # noqa: PLW2901
            yield self._progress(index, picture, iterate, clock)

    def _progress(self, index: int, picture: Tensor, iterate: Iterate, clock: "Clock") -> Progress:
        note = iterate.trouble and f"{NOTES[iterate.trouble]}: went on in float32 from the best"
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
        return PyramidLoss([(size, self._level(size)) for size in stage.sizes])

    def _level(self, size: Size) -> LevelLoss:
        if size not in self._losses:
            s = self.settings
            shorter = max(pyramid.STYLE_SHORTEST, round(min(size) * s.style_scale))
            content = pyramid.target(self.content, size)
            style = pyramid.target(self.style, pyramid.level_size(_size(self.style), shorter))
            weights = Weights(s.content_weight, s.style_weight, s.tv_weight, s.style_loss)
            self._losses[size] = LevelLoss(
                self.network, content.to(self.device), style.to(self.device), weights
            )
        return self._losses[size]

    def _widen(self) -> None:
        """Compute in float32 from here on, with targets measured in float32."""
        if self.dtype is not torch.float32:
            self.dtype = torch.float32
            self.network = self._weights.to(self.device, self.dtype)
            self._losses.clear()


class Clock:
    """Counts iterations and work, and guesses what is left from the stage it is in."""

    def __init__(self, stages: list[Stage]) -> None:
        """Start at zero; the work of a stage is known beforehand."""
        self._stages = stages
        self._started = self._stage_started = time.monotonic()
        self._index = self._in_stage = 0
        self.iterations = sum(stage.iterations for stage in stages)

    def begin(self, index: int) -> None:
        """Enter a stage."""
        self._index, self._in_stage = index, 0
        self._stage_started = time.monotonic()

    def tick(self) -> None:
        """Count an iteration."""
        self._in_stage += 1

    @property
    def iteration(self) -> int:
        """Iterations done, over all stages."""
        return sum(stage.iterations for stage in self._stages[: self._index]) + self._in_stage

    @property
    def percent(self) -> float:
        """Work done, of 100."""
        return 100 * (1 - self._work_left() / sum(s.work * s.iterations for s in self._stages))

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started

    @property
    def seconds_left(self) -> float:
        """Estimated seconds to the end, at the rate of this stage."""
        done = self._stages[self._index].work * self._in_stage
        return (time.monotonic() - self._stage_started) / done * self._work_left()

    def _work_left(self) -> float:
        here = self._stages[self._index]
        later = self._stages[self._index + 1 :]
        return here.work * (here.iterations - self._in_stage) + sum(
            stage.work * stage.iterations for stage in later
        )


def _size(picture: Tensor) -> Size:
    return picture.shape[-2], picture.shape[-1]
