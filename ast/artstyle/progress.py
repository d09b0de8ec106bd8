"""What a run reports: its progress, the time left, its result.

Front ends import this without waiting for torch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from artstyle import __version__
from artstyle.style.pyramid import Size

if TYPE_CHECKING:
    from torch import Tensor

    from artstyle.settings import Settings
    from artstyle.style.pyramid import Stage

MILESTONES = (20, 40, 60, 80, 100)  # percent


@dataclass(frozen=True, slots=True)
class LossParts:
    """The weighted parts of a loss."""

    content: float
    style: float
    tv: float

    @property
    def total(self) -> float:
        return self.content + self.style + self.tv


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The figures of one iteration, which can be stored and sent."""

    percent: float  # work done, from above 0 to 100: iterations weighted by their pixels
    iteration: int
    iterations: int
    stage: int
    stages: int
    sizes: tuple[Size, ...]
    """(height, width) of the levels whose losses are summed in this stage, the finest first."""
    size: Size  # (height, width) of the result
    levels: tuple[LossParts, ...]  # the loss at each of ``sizes``
    seconds: float
    seconds_left: float
    note: str | None = None
    """What the user should know: the run was recovered, or computes in tiles."""

    @property
    def parts(self) -> LossParts:
        return LossParts(*(sum(each) for each in zip(*map(astuple, self.levels), strict=True)))

    @property
    def loss(self) -> float:
        """The loss before this iteration's step; in the last item the loss of the result."""
        return self.parts.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Step):
    """One iteration of a run, and its picture."""

    picture: Callable[[], Tensor] = field(repr=False, compare=False)
    """Returns the current picture, float32 (1, 3, H, W) on the CPU, at the size of the stage.

    To be called before the next item is requested.
    """
    ended: bool = False  # whether this is the last iteration of its stage

    def step(self) -> Step:
        return Step(**{each.name: getattr(self, each.name) for each in fields(Step)})


@dataclass(frozen=True, slots=True)
class Result:
    """A finished picture, float32 (1, 3, H, W), and how it was made."""

    picture: Tensor
    settings: Settings  # resolved: with the levels and iterations that were used
    network: str
    loss: LossParts
    seconds: float
    percent: float  # 100 unless the run was stopped

    def metadata(self) -> dict[str, Any]:
        """Everything needed to make the picture again."""
        return {
            "version": __version__,
            "network": self.network,
            "settings": self.settings.as_dict(),
            "loss": self.loss.total,
            "percent": round(self.percent, 1),
        }


class Milestones:
    """Reports each of 20, 40, 60, 80 and 100 percent once, or those above ``after``."""

    def __init__(self, after: int = 0) -> None:
        self._left = [milestone for milestone in MILESTONES if milestone > after]

    def reached(self, percent: float) -> list[int]:
        """The milestones reached since the last call; a fast run may reach several at once."""
        now = [milestone for milestone in self._left if percent >= milestone - 1e-6]
        self._left = self._left[len(now) :]
        return now


class Clock:
    """Counts iterations and work, and estimates the time left at the rate of this stage."""

    def __init__(self, stages: Sequence[Stage], seconds: float = 0.0) -> None:
        """``seconds`` were spent before, by the process that the run is resumed from."""
        self._stages = list(stages)
        self._stage_started = time.monotonic()
        self._started = self._stage_started - seconds
        self.stage = 0
        self.done = self._untimed = 0  # iterations in this stage

    def begin(self, stage: int, done: int = 0) -> None:
        """Enter a stage, of which another process has already done so many iterations."""
        self.stage = stage
        self.done = self._untimed = done
        self._stage_started = time.monotonic()

    def reach(self, done: int, *, ended: bool) -> None:
        """Set the iterations done in this stage; one that ends early has no more of them."""
        self.done = done
        if ended:
            self._stages[self.stage] = replace(self._stages[self.stage], iterations=done)

    @property
    def iterations(self) -> int:
        return sum(stage.iterations for stage in self._stages)

    @property
    def iteration(self) -> int:
        return sum(stage.iterations for stage in self._stages[: self.stage]) + self.done

    @property
    def percent(self) -> float:
        return 100 * (1 - self._work_left() / sum(s.work * s.iterations for s in self._stages))

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def seconds_left(self) -> float:
        timed = self._stages[self.stage].work * (self.done - self._untimed)
        return (time.monotonic() - self._stage_started) / timed * self._work_left()

    def _work_left(self) -> float:
        here, *later = self._stages[self.stage :]
        return here.work * (here.iterations - self.done) + sum(s.work * s.iterations for s in later)
