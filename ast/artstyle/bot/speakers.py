"""Who speaks to the bot: a person, or a chat in whose name somebody writes."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass

from telegram import Message, User

from artstyle.bot.database import BotDatabase
from artstyle.bot.texts import LANGUAGES, Texts, texts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person, an anonymous administrator's group, or a channel; chats have negative ids."""

    id: int
    language: str

    @property
    def words(self) -> Texts:
        return texts(self.language)


class Speakers:
    """Knows which language somebody chose with /language; else it is that of their client."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database
        self._chosen: dict[int, str] = {}

    async def load(self) -> None:
        try:
            rows = await self._database.execute("SELECT speaker, language FROM languages")
        except sqlite3.Error as error:
            logger.error("the languages that users chose can't be read (%s)", error)
        else:
            self._chosen = {id: language for id, language in rows if language in LANGUAGES}

    async def choose(self, id: int, language: str) -> None:
        if language in LANGUAGES:
            self._chosen[id] = language
            await self._database.write(
                "INSERT OR REPLACE INTO languages (speaker, language) VALUES (?, ?)", (id, language)
            )

    def of(self, message: Message) -> Speaker | None:
        """Who wrote a message: for a chat, Telegram names the same stand-in user everywhere."""
        user, chat = message.from_user, message.sender_chat
        who = chat or user
        return None if who is None else self._speaker(who.id, user)

    def pressing(self, user: User, chat: int | None = None) -> Speaker:
        """Who pressed a button, perhaps for a chat."""
        language = self._speaker(user.id, user).language
        return Speaker(user.id if chat is None else chat, language)

    def _speaker(self, id: int, user: User | None) -> Speaker:
        return Speaker(id, self._chosen.get(id) or (user and user.language_code) or "en")


def owner(speaker: int) -> str:
    """A speaker's name as the owner of jobs."""
    return f"tg:{speaker}"


def speaker_of(owner: str) -> int | None:
    """The speaker who owns a job; ``None`` for a job that came another way."""
    kind, _, number = owner.partition(":")
    return int(number) if kind == "tg" and number.removeprefix("-").isdecimal() else None
