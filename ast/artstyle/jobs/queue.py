"""The queue that every front end submits to: bounded, fair, and safe against interruptions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from artstyle.errors import DiskError, NoWorkers, ProgramLost, RunError
from artstyle.jobs.ages import Ages
from artstyle.jobs.attempts import Attempts
from artstyle.jobs.costs import Costs
from artstyle.jobs.decoders import Decoders
from artstyle.jobs.disk import Disk
from artstyle.jobs.engine import Engine
from artstyle.jobs.files import JobFiles, disk_errors
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.follower import Follower
from artstyle.jobs.forecast import Forecast
from artstyle.jobs.intake import Intake
from artstyle.jobs.job import Failure, Job, JobStatus
from artstyle.jobs.limits import Limits
from artstyle.jobs.marker import Marker
from artstyle.jobs.metrics import JobMetrics
from artstyle.jobs.pause import Pause
from artstyle.jobs.recovery import recover
from artstyle.jobs.renditions import Renditions
from artstyle.jobs.retention import DAY, Retention
from artstyle.jobs.scheduler import Scheduler
from artstyle.jobs.store import JobStore
from artstyle.jobs.submission import Submission
from artstyle.jobs.table import JobTable
from artstyle.jobs.trash import Trash

FORECAST_SECONDS = 1.0  # between two looks at when the waiting jobs will start
NO_WORKERS_SECONDS = 60.0  # that jobs may wait while there is no worker


class JobQueue:
    """All jobs of one data folder. Use it with ``async with``; it belongs to one event loop.

    ``background`` is a task that ends by itself only with an error, such as `TorchError` when no
    job can run here; the jobs then wait for the next start.
    """

    background: asyncio.Task[None]

    def __init__(self, folder: Path, engine: Engine, limits: Limits) -> None:
        self.limits = limits
        self._stopped = False
        self.pause = Pause()
        self._folder = DataFolder(folder)
        self._disk = Disk(self._folder)
        self._table = JobTable(self._folder)
        self._store = JobStore(self._table, self.pause)
        self.signal = self._store.signal  # set when anything happens to any job
        self.renditions = Renditions()
        self.decoding = Decoders(limits, clips=engine.clips)  # of what somebody sent
        self._intake = Intake(
            self._folder, self._store, self.pause, limits=limits, decoding=self.decoding
        )
        self.metrics = JobMetrics(self._store, engine.workers, self.pause)
        self.workers = engine.workers
        self.costs = Costs(engine.workers)
        self.observers = self._store.observers  # called after changes, with the state before
        self.observers.append(self.costs.observe)
        self._attempts = Attempts(self._table.database)
        self._ages = Ages(self._table.database, limits.keep_days * DAY)
        self._retention = Retention(
            self._folder, self._table, self._store, self._ages, limits=limits, remove=self.remove
        )
        self.marks = Marker(self._folder, self._store)
        self.expires, self.expected_seconds = self._retention.expires, self.costs.expected_seconds
        follower = Follower(
            self._store, self._folder, self._disk, pause=self.pause, attempts=self._attempts
        )
        self._scheduler = Scheduler(
            self._store,
            self._folder,
            engine,
            pause=self.pause,
            follower=follower,
            forecast=Forecast(self._store, self.costs, engine.workers),
            ended=self._retention.ended,
        )
        running = self._scheduler.running
        self.trash = Trash(self._table, self._store, self._retention, self.cancel, running)

    async def __aenter__(self) -> Self:
        """Lock the folder and continue the unfinished jobs; raises `DataError` or `DiskError`."""
        await asyncio.to_thread(self._folder.acquire)
        try:
            self._store.load(await recover(self._folder, self._table))
            self.costs.load(self._store)
            await self.marks.load(self._store)
            with disk_errors():
                await self._ages.load()
                await self._attempts.load()
                await _give_up(self._store, self._attempts)
                self._disk.remember()
        except BaseException:
            await self._table.close()
            self._folder.release()
            raise
        for job in sorted(self._store, key=lambda job: job.status is not JobStatus.RUNNING):
            if not job.status.ended:
                job.state = replace(job.state, status=JobStatus.QUEUED, phase=None, moves=0)
                self._scheduler.add(job)
        self.background = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        await self._scheduler.close()
        await asyncio.gather(self.background, return_exceptions=True)
        await self.trash.close()
        with suppress(DiskError):
            await self._store.flush()
        await self._table.close()
        self._folder.release()

    def stop(self) -> None:
        """Begin to stop: jobs are refused, workers stop, listeners hear that jobs continue."""
        if self._stopped:
            return
        self._stopped = True
        self.background.cancel()
        self._intake.close()
        self.renditions.close()
        self._scheduler.stop()
        for job in self._store:
            if not job.status.ended:
                job.suspended = True
                self._store.notify(job)

    def trouble(self) -> RunError | None:
        """Why no job is worked on: a pause, or no worker for a minute though jobs wait."""
        if self.pause.reason is not None:
            return self.pause.reason
        waiting = [job for job in self._store if job.status is JobStatus.QUEUED]
        longest = time.time() - min((job.request.created for job in waiting), default=time.time())
        missing = min(self.workers.missing_seconds(), longest)
        return NoWorkers(int(missing)) if missing >= NO_WORKERS_SECONDS else None

    def all(self) -> list[Job]:
        """All jobs, the oldest first."""
        return list(self._store)

    def get(self, id: str) -> Job | None:
        return self._store.get(id)

    def files(self, job: Job) -> JobFiles:
        return self._folder.job(job.id)

    async def submit(self, submission: Submission) -> Job:
        """Queue a job.

        Raises `QueueError`, `PictureError`, `ClipError`, `SettingsError` or `DiskError`; then
        nothing is kept.
        """
        try:
            job = await self._intake.accept(submission)
        except DiskError:
            self.pause.suspect()
            raise
        self._scheduler.add(job)
        self._store.notify(job)
        return job

    async def cancel(self, job: Job) -> bool:
        """End a job that waits or runs; False if it had ended already."""
        self._scheduler.withdraw(job)
        cancelled = await self._store.save(job, status=JobStatus.CANCELLED, ended=time.time())
        self._scheduler.dispatch()
        return cancelled

    async def remove(self, job: Job) -> None:
        """Cancel a job and delete it, its files included."""
        await self.cancel(job)
        await self._store.delete(job.id)
        await self.trash.empty(job)

    async def _serve(self) -> None:
        async def look() -> None:
            await asyncio.to_thread(self._disk.check)

        async def attempt() -> None:
            await asyncio.to_thread(self._disk.probe)
            await self._store.flush()
            await self._retention.sweep()

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._scheduler.start())
                group.create_task(self._retention.serve())
                group.create_task(self.pause.watch(look, attempt))
                group.create_task(self.metrics.measure_lag())
                group.create_task(_again_and_again(self._scheduler.look_ahead))
        except ExceptionGroup as errors:  # for those who wait: the first of them
            raise errors.exceptions[0] from None


async def _again_and_again(look_ahead: Callable[[], None]) -> None:
    while True:
        look_ahead()
        await asyncio.sleep(FORECAST_SECONDS)


async def _give_up(store: JobStore, attempts: Attempts) -> None:
    """Fail the jobs that took the program down too often."""
    for id, times in (await attempts.hopeless()).items():
        if (job := store.get(id)) is not None:
            failure = Failure.of(ProgramLost(times))
            await store.save(job, status=JobStatus.FAILED, ended=time.time(), failure=failure)
