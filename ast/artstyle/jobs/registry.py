"""All jobs of a data folder, in memory and in the database."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from artstyle.jobs.files import DataFolder
from artstyle.jobs.job import Job, JobState, JobStatus
from artstyle.jobs.signal import Signal
from artstyle.jobs.store import Store

logger = logging.getLogger(__name__)


class JobRegistry:
    """Changes jobs, stores them and wakes their listeners."""

    def __init__(self, store: Store) -> None:
        self.signal = Signal()
        """Set when anything happens to any job."""
        self._store = store
        self._jobs: dict[str, Job] = {}
        self._saving = asyncio.Lock()

    async def load(self, folder: DataFolder) -> list[Job]:
        """Read all jobs and return the unfinished ones, those first that ran.

        Files that belong to no job are deleted. Raises `DataError`.
        """
        jobs = await self._store.load()
        self._jobs = {job.id: job for job in jobs}
        ended = [job.id for job in jobs if job.status.ended]
        await asyncio.to_thread(folder.sweep, self._store.ids, ended)
        unfinished = [job for job in jobs if not job.status.ended]
        unfinished.sort(key=lambda job: job.status is not JobStatus.RUNNING)
        for job in unfinished:
            job.state = replace(job.state, status=JobStatus.QUEUED, phase=None, moves=0)
        return unfinished

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs.values()))

    def get(self, id: str) -> Job | None:
        return self._jobs.get(id)

    def add(self, job: Job) -> None:
        self._jobs[job.id] = job

    async def delete(self, job: Job) -> bool:
        """Forget a job; False if it was forgotten already."""
        if self._jobs.pop(job.id, None) is None:
            return False
        try:
            await self._store.delete(job.id)
        except sqlite3.Error:
            logger.exception("job %s can't be deleted: it returns after a restart", job.id)
        self.notify(job)
        return True

    async def save(self, job: Job, state: JobState | None = None, **changes: Any) -> bool:
        """Store a new state, then make the change; False if the job has ended already."""
        async with self._saving:  # or an older state could overwrite a newer one
            if job.status.ended:
                return False
            new = replace(state or job.state, **changes)
            try:
                await self._store.save(job.request, new)
            except sqlite3.Error:  # the job itself can still finish
                logger.exception("job %s: its state can't be stored", job.id)
            self.change(job, new)
            return True

    def change(self, job: Job, state: JobState) -> None:
        """Change a job without storing it, unless it has ended."""
        if not job.status.ended:
            job.state = state
            if state.status.ended:
                job.position = None
            self.notify(job)

    def notify(self, job: Job) -> None:
        """Wake the listeners of a job."""
        self.signal.changed()
        job.version = self.signal.version
        job.signal.changed()
