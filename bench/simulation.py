"""A loop whose clock jumps to the next thing that is to happen, and an engine that pretends.

What threads do (SQLite, decoding, files) is real and takes no time on that clock.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Executor
from typing import Any

from artstyle.jobs.engine import Ended
from artstyle.jobs.task import Began, Moved, News, Task
from artstyle.progress import LossParts, Step
from artstyle.settings import Settings

REPORTS = 20  # of each job; a milestone is reached with every fourth


class FakeClock(asyncio.SelectorEventLoop):
    """Tells a time that passes only while everybody waits."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._now, self._working = 0.0, 0
        self.turns: list[tuple[float, float]] = []
        """Real seconds that each turn of the loop took, and its own of them on a CPU."""
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Give the time in seconds."""
        return self._now

    def run_in_executor(  # type: ignore[override]  # what is passed on as it is
        self, executor: Executor | None, func: Any, *args: Any
    ) -> Any:
        """Let time stand still until a thread has done its work."""
        self._working += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._rested)
        return future

    def _rested(self, _: object) -> None:
        self._working -= 1

    def wait(self, select: Callable[[float | None], Any], seconds: float | None) -> Any:
        """Wait for threads, or jump to what comes next."""
        if self._working and seconds != 0:
            return select(None)
        if seconds is not None:
            self._now += max(0.0, seconds)
            return select(0)
        return select(None)


class _Selector(selectors.DefaultSelector):
    """Asks the clock how to wait, and takes the time between two waits."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock, self._woken = clock, _both()

    def select(self, timeout: float | None = None) -> Any:
        real, own = _both()
        self._clock.turns.append((real - self._woken[0], own - self._woken[1]))
        events = self._clock.wait(super().select, timeout)
        self._woken = _both()
        return events


def _both() -> tuple[float, float]:
    return time.perf_counter(), time.thread_time()


class PretendedEngine:
    """Has so many GPUs, on each of which a job takes the seconds that its seed stands for."""

    def __init__(self, gpus: int, seconds: Callable[[Settings], float]) -> None:
        """Take both."""
        self._gpus, self._seconds = gpus, seconds
        self.begun: dict[str, float] = {}

    async def prepare(self) -> None:
        """Be ready at once."""

    def has_room(self, settings: Settings, running: Iterable[Settings]) -> bool:
        """Tell whether a GPU is free."""
        return sum(1 for _ in running) < self._gpus

    def begin(self, task: Task) -> PretendedRun:
        """Pretend to start."""
        self.begun[task.id] = asyncio.get_running_loop().time()
        return PretendedRun(task.settings, self._seconds(task.settings))

    def notify(self, changed: Callable[[], None]) -> None:
        """Never change."""

    async def close(self) -> None:
        """Hold nothing."""


class PretendedRun:
    """Tells what a job would tell."""

    def __init__(self, settings: Settings, seconds: float) -> None:
        """Take so long."""
        self._settings, self._seconds = settings, seconds

    def stop(self, *, keep: bool) -> None:
        """Go on: nothing is cancelled here."""

    async def reports(self) -> AsyncIterator[News | Ended]:
        """Tell it from time to time."""
        yield Began(self._settings, "vgg16")
        for number in range(1, REPORTS + 1):
            await asyncio.sleep(self._seconds / REPORTS)
            percent = 100 * number / REPORTS
            milestone = min(80, int(percent) // 20 * 20)
            yield Moved(_step(percent, self._seconds), number, 0, milestone, number % 4 == 0)
        yield Ended(True, None)


def _step(percent: float, seconds: float) -> Step:
    done = seconds * percent / 100
    return Step(
        percent=percent,
        iteration=round(percent),
        iterations=100,
        stage=1,
        stages=1,
        sizes=((256, 384),),
        size=(256, 384),
        levels=(LossParts(0.5, 0.25, 0.125),),
        seconds=done,
        seconds_left=seconds - done,
    )
