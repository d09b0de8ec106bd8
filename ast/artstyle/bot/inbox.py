"""The inbox: messages that were received and not handled yet, kept on disk."""

import json
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telegram import Bot, Message

from artstyle.bot.database import BotDatabase
from artstyle.errors import GivenUp

logger = logging.getLogger(__name__)

ATTEMPTS = 2  # lives of the program that may end while they read the same pictures

Place = tuple[int, int]  # chat, message


class Inbox:
    """Messages stay until they were handled, so the next start can handle them."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database
        self._attempts: dict[Place, int] = {}  # in earlier lives
        self._answers: dict[Place, int | None] = {}  # the bot's message that shows the progress

    async def keep(self, chat: int, message: int, document: str) -> None:
        """Save a message as JSON; one that comes again keeps the count of its attempts."""
        await self._database.write(
            "INSERT INTO inbox (chat, message, document) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET document = excluded.document",
            (chat, message, document),
        )

    async def messages(self, bot: Bot) -> list[Message]:
        """All messages, the oldest first; those that can't be read are dropped."""
        try:
            rows = await self._database.execute(
                "SELECT chat, message, CAST(document AS BLOB), attempts, status "
                "FROM inbox ORDER BY rowid"
            )
        except sqlite3.Error as error:
            logger.error("albums that weren't handled yet can't be read (%s)", error)
            return []
        found = []
        for chat, id, document, attempts, status in rows:
            self._attempts[chat, id], self._answers[chat, id] = attempts, status
            message = _parsed(document, (chat, id), bot)
            if message is None:
                logger.warning("message %s of chat %s can't be read: it is dropped", id, chat)
                await self.drop(chat, id)
            else:
                found.append(message)
        return found

    async def drop(self, chat: int, message: int) -> None:
        for known in (self._attempts, self._answers):
            known.pop((chat, message), None)
        await self._database.write(
            "DELETE FROM inbox WHERE chat = ? AND message = ?", (chat, message)
        )

    def answer(self, chat: int, message: int) -> int | None:
        """The bot's answer to an album in an earlier life, which goes on showing the progress."""
        return self._answers.get((chat, message))

    async def answered(self, chat: int, message: int, status: int) -> None:
        await self._database.write(
            "UPDATE inbox SET status = ? WHERE chat = ? AND message = ?", (status, chat, message)
        )

    @asynccontextmanager
    async def attempt(self, chat: int, message: int) -> AsyncIterator[None]:
        """Count an attempt while it lasts, for the case that the program dies of it.

        Raises `GivenUp` if that has happened too often. A stop of the program doesn't count.
        """
        if self._attempts.get((chat, message), 0) >= ATTEMPTS:
            raise GivenUp
        await self._count(chat, message, 1)
        try:
            yield
        except BaseException:
            await self._count(chat, message, -1)
            raise

    async def _count(self, chat: int, message: int, change: int) -> None:
        await self._database.write(
            "UPDATE inbox SET attempts = attempts + ? WHERE chat = ? AND message = ?",
            (change, chat, message),
        )


def _parsed(document: bytes, place: Place, bot: Bot) -> Message | None:
    """The message of a row; ``None`` unless it belongs to a pair, and is the one it should be."""
    try:
        message = Message.de_json(json.loads(document), bot)
        there = message.chat_id, message.message_id
        paired = message.media_group_id or message.reply_to_message
        return message if there == place and paired else None
    except Exception:  # the library raises whatever its parser comes across
        return None
