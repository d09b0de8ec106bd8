"""What each user is still to receive, kept on disk: it survives a crash."""

import logging
import sqlite3
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, Self

from telegram import MaybeInaccessibleMessage, User

from artstyle.bot.database import BotDatabase
from artstyle.bot.inbox import Inbox

logger = logging.getLogger(__name__)


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
    """All deliveries, and the inbox of messages that weren't handled yet."""

    def __init__(self, folder: Path) -> None:
        self._database = BotDatabase(folder)
        self.inbox = Inbox(self._database)
        # By job, the oldest first; finished ones stay until their job is removed.
        self.known: dict[str, Delivery] = {}

    async def open(self) -> None:
        """Open the database and load all deliveries; raises `DataError`."""
        await self._database.open()
        try:
            rows = await self._database.execute(
                f"SELECT rowid, {COLUMNS} FROM deliveries ORDER BY rowid"
            )
        except sqlite3.Error as error:
            raise self._database.damaged(error) from error
        for number, *row in rows:
            await self._load(number, row)

    async def _load(self, number: int, row: list[Any]) -> None:
        """Take in a row, or drop it if it can't be read."""
        try:
            values: list[Any] = [x.decode() if isinstance(x, bytes) else x for x in row]
        except UnicodeDecodeError:
            logger.warning("delivery %s can't be read: it is dropped", number)
            await self._database.write("DELETE FROM deliveries WHERE rowid = ?", (number,))
        else:
            self.known[values[0]] = Delivery(*values)

    async def close(self) -> None:
        await self._database.close()

    def answers(self, chat: int, message: int) -> bool:
        """Whether an album is a job already: after a crash its messages may come again."""
        return any((each.chat, each.reply_to) == (chat, message) for each in self.known.values())

    async def save(self, delivery: Delivery) -> None:
        self.known[delivery.job] = delivery
        await self._database.write(
            f"INSERT OR REPLACE INTO deliveries VALUES ({MARKS})", astuple(delivery)
        )

    async def delete(self, delivery: Delivery) -> None:
        self.known.pop(delivery.job, None)
        await self._database.write("DELETE FROM deliveries WHERE job = ?", (delivery.job,))


MARKS = ", ".join("?" for _ in fields(Delivery))
# Texts as bytes: SQLite would refuse all rows because of one that isn't UTF-8.
COLUMNS = ", ".join(
    f"CAST({each.name} AS BLOB)" if each.type is str else each.name for each in fields(Delivery)
)
