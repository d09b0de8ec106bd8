"""What each user is still to receive, kept on disk: it survives a crash."""

import logging
import sqlite3
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Self

from telegram import MaybeInaccessibleMessage, User

from artstyle.jobs.database import Database, Row

logger = logging.getLogger(__name__)

ADVICE = "move it away: all pictures stay, but the bot no longer knows who waits for them"

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


@dataclass(slots=True)  # its fields are the table's columns
class Delivery:
    """What a user is to receive of one job, and what was sent already."""

    job: str
    chat: int
    user: int
    reply_to: int | None  # the message with the pictures
    status: int | None  # the bot's message that shows the progress
    language: str
    milestone: int = 0  # the highest that was sent; saved before it is sent, so never sent twice
    photo: bool = False  # whether the result was sent as a photo
    file: bool = False  # whether the result was sent as a file; then only the last text is missing
    finished: bool = False  # whether everything was sent

    @classmethod
    def to(cls, user: User, message: MaybeInaccessibleMessage) -> Self:
        """A delivery to a user in answer to a message, without a job yet."""
        language = user.language_code or "en"
        return cls("", message.chat.id, user.id, message.message_id, None, language)


def owner(user: int) -> str:
    """The user's name as the owner of jobs."""
    return f"tg:{user}"


class Deliveries:
    """All deliveries, and the inbox of messages that weren't handled yet.

    A full disk is only logged: while the program runs, users still receive everything.
    """

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "bot.sqlite", SCHEMA, advice=ADVICE)
        # By job, the oldest first; finished ones stay until their job is removed.
        self.known: dict[str, Delivery] = {}

    async def open(self) -> None:
        """Open the database and load all deliveries; raises `DataError`."""
        await self._database.open()
        try:
            rows = await self._database.execute("SELECT * FROM deliveries ORDER BY rowid")
        except sqlite3.Error as error:
            raise self._database.damaged(error) from error
        self.known = {row[0]: Delivery(*row) for row in rows}

    async def close(self) -> None:
        await self._database.close()

    def answers(self, chat: int, message: int) -> bool:
        """Whether an album is a job already: after a crash its messages may come again."""
        return any((each.chat, each.reply_to) == (chat, message) for each in self.known.values())

    async def save(self, delivery: Delivery) -> None:
        self.known[delivery.job] = delivery
        await self._write(f"INSERT OR REPLACE INTO deliveries VALUES ({MARKS})", astuple(delivery))

    async def delete(self, delivery: Delivery) -> None:
        self.known.pop(delivery.job, None)
        await self._write("DELETE FROM deliveries WHERE job = ?", (delivery.job,))

    async def keep(self, chat: int, message: int, document: str) -> None:
        """Put a message, as JSON, into the inbox."""
        await self._write(
            "INSERT OR REPLACE INTO inbox VALUES (?, ?, ?)", (chat, message, document)
        )

    async def inbox(self) -> list[str]:
        rows = await self._database.execute("SELECT document FROM inbox ORDER BY rowid")
        return [row[0] for row in rows]

    async def drop(self, chat: int, message: int) -> None:
        """Remove a message from the inbox."""
        await self._write("DELETE FROM inbox WHERE chat = ? AND message = ?", (chat, message))

    async def _write(self, statement: str, values: Row) -> None:
        try:
            await self._database.execute(statement, values)
        except sqlite3.Error as error:
            logger.error("what the bot's users are to receive can't be saved (%s)", error)


MARKS = ", ".join("?" for _ in fields(Delivery))
