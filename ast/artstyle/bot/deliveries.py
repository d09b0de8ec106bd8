"""What each user is still owed, written down: it survives whatever happens to the process."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from artstyle.errors import DataError
from artstyle.jobs.database import WHAT_TO_DO, Database, Row

logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE deliveries (
    job TEXT PRIMARY KEY, chat INTEGER NOT NULL, user INTEGER NOT NULL, reply_to INTEGER,
    status INTEGER, language TEXT NOT NULL, milestone INTEGER NOT NULL,
    photo INTEGER NOT NULL, file INTEGER NOT NULL, finished INTEGER NOT NULL
) STRICT;
CREATE TABLE inbox (
    chat INTEGER NOT NULL, message INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (chat, message)
) STRICT
"""
VERSION = 1


@dataclass(slots=True)
class Delivery:
    """One job's results on their way to a user."""

    job: str
    chat: int
    user: int
    reply_to: int | None
    """The message that is answered."""
    status: int | None
    """The message that tells how it goes."""
    language: str
    milestone: int = 0
    """The highest that was sent; written down before it is sent, so that none comes twice."""
    photo: bool = False
    """Whether the final photo was sent."""
    file: bool = False
    """Whether the file was sent; what is left then is the last word."""
    finished: bool = False
    """Whether nothing is owed any more."""


class Deliveries:
    """All that is owed, and the messages that were not worked on yet.

    A full disk is told in the log alone: nobody gets less for it while the program runs.
    """

    def __init__(self, folder: Path) -> None:
        """Keep it in the data folder."""
        self._path = folder / "bot.sqlite"
        self._database = Database(self._path, SCHEMA, VERSION)

    async def open(self) -> list[Delivery]:
        """Open the database and give all deliveries, also finished ones; raises `DataError`."""
        await self._database.open()
        try:
            rows = await self._database.execute(f"SELECT {COLUMNS} FROM deliveries ORDER BY rowid")
        except sqlite3.Error as error:
            raise DataError(f"{self._path} is damaged ({error}): {WHAT_TO_DO}") from error
        return [_delivery(row) for row in rows]

    async def save(self, delivery: Delivery) -> None:
        """Write a delivery down as it is now."""
        await self._write(
            f"INSERT OR REPLACE INTO deliveries ({COLUMNS}) VALUES ({MARKS})", astuple(delivery)
        )

    async def delete(self, delivery: Delivery) -> None:
        """Forget the delivery of a job that is no longer kept."""
        await self._write("DELETE FROM deliveries WHERE job = ?", (delivery.job,))

    async def keep(self, chat: int, message: int, document: str) -> None:
        """Keep a message until it has become part of a job."""
        await self._write(
            "INSERT OR REPLACE INTO inbox VALUES (?, ?, ?)", (chat, message, document)
        )

    async def kept(self) -> list[str]:
        """Give the messages that an interruption has left."""
        rows = await self._database.execute("SELECT document FROM inbox ORDER BY rowid")
        return [row[0] for row in rows]

    async def drop(self, chat: int, message: int) -> None:
        """Forget a message."""
        await self._write("DELETE FROM inbox WHERE chat = ? AND message = ?", (chat, message))

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()

    async def _write(self, statement: str, values: Row) -> None:
        try:
            await self._database.execute(statement, values)
        except sqlite3.Error as error:
            logger.error("what users are owed could not be written down (%s)", error)


COLUMNS = ", ".join(field.name for field in fields(Delivery))
MARKS = ", ".join("?" for _ in fields(Delivery))


def _delivery(row: Row) -> Delivery:
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    return Delivery(**values | {name: bool(values[name]) for name in ("photo", "file", "finished")})
