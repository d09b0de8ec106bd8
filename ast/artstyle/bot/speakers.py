"""Who speaks to the bot: a person, or a chat in whose name somebody writes."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import Message, User

from artstyle.bot.texts import Texts, texts


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person, an anonymous administrator's group, or a channel; chats have negative ids."""

    id: int
    language: str

    @classmethod
    def of(cls, message: Message) -> Speaker | None:
        """Who wrote a message: for a chat, Telegram names the same stand-in user everywhere."""
        user, chat = message.from_user, message.sender_chat
        if chat is not None:
            return cls(chat.id, language_of(user))
        return None if user is None else cls(user.id, language_of(user))

    @classmethod
    def pressing(cls, user: User) -> Speaker:
        return cls(user.id, language_of(user))

    @property
    def words(self) -> Texts:
        return texts(self.language)


def language_of(user: User | None) -> str:
    return (user and user.language_code) or "en"


def owner(speaker: int) -> str:
    """A speaker's name as the owner of jobs."""
    return f"tg:{speaker}"


def speaker_of(owner: str) -> int | None:
    """The speaker who owns a job; ``None`` for a job that came another way."""
    kind, _, number = owner.partition(":")
    return int(number) if kind == "tg" and number.removeprefix("-").isdecimal() else None
