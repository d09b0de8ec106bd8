"""Where jobs run: what the queue asks of an engine, and the one with threads of this process."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from artstyle.jobs.messages import Artifact, Ended, Outcome, Update, WorkOrder, failed
from artstyle.jobs.workers import Workers
from artstyle.machine import installation
from artstyle.settings import DEFAULT_LEVELS, Settings
from artstyle.vgg import packaged

if TYPE_CHECKING:
    from artstyle.jobs.engine_choice import EngineChoice
    from artstyle.jobs.files import JobFiles
    from artstyle.jobs.job import Job


class Running(Protocol):
    def stop(self, *, keep: bool) -> None:
        """Stop soon; with ``keep`` it can continue later."""

    def reports(self) -> AsyncIterator[Update | Ended]:
        """What happens, `Ended` last; files are written before the update they belong to."""


class Engine(Protocol):
    @property
    def workers(self) -> Workers:
        """How many jobs have room, and where."""
        ...

    @property
    def clips(self) -> bool:
        """Whether it paints clips; their frames are kept on the lab's own disk."""
        ...

    async def prepare(self) -> None:
        """Find out which hardware there is; raises `TorchError` if none can be used."""

    def has_room(self, settings: Settings, running: Iterable[Settings]) -> bool:
        """Whether a job may start beside those that run."""
        ...

    def begin(self, job: Job, files: JobFiles) -> Running: ...

    def notify(self, changed: Callable[[], None]) -> None:
        """Set what to call when more jobs may have room."""

    async def close(self) -> None: ...


class ThreadEngine:
    """Runs jobs in threads: as many at a time as suit the device."""

    clips = True

    def __init__(self, workers: Mapping[str, int], large_levels: int) -> None:
        """``workers`` is the number of threads by device (cpu, cuda, mps).

        A job of ``large_levels`` or more runs alone: it needs the whole memory.
        """
        self._places, self._large = workers, large_levels
        self.workers = Workers()

    async def prepare(self) -> None:
        """Import torch, which takes seconds, and choose the device; raises `TorchError`."""
        device: Future[str] = Future()
        device.set_running_or_notify_cancel()
        _start_thread(lambda: _choose_device(device), "device")
        found = await asyncio.wrap_future(device)
        self.workers.set({found: self._places.get(found, 1)})

    def has_room(self, settings: Settings, running: Iterable[Settings]) -> bool:
        others = list(running)
        if any((each.levels or DEFAULT_LEVELS) >= self._large for each in [settings, *others]):
            return not others
        return len(others) < self.workers.total

    def begin(self, job: Job, files: JobFiles) -> ThreadRun:
        return ThreadRun(job, files)

    def notify(self, changed: Callable[[], None]) -> None:
        """Do nothing: there is never more room than at the start."""

    async def close(self) -> None:
        """Do nothing: threads end with their jobs."""


class Stop:
    """Asks a worker to stop before the next iteration."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.keep = False

    def ask(self, *, keep: bool) -> None:
        """Stop; with ``keep`` a savepoint is written first."""
        self.keep = keep
        self.asked.set()


class ThreadRun:
    def __init__(self, job: Job, files: JobFiles) -> None:
        self._job, self._state, self._files = job, job.state, files
        self._stop = Stop()
        self._reports: asyncio.Queue[Update | Ended] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        _start_thread(self._work, job.id[:8])

    def stop(self, *, keep: bool) -> None:
        self._stop.ask(keep=keep)

    async def reports(self) -> AsyncIterator[Update | Ended]:
        while True:
            report = await self._reports.get()
            yield report
            if isinstance(report, Ended):
                return

    def _work(self) -> None:
        try:
            order = self._files.order(self._job.request, self._state, self._job.expected)
            done = drive(order, self._files, self._tell, self._stop)
            self._tell(Ended(Outcome.DONE if done else Outcome.STOPPED))
        except Exception as error:
            self._tell(failed(self._job.id, error))

    def _tell(self, report: Update | Ended) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._reports.put_nowait, report)


def _start_thread(work: Callable[[], None], name: str) -> None:
    # a daemon: neither an iteration nor the import of torch may keep the program from ending
    threading.Thread(target=work, name=name, daemon=True).start()


def drive(order: WorkOrder, files: JobFiles, tell: Callable[[Update], None], stop: Stop) -> bool:
    """Run a job here and now; False if it was stopped before its end."""
    from artstyle.jobs.clip_work import ClipWork  # these import torch
    from artstyle.jobs.worker import Work

    def take(report: Update | Artifact) -> None:
        if isinstance(report, Artifact):
            files.write(report)
        else:
            tell(report)

    work = Work(order) if order.length is None else ClipWork(order, files)
    for report in work.reports():
        if report is not None:
            take(report)
        elif stop.asked.is_set():
            for last in work.save() if stop.keep else ():
                take(last)
            return False
    return True


def _choose_device(device: Future[str]) -> None:
    """Import all that a job needs, and choose the device."""
    try:
        installation.import_torch()
        from artstyle.jobs import worker  # noqa: F401  # so that the first job doesn't wait for it
        from artstyle.machine import devices

        # Going through torch's hundreds of thousands of objects again and again would stop all
        # threads for a tenth of a second each time; they stay anyway.
        gc.collect()
        gc.freeze()
        device.set_result(devices.choose("auto"))
    except Exception as error:
        device.set_exception(error)


@asynccontextmanager
async def opened(choice: EngineChoice) -> AsyncIterator[Engine]:
    """Open the engine and close it at the end.

    Raises `ClusterError`, and `TorchError` or `WeightsError` where this machine computes: with a
    cluster it needs neither torch nor weights.
    """
    if choice.engine == "local":
        installation.find_torch()
        packaged.check()
        yield ThreadEngine(choice.workers, choice.large_levels)
        return
    from artstyle.jobs.cluster.engine import ClusterEngine

    engine = ClusterEngine(choice)
    await engine.open()
    try:
        yield engine
    finally:
        await engine.close()
