"""The queue that every front end submits to: bounded, fair, and safe against any end."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from artstyle.errors import ArtstyleError
from artstyle.jobs import retention
from artstyle.jobs.engine import Ended, Engine, Lost, Running
from artstyle.jobs.events import Signal
from artstyle.jobs.folder import Folder, JobFiles
from artstyle.jobs.intake import Intake, Limits
from artstyle.jobs.job import Job, State
from artstyle.jobs.request import Request
from artstyle.jobs.store import Store
from artstyle.jobs.task import Began, Doing, Moved, News, Task
from artstyle.jobs.turns import Turns

logger = logging.getLogger(__name__)

STOP_SECONDS = 3.0  # for the workers to write their savepoints; the whole has five
MOVES = 3  # to another machine, before a job is given up: it may be what kills them
MOVED = "moved to another machine"
TIDY_SECONDS = 3600.0  # between looks for what has been kept long enough


class JobQueue:
    """All jobs of one data folder. Use it with ``async with``; it belongs to one event loop."""

    def __init__(self, folder: Path, engine: Engine, limits: Limits) -> None:
        """Take the folder, what runs the jobs, and the limits; nothing happens yet."""
        self.limits = limits
        self.signal = Signal()
        """Tells that something happened to any of the jobs."""
        self._folder = Folder(folder)
        self._store = Store(self._folder.database)
        self._intake = Intake(self._folder, self._store, limits)
        self._engine = engine
        self._jobs: dict[str, Job] = {}
        self._turns = Turns()
        self._running: dict[Job, Running] = {}
        self._drives: set[asyncio.Task[None]] = set()  # one for each that runs
        self._writing = asyncio.Lock()
        self._ready = self._closing = False

    async def __aenter__(self) -> Self:
        """Take the folder and go on with what was unfinished; raises `DataError`."""
        await asyncio.to_thread(self._folder.acquire)
        try:
            await self._load()
        except BaseException:
            await self._store.close()
            self._folder.release()
            raise
        self._background = asyncio.create_task(self._serve())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and wait for the workers to write their savepoints, for some seconds."""
        self.stop()
        if self._drives:
            await asyncio.wait(self._drives, timeout=STOP_SECONDS)
        for drive in self._drives:
            drive.cancel()
        await asyncio.gather(self._background, *self._drives, return_exceptions=True)
        await self._store.close()
        self._folder.release()

    def stop(self) -> None:
        """Begin to stop: nothing new is taken, workers end, listeners hear that it goes on."""
        if self._closing:
            return
        self._closing = True
        self._intake.close()
        self._background.cancel()
        for running in self._running.values():
            running.stop(keep=True)
        for job in self._jobs.values():
            if not job.state.ended:
                job.suspended = True
                self._changed(job)

    def all(self) -> list[Job]:
        """List all jobs, the oldest first."""
        return list(self._jobs.values())

    def get(self, id: str) -> Job | None:
        """Find a job."""
        return self._jobs.get(id)

    def files(self, job: Job) -> JobFiles:
        """Give the files of a job."""
        return self._folder.job(job.id)

    async def submit(self, request: Request) -> Job:
        """Take a job. Raises `QueueError`, `PictureError` or `DiskError`; then nothing is kept."""
        job = await self._intake.take(request, self._jobs.values())
        self._jobs[job.id] = job
        self._turns.add(job)
        self._dispatch()
        self._changed(job)
        return job

    async def cancel(self, job: Job) -> bool:
        """End a job that waits or runs; False if it had ended already."""
        if job in self._running:
            self._running[job].stop(keep=False)
        self._turns.discard(job)
        ended = time.time()
        cancelled = await self._update(job, state=State.CANCELLED, ended=ended, position=None)
        self._dispatch()
        return cancelled

    async def remove(self, job: Job) -> None:
        """Cancel a job and forget it, its files included."""
        await self.cancel(job)
        if self._jobs.pop(job.id, None) is None:
            return
        try:
            await self._store.delete(job.id)
        except sqlite3.Error:
            logger.exception("job %s will be there again after a restart", job.id)
        self._changed(job)
        if job not in self._running:  # its worker may still be writing
            await asyncio.to_thread(self._folder.remove, job.id)

    async def _load(self) -> None:
        jobs = await self._store.load()
        ended = [job.id for job in jobs if job.state.ended]
        await asyncio.to_thread(self._folder.sweep, self._store.ids, ended)
        self._jobs = {job.id: job for job in jobs}
        for job in sorted(jobs, key=lambda job: job.state is not State.RUNNING):
            if not job.state.ended:  # those that ran before come first
                job.state = State.QUEUED
                self._turns.add(job)
        self._number_waiting()

    async def _serve(self) -> None:
        """Begin once it is known what there is to compute with, and tidy up now and then."""
        try:
            await self._engine.prepare()
        except Exception:  # each job will tell its owner
            logger.exception("it isn't known what there is to compute with")
        self._ready = True
        self._engine.notify(self._dispatch)
        self._dispatch()
        while True:
            await self._tidy()
            await asyncio.sleep(TIDY_SECONDS)

    async def _tidy(self) -> None:
        """Remove what has been kept long enough."""
        limits = self.limits
        for job in retention.expired(self.all(), time.time(), limits.keep_days, limits.keep_jobs):
            await self.remove(job)

    def _dispatch(self) -> None:
        """Start the jobs whose turn it is, as far as there is room."""
        while self._ready and not self._closing and (job := self._turns.peek()):
            if not self._engine.has_room(job.settings, [each.settings for each in self._running]):
                break
            self._turns.pop()
            self._begin(job)
        self._number_waiting()

    def _number_waiting(self) -> None:
        """Tell those who wait where they stand."""
        for position, job in enumerate(self._turns.order(), 1):
            if job.position != position:
                job.position = position
                self._changed(job)

    def _begin(self, job: Job) -> None:
        job.state, job.position = State.RUNNING, None
        job.doing = MOVED if job.moves else "starting"
        job.started = job.started or time.time()
        task = Task(job.id, job.settings, self.files(job), job.preview, job.stages, job.milestone)
        self._running[job] = self._engine.begin(task)
        drive = asyncio.create_task(self._drive(job))
        self._drives.add(drive)
        drive.add_done_callback(self._drives.discard)
        self._changed(job)

    async def _drive(self, job: Job) -> None:
        """Follow a job that runs until its worker is done with it."""
        await self._update(job)
        lost: Lost | None = None
        async for report in self._running[job].reports():
            if not isinstance(report, Ended):
                await self._apply(job, report)
            elif (lost := self._loss(job, report)) is None:
                await self._conclude(job, report)
        del self._running[job]
        if lost is not None:
            self._move(job, lost)
        if job.id not in self._jobs:
            await asyncio.to_thread(self._folder.remove, job.id)
        self._dispatch()
        if not self._closing:
            await self._tidy()

    def _loss(self, job: Job, end: Ended) -> Lost | None:
        """Give what a job has lost, if another machine shall go on with it."""
        if isinstance(end.error, Lost) and not job.state.ended and job.moves < MOVES:
            return end.error
        return None

    def _move(self, job: Job, lost: Lost) -> None:
        """Let another machine go on with a job, from its savepoint, before all that wait."""
        if job.state.ended or self._closing:
            return
        logger.warning("job %s has lost its machine and moves to another one", job.id)
        # the list still has it as one that runs: after a restart it comes first as well
        moves = job.moves + lost.begun
        self._change(job, state=State.QUEUED, doing=None, moves=moves)
        self._turns.put_back(job)

    async def _apply(self, job: Job, report: News) -> None:
        match report:
            case Doing(what):
                self._change(job, doing=what)
            case Began(used, network):
                await self._update(job, used=used, network=network)
            case Moved():
                changes = {
                    "step": report.step,
                    "preview": report.preview,
                    "stages": report.stages,
                    "milestone": report.milestone,
                    "doing": None,
                }
                if report.saved or report.milestone != job.milestone:
                    await self._update(job, **changes)
                else:
                    self._change(job, **changes)

    async def _conclude(self, job: Job, end: Ended) -> None:
        """Write down how a job ended; one that was only stopped goes on at the next start."""
        if end.error is not None:
            reason = _reason(job, end.error)
            await self._update(job, state=State.FAILED, ended=time.time(), reason=reason)
        elif end.done:
            await self._update(job, state=State.DONE, ended=time.time(), milestone=100)
        if job.state.ended:
            with suppress(OSError):
                await asyncio.to_thread(self.files(job).savepoint.unlink, missing_ok=True)

    async def _update(self, job: Job, **changes: Any) -> bool:
        """Write changes down, then make them and tell; False if the job has ended already."""
        async with self._writing:  # or an older state could be written over a newer one
            if job.state.ended:
                return False
            try:
                await self._store.save(replace(job, **changes))
            except sqlite3.Error:  # the job itself can still be made
                logger.exception("job %s: its state could not be written down", job.id)
            self._change(job, **changes)
            return True

    def _change(self, job: Job, **changes: Any) -> None:
        """Change a job and tell, unless it has ended."""
        if not job.state.ended:
            for name, value in changes.items():
                setattr(job, name, value)
            self._changed(job)

    def _changed(self, job: Job) -> None:
        self.signal.changed()
        job.version = self.signal.version
        job.signal.changed()


def _reason(job: Job, error: Exception) -> str:
    """Word a failure for the user; what nobody expected goes into the log, whole."""
    if isinstance(error, Lost):
        return f"{error}, {MOVES + 1} times in all: it may need more memory than machines have"
    if isinstance(error, ArtstyleError):
        logger.info("job %s failed: %s", job.id, error)
        return str(error)
    if isinstance(error, MemoryError):
        return "there was not enough memory: take smaller pictures or fewer levels"
    logger.error("job %s broke", job.id, exc_info=error)
    return f"something went wrong; whoever runs this finds it in the log under {job.id[:8]}"
