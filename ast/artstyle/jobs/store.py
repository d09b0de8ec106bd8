"""The list of jobs, in SQLite: what survives whatever happens to the process."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from artstyle.errors import DataError, SettingsError
from artstyle.jobs.job import Job, Source, State
from artstyle.progress import LossParts, Step
from artstyle.settings import Settings

logger = logging.getLogger(__name__)

T = TypeVar("T")
VERSION = 1
COLUMNS = (
    "id",
    "number",
    "owner",
    "key",
    "state",
    "preset",
    "content",
    "style",
    "settings",
    "used",
    "created",
    "started",
    "ended",
    "step",
    "preview",
    "stages",
    "milestone",
    "network",
    "reason",
)
SCHEMA = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, owner TEXT NOT NULL,
    key TEXT NOT NULL, state TEXT NOT NULL, preset TEXT,
    content TEXT NOT NULL, style TEXT NOT NULL, settings TEXT NOT NULL, used TEXT,
    created REAL NOT NULL, started REAL, ended REAL,
    step TEXT, preview INTEGER NOT NULL, stages INTEGER NOT NULL, milestone INTEGER NOT NULL,
    network TEXT, reason TEXT
) STRICT
"""


class Store:
    """A database of jobs with a thread of its own, so that no disk stops the event loop."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is opened by `load`."""
        self._path = path
        self._thread = ThreadPoolExecutor(1, "store")
        self._database: sqlite3.Connection | None = None
        self.ids: list[str] = []
        """Of all jobs that were there, also of those that can't be read."""

    async def load(self) -> list[Job]:
        """Open the database, or make it, and give all jobs by number; raises `DataError`."""
        return await self._do(self._load)

    async def save(self, job: Job) -> None:
        """Write a job down as it is now; raises `sqlite3.Error`, as when the disk is full."""
        row = _row(job)
        await self._do(lambda: self._execute(_UPSERT, row))

    async def delete(self, id: str) -> None:
        """Forget a job; raises `sqlite3.Error`."""
        await self._do(lambda: self._execute("DELETE FROM jobs WHERE id = ?", (id,)))

    async def close(self) -> None:
        """Close the database."""
        await self._do(self._close)
        self._thread.shutdown(wait=False)

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _load(self) -> list[Job]:
        try:
            self._open()
            rows = self._execute(f"SELECT {', '.join(COLUMNS)} FROM jobs ORDER BY number")
        except sqlite3.Error as error:
            raise DataError(
                f"{self._path} can't be read ({error}): move it away to begin anew, "
                "or name another folder with --data"
            ) from error
        self.ids = [row[0] for row in rows]
        return [job for row in rows if (job := _job(row)) is not None]

    def _open(self) -> None:
        # a statement is a transaction; one thread at a time uses the connection
        self._database = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = FULL")  # a job that was taken survives a power failure
        ((version,),) = self._execute("PRAGMA user_version")
        if version > VERSION:
            raise DataError(
                f"{self._path} was written by a newer version of this program: update it, "
                "or name another folder with --data"
            )
        if version == 0:
            self._execute("BEGIN")
            self._execute(SCHEMA)
            self._execute(f"PRAGMA user_version = {VERSION}")
            self._execute("COMMIT")

    def _execute(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        assert self._database is not None
        return self._database.execute(statement, values).fetchall()

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()


_UPSERT = (
    f"INSERT OR REPLACE INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
)


def _row(job: Job) -> tuple[Any, ...]:
    documents = {
        "content": asdict(job.content),
        "style": asdict(job.style),
        "settings": job.settings.as_dict(),
        "used": job.used.as_dict() if job.used else None,
        "step": asdict(job.step) if job.step else None,
    }
    return tuple(
        getattr(job, name)
        if name not in documents
        else None
        if documents[name] is None
        else json.dumps(documents[name])
        for name in COLUMNS
    )


def _job(row: tuple[Any, ...]) -> Job | None:
    """Read a row; one that another version wrote and that makes no sense here is left alone."""
    values = dict(zip(COLUMNS, row, strict=True))
    try:
        values["state"] = State(values["state"])
        values["settings"] = _settings(json.loads(values["settings"]))
        values["used"] = _settings(json.loads(values["used"])) if values["used"] else None
        values["step"] = _step(json.loads(values["step"])) if values["step"] else None
        for name in ("content", "style"):
            source = json.loads(values[name])
            values[name] = Source(source["name"], tuple(source["size"]))
        return Job(**values)
    except (ValueError, TypeError, KeyError, AttributeError, SettingsError) as error:
        logger.warning("job %s can't be read and is left out: %s", values["id"], error)
        return None


def _settings(document: dict[str, Any]) -> Settings:
    known = {field.name for field in fields(Settings)}
    return Settings(**{name: value for name, value in document.items() if name in known})


def _step(document: dict[str, Any]) -> Step:
    document["sizes"] = tuple(tuple(size) for size in document["sizes"])
    document["size"] = tuple(document["size"])
    document["levels"] = tuple(LossParts(**level) for level in document["levels"])
    return Step(**document)
