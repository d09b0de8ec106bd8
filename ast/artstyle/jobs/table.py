"""The jobs as rows of jobs.sqlite, each with a copy of its record in the job's folder.

The copy is written first, so it is never older than the row.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from artstyle.errors import SettingsError
from artstyle.jobs import record
from artstyle.jobs.database import Database
from artstyle.jobs.files import disk_errors, is_folder
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.job import Job, JobRequest, JobState
from artstyle.jobs.schema import MIGRATIONS, NEWEST

logger = logging.getLogger(__name__)

ADVICE = (
    "start it with --rebuild, which makes it anew from the folders of the jobs, "
    "or choose another folder with --data"
)


class Row(NamedTuple):
    id: str
    number: int
    job: Job | None  # None for what another version wrote and makes no sense here


class JobTable:
    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self.database = Database(folder.database, NEWEST, MIGRATIONS, advice=ADVICE)

    async def open(self) -> list[Row]:
        """Open or create the database and read all rows, by number; raises `DataError`."""
        await self.database.open()
        try:
            rows = await self.database.execute(
                "SELECT id, number, request, state FROM jobs ORDER BY number"
            )
        except sqlite3.Error as error:
            raise self.database.damaged(error) from error
        return [Row(id, number, _job(id, request, state)) for id, number, request, state in rows]

    async def write(self, request: JobRequest, state: JobState) -> None:
        """Store a job or its new state; raises `DiskError`."""
        with disk_errors():
            await self.database.execute(
                "INSERT INTO jobs VALUES (?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET state = excluded.state",
                _values(request, state),
                after=lambda: self._record(request, state),
            )

    async def add(self, jobs: Sequence[Job]) -> None:
        """Store jobs that were read from their records, all or none; raises `sqlite3.Error`."""
        values = [_values(job.request, job.state) for job in jobs]
        await self.database.execute_many("INSERT INTO jobs VALUES (?, ?, ?, ?)", values)

    def _record(self, request: JobRequest, state: JobState) -> None:
        for files in (self._folder.job(request.id), self._folder.arriving(request.id)):
            if is_folder(files.folder):
                record.write(files.record, request, state)

    async def delete(self, id: str) -> None:
        """Delete a row and mark the job as removed; raises `DiskError`."""
        with disk_errors():
            await self.database.execute("DELETE FROM jobs WHERE id = ?", (id,))

    async def removed(self) -> list[str]:
        """The ids of jobs that are removed and may still have files; raises `DiskError`."""
        with disk_errors():
            return [id for (id,) in await self.database.execute("SELECT id FROM removed")]

    async def forget(self, id: str) -> None:
        """Drop the mark of a removed job, whose files are gone; raises `DiskError`."""
        with disk_errors():
            await self.database.execute("DELETE FROM removed WHERE id = ?", (id,))

    async def probe(self) -> None:
        """Check that the database can be written; raises `DiskError`."""
        with disk_errors():
            await self.database.execute("UPDATE clock SET lived = lived")

    async def close(self) -> None:
        await self.database.close()


def _values(request: JobRequest, state: JobState) -> tuple[str | int, ...]:
    documents = [msgspec.json.encode(each).decode() for each in (request, state)]
    return request.id, request.number, *documents


def _job(id: str, request: str, state: str) -> Job | None:
    try:
        asked = msgspec.json.decode(request, type=JobRequest)
        return Job(request=asked, state=msgspec.json.decode(state, type=JobState))
    except (msgspec.MsgspecError, SettingsError) as error:
        logger.warning("job %s can't be read and is left out: %s", id, error)
        return None
