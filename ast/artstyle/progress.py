"""What a run reports: its progress, the time left, its result.

Front ends import this without waiting for torch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from artstyle import __version__
from artstyle.style.pyramid import Size

if TYPE_CHECKING:
    from torch import Tensor

    from artstyle.settings import Settings
    from artstyle.style.pyramid import Stage

MILESTONES = (20, 40, 60, 80, 100)  # percent
OVERHEAD = 12_000  # pixels that two CPU cores evaluate in the fixed time of an iteration
ENTRY = 2  # iterations that could be done while a stage is entered, until that is measured
FEW = 3  # iterations after which a stage's own speed is known
TICK = 1e-6  # seconds between two reports, at least: the system's clock may be coarse


@dataclass(frozen=True, slots=True)
class LossParts:
    """The weighted parts of a loss."""

    content: float
    style: float
    tv: float

    @property
    def total(self) -> float:
        return self.content + self.style + self.tv


NO_LOSS = LossParts(math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The figures of one iteration, which can be stored and sent."""

    percent: float  # of the run's estimated time, from above 0 to 100; it never falls
    iteration: int
    iterations: int
    stage: int
    stages: int
    sizes: tuple[Size, ...]
    """(height, width) of the levels whose losses are summed in this stage, the finest first."""
    size: Size  # (height, width) of the result
    levels: tuple[LossParts, ...]  # the loss at each of ``sizes``; a sketch has neither
    seconds: float
    seconds_left: float
    note: str | None = None
    """What the user should know: the run was recovered, or computes in tiles."""

    @property
    def parts(self) -> LossParts:
        if not self.levels:
            return NO_LOSS
        return LossParts(*(sum(each) for each in zip(*map(astuple, self.levels), strict=True)))

    @property
    def loss(self) -> float:
        """The loss before this iteration's step; in the last item the loss of the result."""
        return self.parts.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Step):
    """One iteration of a run, and its picture."""

    picture: Callable[[], Tensor] = field(repr=False, compare=False)
    """Returns the current picture, float32 (1, 3, H, W) on the CPU, to be looked at.

    It has the size of the stage, or of level 0 if that is larger; while the stage is rough, it
    has no more detail than that of the stage before. To be called before the next item is
    requested.
    """
    ended: bool = False  # whether this is the last iteration of its stage
    rough: bool = False
    """Whether the stage has just begun, and its details are still those of the start picture."""

    def step(self) -> Step:
        return Step(**{each.name: getattr(self, each.name) for each in fields(Step)})


@dataclass(frozen=True, slots=True)
class Result:
    """A finished picture, float32 (1, 3, H, W), and how it was made."""

    picture: Tensor
    settings: Settings  # resolved: with the levels and iterations that were used
    network: str
    loss: LossParts  # not a number for a sketch
    seconds: float
    percent: float  # 100 unless the run was stopped

    def metadata(self) -> dict[str, Any]:
        """Everything needed to make the picture again."""
        return {
            "version": __version__,
            "network": self.network,
            "settings": self.settings.as_dict(),
            "loss": None if math.isnan(self.loss.total) else self.loss.total,
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


@dataclass(slots=True)
class _Timing:
    """The time that a stage takes: measured in this process, or estimated at a pace."""

    iterations: int
    work: float  # of an iteration, the overhead included
    entry: float = 0.0  # seconds up to the first report
    entered: int = 0  # iterations in these
    seconds: float = 0.0  # since the first report
    timed: int = 0  # iterations in these

    def add(self, seconds: float, iterations: int) -> None:
        if self.entered:
            self.seconds += seconds
            self.timed += iterations
        else:
            self.entry, self.entered = seconds, iterations

    @property
    def known(self) -> bool:
        return self.timed >= FEW

    def each(self, pace: float) -> float:
        """Seconds that an iteration takes."""
        return self.seconds / self.timed if self.known else pace * self.work

    def entering(self, pace: float) -> float:
        """Seconds that were spent up to the first report on more than the iterations."""
        return max(0.0, self.entry - self.entered * self.each(pace))

    def left(self, pace: float, done: int = 0) -> float:
        """Seconds left after so many iterations; the last picture is evaluated once more."""
        left = self.iterations - done
        return (left + 1) * self.each(pace) if left else 0.0


class Clock:
    """Counts iterations and estimates the time that those to come will take.

    A stage takes time to enter, because its targets are measured, and for each iteration. Both
    are estimated in proportion to the work, at the pace of the stages so far. Their small sizes
    say little about the large ones, so where earlier runs were measured, the pace is theirs at
    first.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        seconds: float = 0.0,
        percent: float = 0.0,
        expected: float | None = None,
    ) -> None:
        """``seconds`` and ``percent`` were reached by the process that the run is resumed from.

        ``expected`` are the seconds that the whole run takes, by those measured before.
        """
        self._stages = [_Timing(stage.iterations, stage.work + OVERHEAD) for stage in stages]
        self._reported = time.monotonic()
        self._started = self._reported - seconds
        self._work = work(stages)
        self._expected = expected / self._work if expected else None  # for a unit of work
        self.stage = self.done = 0  # its index, and the iterations in it
        self.percent, self.seconds_left = percent, 0.0  # both from `reach` on

    def begin(self, stage: int, done: int = 0) -> None:
        """Enter a stage, of which another process has already done so many iterations."""
        self.stage, self.done = stage, done

    def reach(self, done: int, *, ended: bool) -> None:
        """Set the iterations done in this stage; one that ends early has no more of them."""
        now, here = time.monotonic(), self._stages[self.stage]
        here.add(max(now - self._reported, TICK), done - self.done + ended)
        self._reported, self.done = now, done
        if ended:
            here.iterations = done
        self.seconds_left = self._seconds_left(self._pace())
        spent = max(self.seconds, TICK)
        self.percent = max(self.percent, 100 * (spent / (spent + self.seconds_left)))

    @property
    def iterations(self) -> int:
        return sum(stage.iterations for stage in self._stages)

    @property
    def iteration(self) -> int:
        return sum(stage.iterations for stage in self._stages[: self.stage]) + self.done

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def _pace(self) -> float:
        """Seconds for a unit of work; of the stages measured, the larger ones count for more."""
        known = [stage for stage in self._stages if stage.known]
        if known and self._expected is None:
            return sum(stage.each(0.0) for stage in known) / sum(stage.work for stage in known)
        counts = [stage.iterations for stage in self._stages[: self.stage]] + [self.done]
        done = sum(s.work * (ENTRY + n) for s, n in zip(self._stages, counts, strict=False))
        spent = max(self.seconds, TICK)
        if self._expected is None:
            return spent / done
        left = max(0.0, self._work - done)
        return (spent + self._expected * left) / (done + left)

    def _seconds_left(self, pace: float) -> float:
        here, *later = self._stages[self.stage :]
        known = [stage for stage in self._stages if stage.known and self._expected is None]
        took = sum(stage.entering(pace) for stage in known)
        guess = sum(ENTRY * pace * stage.work for stage in known)
        left = here.left(pace, self.done)
        for stage in later:
            entry = ENTRY * pace * stage.work
            # what small stages took to enter says little about a large one
            left += entry * (entry + took) / (entry + guess) + stage.left(pace)
        return left


def work(stages: Sequence[Stage]) -> float:
    """The work of a whole run, in pixels: of its iterations, and of entering its stages."""
    return sum((stage.work + OVERHEAD) * (ENTRY + stage.iterations + 1) for stage in stages)
