"""How far a run is, and how long it will take."""

import time
from dataclasses import replace

from artstyle.style.pyramid import Stage


class Clock:
    """Counts iterations and work, and guesses what is left from the stage it is in."""

    def __init__(self, stages: list[Stage], seconds: float = 0.0) -> None:
        """Start after so many seconds; the work of a stage is known beforehand."""
        self._stages = list(stages)
        self._stage_started = time.monotonic()
        self._started = self._stage_started - seconds
        self.stage = 0
        self.done = self._untimed = 0  # iterations in this stage

    def begin(self, stage: int, done: int = 0) -> None:
        """Enter a stage, of which so many iterations were done by another process."""
        self.stage = stage
        self.done = self._untimed = done
        self._stage_started = time.monotonic()

    def reach(self, done: int, *, ended: bool) -> None:
        """Count the iterations of this stage; one that ends early has no more."""
        self.done = done
        if ended:
            self._stages[self.stage] = replace(self._stages[self.stage], iterations=done)

    @property
    def iterations(self) -> int:
        """Iterations in all, as far as is known."""
        return sum(stage.iterations for stage in self._stages)

    @property
    def iteration(self) -> int:
        """Iterations done, over all stages."""
        return sum(stage.iterations for stage in self._stages[: self.stage]) + self.done

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
        timed = self._stages[self.stage].work * (self.done - self._untimed)
        return (time.monotonic() - self._stage_started) / timed * self._work_left()

    def _work_left(self) -> float:
        here = self._stages[self.stage]
        later = self._stages[self.stage + 1 :]
        return here.work * (here.iterations - self.done) + sum(
            stage.work * stage.iterations for stage in later
        )
