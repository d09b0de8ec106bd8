"""The list of jobs, in SQLite: it survives the end of the process at any moment."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import msgspec

from artstyle.errors import DataError, SettingsError
from artstyle.jobs.database import WHAT_TO_DO, Database
from artstyle.jobs.job import Job, JobRequest, JobState

logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE,
    request TEXT NOT NULL, state TEXT NOT NULL
) STRICT
"""
# Version 1 had a column for each field, and failures as English sentences.
FROM_VERSION_1 = f"""
ALTER TABLE jobs RENAME TO jobs_1;
{SCHEMA};
INSERT INTO jobs SELECT id, number,
    json_object(
        'id', id, 'number', number, 'owner', owner, 'created', created,
        'content', iif(json_valid(content), json(content), NULL),
        'style', iif(json_valid(style), json(style), NULL),
        'settings', iif(json_valid(settings), json(settings), NULL),
        'preset', preset, 'key', key, 'private', json(iif(private, 'true', 'false'))
    ),
    json_object(
        'status', state, 'started', started, 'ended', ended,
        'used', iif(json_valid(used), json(used), NULL),
        'step', iif(json_valid(step), json(step), NULL),
        'preview', preview, 'stages', stages, 'milestone', milestone, 'network', network,
        'failure', iif(
            reason IS NULL, NULL,
            json_object('code', 'recorded', 'data', json_object('reason', reason))
        )
    )
FROM jobs_1;
DROP TABLE jobs_1
"""


class Store:
    """The jobs of a data folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = Database(path, SCHEMA, [FROM_VERSION_1])
        self.ids: list[str] = []
        """Of all jobs that were there, including those that can't be read."""
        self._last_number = 0

    async def load(self) -> list[Job]:
        """Open or create the database and return all jobs by number; raises `DataError`."""
        await self._database.open()
        try:
            rows = await self._database.execute(
                "SELECT id, number, request, state FROM jobs ORDER BY number"
            )
        except sqlite3.Error as error:
            raise DataError(f"{self._path} is damaged ({error}): {WHAT_TO_DO}") from error
        self.ids = [row[0] for row in rows]
        self._last_number = max((row[1] for row in rows), default=0)
        jobs = [_job(id, request, state) for id, _, request, state in rows]
        return [job for job in jobs if job is not None]

    def next_number(self) -> int:
        """A number higher than that of any job."""
        self._last_number += 1
        return self._last_number

    async def save(self, request: JobRequest, state: JobState) -> None:
        """Write a job; raises `sqlite3.Error`, as when the disk is full."""
        await self._database.execute(
            "INSERT INTO jobs (id, number, request, state) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET state = excluded.state",
            (request.id, request.number, _dump(request), _dump(state)),
        )

    async def delete(self, id: str) -> None:
        """Delete a job; raises `sqlite3.Error`."""
        await self._database.execute("DELETE FROM jobs WHERE id = ?", (id,))

    async def close(self) -> None:
        await self._database.close()


def _dump(record: JobRequest | JobState) -> str:
    return msgspec.json.encode(record).decode()


def _job(id: str, request: str, state: str) -> Job | None:
    """A row that another version wrote and that makes no sense here is left alone."""
    try:
        return Job(
            request=msgspec.json.decode(request, type=JobRequest),
            state=msgspec.json.decode(state, type=JobState),
        )
    except (msgspec.MsgspecError, SettingsError) as error:
        logger.warning("job %s can't be read and is left out: %s", id, error)
        return None
