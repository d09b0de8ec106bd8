"""Pictures that come alone, kept for a day: one after the other they may become a pair."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from typing import Any

from telegram import Message

from artstyle.bot.database import BotDatabase

logger = logging.getLogger(__name__)

PAIR_SECONDS = 120.0  # between two pictures that may be meant as a pair
KEPT_SECONDS = 86_400.0


class Singles:
    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    async def add(self, message: Message) -> int | None:
        """Keep a picture's message; gives that of a picture shortly before, once for each."""
        now, chat = time.time(), message.chat_id
        await self._database.write("DELETE FROM singles WHERE received < ?", (now - KEPT_SECONDS,))
        row = (chat, message.message_id, message.to_json(), now)
        await self._database.write(
            "INSERT INTO singles (chat, message, document, received) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            row,
        )
        found = await self._read(
            "SELECT message FROM singles WHERE chat = ? AND message < ? AND received > ? "
            "AND paired = 0 ORDER BY message DESC LIMIT 1",
            (chat, message.message_id, now - PAIR_SECONDS),
        )
        if not found:
            return None
        (first,) = found[0]
        await self._database.write(
            "UPDATE singles SET paired = 1 WHERE chat = ? AND message IN (?, ?)",
            (chat, first, message.message_id),
        )
        return int(first)

    async def get(self, chat: int, message: int) -> dict[str, Any] | None:
        """A picture's message as JSON; ``None`` if it is too old."""
        found = await self._read(
            "SELECT document FROM singles WHERE chat = ? AND message = ?", (chat, message)
        )
        document: dict[str, Any] | None = json.loads(found[0][0]) if found else None
        return document

    async def last(self, chat: int) -> dict[str, Any] | None:
        """The message of the picture that came last, as JSON."""
        found = await self._read(
            "SELECT document FROM singles WHERE chat = ? ORDER BY message DESC LIMIT 1", (chat,)
        )
        document: dict[str, Any] | None = json.loads(found[0][0]) if found else None
        return document

    async def _read(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        try:
            return await self._database.execute(statement, values)
        except sqlite3.Error as error:
            logger.error("pictures that came alone can't be read (%s)", error)
            return []


def as_reply(second: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    """A message as JSON as if its picture had been sent in reply to another."""
    captions = [each["caption"] for each in (first, second) if each.get("caption")]
    said = {"caption": " ".join(captions)} if captions else {}
    return {**second, "reply_to_message": first, "caption_entities": [], **said}
