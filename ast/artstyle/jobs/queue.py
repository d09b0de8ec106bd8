"""The queue that every front end submits to: bounded, fair, and safe against interruptions."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Self

from artstyle.jobs.decoding import DecodeLimits, DecodePool
from artstyle.jobs.engine import Engine
from artstyle.jobs.files import DataFolder, JobFiles
from artstyle.jobs.intake import Intake, Limits
from artstyle.jobs.job import Job, JobStatus
from artstyle.jobs.retention import expired
from artstyle.jobs.scheduler import Scheduler
from artstyle.jobs.store import JobStore
from artstyle.jobs.submission import Submission

TIDY_SECONDS = 3600.0  # between checks for jobs that have been kept long enough


class JobQueue:
    """All jobs of one data folder. Use it with ``async with``; it belongs to one event loop."""

    def __init__(self, folder: Path, engine: Engine, limits: Limits) -> None:
        self.limits = limits
        self._folder = DataFolder(folder)
        self._store = JobStore(self._folder.database)
        self.signal = self._store.signal  # set when anything happens to any job
        self.decoding = DecodePool(DecodeLimits())  # of pictures that somebody sent
        self._intake = Intake(self._folder, self._store, limits, self.decoding)
        self._scheduler = Scheduler(self._store, self._folder, engine, self._tidy)

    async def __aenter__(self) -> Self:
        """Lock the folder and continue the unfinished jobs; raises `DataError`."""
        await asyncio.to_thread(self._folder.acquire)
        try:
            await self._store.load()
            ended = [job.id for job in self._store if job.status.ended]
            await asyncio.to_thread(self._folder.sweep, self._store.ids, ended)
        except BaseException:
            await self._store.close()
            self._folder.release()
            raise
        for job in sorted(self._store, key=lambda job: job.status is not JobStatus.RUNNING):
            if not job.status.ended:
                job.state = replace(job.state, status=JobStatus.QUEUED, phase=None, moves=0)
                self._scheduler.add(job)
        self._background = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        await self._scheduler.close()
        await asyncio.gather(self._background, return_exceptions=True)
        await self._store.close()
        self._folder.release()

    def stop(self) -> None:
        """Begin to stop: jobs are refused, workers stop, listeners hear that jobs continue."""
        if self._background.cancelling():
            return
        self._background.cancel()
        self._intake.close()
        self._scheduler.stop()
        for job in self._store:
            if not job.status.ended:
                job.suspended = True
                self._store.notify(job)

    def all(self) -> list[Job]:
        """All jobs, the oldest first."""
        return list(self._store)

    def get(self, id: str) -> Job | None:
        return self._store.get(id)

    def files(self, job: Job) -> JobFiles:
        return self._folder.job(job.id)

    async def submit(self, submission: Submission) -> Job:
        """Queue a job. Raises `QueueError`, `PictureError` or `DiskError`; then nothing is kept."""
        job = await self._intake.accept(submission)
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
        if job not in self._scheduler.running:  # its worker may still write files
            await asyncio.to_thread(self._folder.remove, job.id)

    async def _serve(self) -> None:
        await self._scheduler.start()
        while True:
            await self._tidy()
            await asyncio.sleep(TIDY_SECONDS)

    async def _tidy(self) -> None:
        for job in expired(self._store, time.time(), self.limits.keep_days, self.limits.keep_jobs):
            await self.remove(job)
