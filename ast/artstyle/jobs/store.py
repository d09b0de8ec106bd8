"""The list of jobs, in SQLite: what survives whatever happens to the process."""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from artstyle.errors import DataError, SettingsError
from artstyle.jobs.database import WHAT_TO_DO, Database
from artstyle.jobs.job import Job, Source, State
from artstyle.progress import LossParts, Step
from artstyle.settings import Settings

logger = logging.getLogger(__name__)

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
    "private",
)
SCHEMA = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, owner TEXT NOT NULL,
    key TEXT NOT NULL, state TEXT NOT NULL, preset TEXT,
    content TEXT NOT NULL, style TEXT NOT NULL, settings TEXT NOT NULL, used TEXT,
    created REAL NOT NULL, started REAL, ended REAL,
    step TEXT, preview INTEGER NOT NULL, stages INTEGER NOT NULL, milestone INTEGER NOT NULL,
    network TEXT, reason TEXT, private INTEGER NOT NULL
) STRICT
"""


class Store:
    """The jobs of a data folder."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is opened by `load`."""
        self._path = path
        self._database = Database(path, SCHEMA, VERSION)
        self.ids: list[str] = []
        """Of all jobs that were there, also of those that can't be read."""
        self._last_number = 0

    async def load(self) -> list[Job]:
        """Open the database, or make it, and give all jobs by number; raises `DataError`."""
        await self._database.open()
        try:
            rows = await self._database.execute(_SELECT)
        except sqlite3.Error as error:
            raise DataError(f"{self._path} is damaged ({error}): {WHAT_TO_DO}") from error
        self.ids = [row[0] for row in rows]
        self._last_number = max((row[1] for row in rows), default=0)
        return [job for row in rows if (job := _job(row)) is not None]

    def next_number(self) -> int:
        """Give a number higher than that of any job."""
        self._last_number += 1
        return self._last_number

    async def save(self, job: Job) -> None:
        """Write a job down as it is now; raises `sqlite3.Error`, as when the disk is full."""
        await self._database.execute(_UPSERT, _row(job))

    async def delete(self, id: str) -> None:
        """Forget a job; raises `sqlite3.Error`."""
        await self._database.execute("DELETE FROM jobs WHERE id = ?", (id,))

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()


_SELECT = f"SELECT {', '.join(COLUMNS)} FROM jobs ORDER BY number"
_UPSERT = (
    f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS)}"
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
        values["private"] = bool(values["private"])
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
