"""Albums of several paintings, kept for a day with what their users want: a blend, or one each."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, Literal, get_args

from telegram import Message

from artstyle.bot.database import BotDatabase

logger = logging.getLogger(__name__)

Choice = Literal["blend", "each"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
KEPT_SECONDS = 86_400.0


class Choices:
    """An album is known by its chat and its first message."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    async def keep(self, messages: Sequence[Message]) -> None:
        """Keep an album until its user has chosen."""
        first, now = messages[0], time.time()
        await self._database.write("DELETE FROM choices WHERE received < ?", (now - KEPT_SECONDS,))
        documents = json.dumps([json.loads(each.to_json()) for each in messages])
        await self._database.write(
            "INSERT INTO choices (chat, message, documents, received) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            (first.chat_id, first.message_id, documents, now),
        )

    async def album(self, chat: int, message: int) -> list[dict[str, Any]]:
        """An album's messages as JSON; none if it is too old."""
        found = await self._read("documents", chat, message)
        documents: list[dict[str, Any]] = json.loads(found) if found else []
        return documents

    async def choose(self, chat: int, message: int, choice: Choice) -> None:
        """Remember what a user wants; the first choice counts."""
        await self._database.write(
            "UPDATE choices SET choice = ? WHERE chat = ? AND message = ? AND choice IS NULL",
            (choice, chat, message),
        )

    async def chosen(self, chat: int, message: int) -> Choice | None:
        found = await self._read("choice", chat, message)
        return next((each for each in CHOICES if each == found), None)

    async def _read(self, column: str, chat: int, message: int) -> str | None:
        query = f"SELECT {column} FROM choices WHERE chat = ? AND message = ?"
        try:
            rows = await self._database.execute(query, (chat, message))
        except sqlite3.Error as error:
            logger.error("albums of several paintings can't be read (%s)", error)
            return None
        return rows[0][0] if rows else None
