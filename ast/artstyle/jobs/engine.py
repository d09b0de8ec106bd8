"""Where jobs run: what the queue asks of an engine, and the one with threads of this process."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from artstyle.errors import RunError
from artstyle.jobs.task import Made, News, Report, Stop, Task

if TYPE_CHECKING:
    from artstyle.settings import Settings


@dataclass(frozen=True, slots=True)
class Ended:
    """The last thing that comes from a running task."""

    done: bool
    """False if it was stopped."""
    error: Exception | None


class Lost(RunError):
    """The machine or the process that did a task is gone; another may go on with it."""

    def __init__(self, message: str, *, begun: bool = True) -> None:
        """Say what is gone, and whether it can have had to do with the task."""
        super().__init__(message)
        self.begun = begun


class Running(Protocol):
    """A task that runs somewhere."""

    def stop(self, *, keep: bool) -> None:
        """Stop soon; with ``keep`` it can go on later."""

    def reports(self) -> AsyncIterator[News | Ended]:
        """Tell what happens, `Ended` last; what belongs to it is written before it is told.

        An end with `Lost` means that it could go on elsewhere.
        """


class Engine(Protocol):
    """What runs tasks."""

    async def prepare(self) -> None:
        """Find out what there is to compute with."""

    def has_room(self, settings: Settings, running: Iterable[Settings]) -> bool:
        """Tell whether a task may begin beside those that run."""

    def begin(self, task: Task) -> Running:
        """Start a task."""

    def notify(self, changed: Callable[[], None]) -> None:
        """Name what to call when there is room that wasn't there before."""

    async def close(self) -> None:
        """Let go of whatever it computes with."""


class ThreadEngine:
    """Runs tasks in threads: as many at a time as suit the device."""

    def __init__(self, workers: Mapping[str, int], large_levels: int) -> None:
        """Take the number of threads by device (cpu, cuda, mps).

        A task of ``large_levels`` or more runs alone: it needs the whole memory.
        """
        self._workers = workers
        self._large = large_levels
        self._slots = 1

    async def prepare(self) -> None:
        """Import torch, which takes seconds, and see which device there is."""
        self._slots = self._workers[await asyncio.to_thread(_device)]

    def has_room(self, settings: Settings, running: Iterable[Settings]) -> bool:
        """Tell whether a task may begin beside those that run."""
        others = list(running)
        if any(map(self._is_large, [settings, *others])):
            return not others
        return len(others) < self._slots

    def _is_large(self, settings: Settings) -> bool:
        return (settings.levels or 1) >= self._large

    def begin(self, task: Task) -> ThreadRun:
        """Start a task in a thread of its own."""
        return ThreadRun(task)

    def notify(self, changed: Callable[[], None]) -> None:
        """Do nothing: there is no more room than at the start."""

    async def close(self) -> None:
        """Do nothing: threads end with their tasks."""


class ThreadRun:
    """A task in its thread."""

    def __init__(self, task: Task) -> None:
        """Start it."""
        self._stop = Stop()
        self._reports: asyncio.Queue[News | Ended] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        # a daemon: a thread deep in an iteration mustn't keep the program from ending
        threading.Thread(target=self._work, args=(task,), name=task.id[:8], daemon=True).start()

    def stop(self, *, keep: bool) -> None:
        """Stop within an iteration."""
        self._stop.ask(keep=keep)

    async def reports(self) -> AsyncIterator[News | Ended]:
        """Tell what happens, `Ended` last."""
        while True:
            report = await self._reports.get()
            yield report
            if isinstance(report, Ended):
                return

    def _work(self, task: Task) -> None:
        try:
            ended = Ended(drive(task, self._tell, self._stop), None)
        except Exception as error:
            ended = Ended(False, error)
        self._tell(ended)

    def _tell(self, report: News | Ended) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._reports.put_nowait, report)


def drive(task: Task, tell: Callable[[News], None], stop: Stop) -> bool:
    """Do a task here and now; False if it was stopped before its end."""
    from artstyle.jobs.worker import Work  # imports torch

    work = Work(task.pack())
    for report in work.reports():
        if report is not None:
            _take(report, task, tell)
        elif stop.asked:
            for last in work.parting() if stop.keep else ():
                _take(last, task, tell)
            return False
    return True


def _take(report: Report, task: Task, tell: Callable[[News], None]) -> None:
    if isinstance(report, Made):
        task.files.keep(report)
    else:
        tell(report)


def _device() -> str:
    """Import all that a job needs, and see which device there is."""
    from artstyle.jobs import worker  # noqa: F401  # a job then begins without that
    from artstyle.machine import devices

    # Going through torch's hundreds of thousands of objects again and again would stop all
    # threads for a tenth of a second each time; they stay anyway.
    gc.collect()
    gc.freeze()
    return devices.choose("auto")
