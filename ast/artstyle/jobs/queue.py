"""The queue that every front end submits to: bounded, fair, and safe against interruptions."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from artstyle.jobs.engine import Engine
from artstyle.jobs.files import DataFolder, JobFiles
from artstyle.jobs.intake import Intake, Limits
from artstyle.jobs.job import Job, JobStatus
from artstyle.jobs.registry import JobRegistry
from artstyle.jobs.retention import expired
from artstyle.jobs.scheduler import Scheduler
from artstyle.jobs.store import Store
from artstyle.jobs.submission import Submission

TIDY_SECONDS = 3600.0  # between checks for jobs that have been kept long enough


class JobQueue:
    """All jobs of one data folder. Use it with ``async with``; it belongs to one event loop."""

    def __init__(self, folder: Path, engine: Engine, limits: Limits) -> None:
        self.limits = limits
        self._folder = DataFolder(folder)
        self._store = Store(self._folder.database)
        self._jobs = JobRegistry(self._store)
        self.signal = self._jobs.signal
        """Set when anything happens to any job."""
        self._intake = Intake(self._folder, self._store, limits)
        self._scheduler = Scheduler(self._jobs, self._folder, engine, self._tidy)
        self._stopping = False

    async def __aenter__(self) -> Self:
        """Lock the folder and continue the unfinished jobs; raises `DataError`."""
        await asyncio.to_thread(self._folder.acquire)
        try:
            unfinished = await self._jobs.load(self._folder)
        except BaseException:
            await self._store.close()
            self._folder.release()
            raise
        for job in unfinished:
            self._scheduler.add(job)
        self._background = asyncio.create_task(self._serve())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        await self._scheduler.close()
        await asyncio.gather(self._background, return_exceptions=True)
        await self._store.close()
        self._folder.release()

    def stop(self) -> None:
        """Begin to stop: jobs are refused, workers stop, listeners hear that jobs continue."""
        if self._stopping:
            return
        self._stopping = True
        self._intake.close()
        self._background.cancel()
        self._scheduler.stop()
        for job in self._jobs:
            if not job.status.ended:
                job.suspended = True
                self._jobs.notify(job)

    def all(self) -> list[Job]:
        """All jobs, the oldest first."""
        return list(self._jobs)

    def get(self, id: str) -> Job | None:
        return self._jobs.get(id)

    def files(self, job: Job) -> JobFiles:
        return self._folder.job(job.id)

    async def submit(self, submission: Submission) -> Job:
        """Queue a job. Raises `QueueError`, `PictureError` or `DiskError`; then nothing is kept."""
        job = await self._intake.accept(submission, self._jobs)
        self._jobs.add(job)
        self._scheduler.add(job)
        self._jobs.notify(job)
        return job

    async def cancel(self, job: Job) -> bool:
        """End a job that waits or runs; False if it had ended already."""
        self._scheduler.withdraw(job)
        cancelled = await self._jobs.save(job, status=JobStatus.CANCELLED, ended=time.time())
        self._scheduler.dispatch()
        return cancelled

    async def remove(self, job: Job) -> None:
        """Cancel a job and delete it, its files included."""
        await self.cancel(job)
        if await self._jobs.delete(job) and job not in self._scheduler.running:
            await asyncio.to_thread(self._folder.remove, job.id)

    async def _serve(self) -> None:
        await self._scheduler.prepare()
        while True:
            await self._tidy()
            await asyncio.sleep(TIDY_SECONDS)

    async def _tidy(self) -> None:
        """Remove jobs that have been kept long enough."""
        days, number = self.limits.keep_days, self.limits.keep_jobs
        for job in expired(self._jobs, time.time(), days, number):
            await self.remove(job)
