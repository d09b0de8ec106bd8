"""What each user is still to receive, kept on disk: it survives a crash."""

import logging
import sqlite3
from dataclasses import dataclass, fields
from enum import IntEnum
from pathlib import Path
from typing import Any, Self

from telegram import MaybeInaccessibleMessage, Message

from artstyle.bot.address import Address, topic_of
from artstyle.bot.choices import Choices
from artstyle.bot.database import BotDatabase
from artstyle.bot.inbox import Inbox
from artstyle.bot.singles import Singles
from artstyle.bot.speakers import Speaker, Speakers

logger = logging.getLogger(__name__)


class Sending(IntEnum):
    """What became of a form of the result."""

    WAITING = 0
    SENT = 1  # Telegram said so
    UNSURE = 2  # perhaps: Telegram's answer was lost
    NOT_ALLOWED = 3  # the chat doesn't allow it
    REFUSED = 4  # Telegram doesn't take it
    TOO_LARGE = 5  # Telegram wouldn't take it
    LEFT_OUT = 6  # Telegram would show it badly


@dataclass(slots=True, kw_only=True)  # its fields are the table's columns
class Delivery(Address):
    """What somebody is to receive of one job, and what was sent already."""

    job: str = ""
    user: int  # the speaker
    language: str
    status: int | None = None  # the bot's message that shows the progress
    milestone: int = 0  # the highest that was sent; saved before it is sent, so never sent twice
    shown: int | None = None  # the message with the intermediate picture, if it is edited
    photo: Sending = Sending.WAITING  # the result as a photo
    file: Sending = Sending.WAITING  # the result as a file; then only the last text is missing
    finished: bool = False  # whether there is nothing left to send

    @classmethod
    def to(cls, speaker: Speaker, message: MaybeInaccessibleMessage) -> Self:
        """A delivery in answer to a message, without a job yet."""
        thread = topic_of(message) if isinstance(message, Message) else None
        return cls(
            chat=message.chat.id,
            thread=thread,
            reply_to=message.message_id,
            user=speaker.id,
            language=speaker.language,
        )

    def move(self, chat: int) -> None:
        Address.move(self, chat)
        self.status = self.shown = None


class Deliveries:
    """All deliveries, the inbox of messages that weren't handled yet, and pictures alone
    or of which there is a choice."""

    def __init__(self, folder: Path) -> None:
        self._database = BotDatabase(folder)
        self.inbox, self.singles = Inbox(self._database), Singles(self._database)
        self.choices = Choices(self._database)
        self.speakers = Speakers(self._database)
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
        await self.speakers.load()

    async def _load(self, number: int, row: list[Any]) -> None:
        """Take in a row, or drop it if it can't be read."""
        try:
            values: list[Any] = [x.decode() if isinstance(x, bytes) else x for x in row]
            delivery = Delivery(**dict(zip(NAMES, values, strict=True)))
            delivery.photo, delivery.file = Sending(delivery.photo), Sending(delivery.file)
        except ValueError:
            logger.warning("delivery %s can't be read: it is dropped", number)
            await self._database.write("DELETE FROM deliveries WHERE rowid = ?", (number,))
        else:
            self.known[delivery.job] = delivery

    async def close(self) -> None:
        await self._database.close()

    def answers(self, chat: int, message: int) -> bool:
        """Whether an album is a job already: after a crash its messages may come again."""
        return any((each.chat, each.reply_to) == (chat, message) for each in self.known.values())

    async def save(self, delivery: Delivery) -> None:
        self.known[delivery.job] = delivery
        await self._database.write(
            f"INSERT OR REPLACE INTO deliveries ({', '.join(NAMES)}) VALUES ({MARKS})",
            tuple(getattr(delivery, name) for name in NAMES),
        )

    async def delete(self, delivery: Delivery) -> None:
        self.known.pop(delivery.job, None)
        await self._database.write("DELETE FROM deliveries WHERE job = ?", (delivery.job,))


NAMES = [each.name for each in fields(Delivery)]
MARKS = ", ".join("?" for _ in NAMES)
# Texts as bytes: SQLite would refuse all rows because of one that isn't UTF-8.
COLUMNS = ", ".join(
    f"CAST({each.name} AS BLOB)" if each.type is str else each.name for each in fields(Delivery)
)
