"""All jobs of a data folder, in memory and in SQLite."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from artstyle.errors import DataError, SettingsError
from artstyle.jobs.database import WHAT_TO_DO, Database
from artstyle.jobs.job import Job, JobRequest, JobState
from artstyle.jobs.schema import FROM_VERSION_1, FROM_VERSION_2, JOBS
from artstyle.jobs.signal import Signal

logger = logging.getLogger(__name__)


class JobStore:
    """Changes jobs, stores them, and wakes their listeners."""

    def __init__(self, path: Path) -> None:
        self.signal = Signal()  # set when anything happens to any job
        self.ids: list[str] = []  # of all jobs that were there, including those that can't be read
        self._path = path
        self._database = Database(path, JOBS, [FROM_VERSION_1, FROM_VERSION_2])
        self._jobs: dict[str, Job] = {}
        self._last_number = 0
        self._saving = asyncio.Lock()

    async def load(self) -> None:
        """Open or create the database and read all jobs; raises `DataError`."""
        await self._database.open()
        try:
            rows = await self._database.execute(
                "SELECT id, number, request, state FROM jobs ORDER BY number"
            )
        except sqlite3.Error as error:
            raise DataError(f"{self._path} is damaged ({error}): {WHAT_TO_DO}") from error
        self.ids = [row[0] for row in rows]
        self._last_number = rows[-1][1] if rows else 0
        jobs = (_job(id, request, state) for id, _, request, state in rows)
        self._jobs = {job.id: job for job in jobs if job is not None}

    def __iter__(self) -> Iterator[Job]:
        """All jobs by number."""
        return iter(list(self._jobs.values()))

    def get(self, id: str) -> Job | None:
        return self._jobs.get(id)

    def next_number(self) -> int:
        """A number higher than that of any job."""
        self._last_number += 1
        return self._last_number

    async def add(self, job: Job) -> None:
        """Store a new job; raises `sqlite3.Error`, as when the disk is full."""
        await self._write(job.request, job.state)
        self._jobs[job.id] = job

    async def delete(self, id: str) -> None:
        job = self._jobs.pop(id, None)
        try:
            await self._database.execute("DELETE FROM jobs WHERE id = ?", (id,))
        except sqlite3.Error:
            logger.exception("job %s can't be deleted: it returns after a restart", id)
        if job is not None:
            self.notify(job)

    async def save(self, job: Job, state: JobState | None = None, **changes: Any) -> bool:
        """Store a new state, then make the change; False if the job has ended already."""
        async with self._saving:  # or an older state could overwrite a newer one
            if job.status.ended:
                return False
            new = replace(state or job.state, **changes)
            try:
                await self._write(job.request, new)
            except sqlite3.Error:  # the job itself can still finish
                logger.exception("job %s: its state can't be stored", job.id)
            self.change(job, new)
            return True

    def change(self, job: Job, state: JobState) -> None:
        """Change a job without storing it, unless it has ended."""
        if not job.status.ended:
            job.state = state
            self.notify(job)

    def notify(self, job: Job) -> None:
        self.signal.changed()
        job.version = self.signal.version
        job.signal.changed()

    async def close(self) -> None:
        await self._database.close()

    async def _write(self, request: JobRequest, state: JobState) -> None:
        documents = [msgspec.json.encode(record).decode() for record in (request, state)]
        await self._database.execute(
            "INSERT INTO jobs VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET state = excluded.state",
            (request.id, request.number, *documents),
        )


def _job(id: str, request: str, state: str) -> Job | None:
    """A row that another version wrote and that makes no sense here is left alone."""
    try:
        asked = msgspec.json.decode(request, type=JobRequest)
        return Job(request=asked, state=msgspec.json.decode(state, type=JobState))
    except (msgspec.MsgspecError, SettingsError) as error:
        logger.warning("job %s can't be read and is left out: %s", id, error)
        return None
