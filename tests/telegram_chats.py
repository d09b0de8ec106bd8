"""Chats as their members see them: the messages, how they were edited, and their buttons."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.telegram_limits import ApiError, Json, bad

PATIENCE = 30.0  # seconds that a test waits for the bot, on a busy machine
Look = Callable[["Chat"], object]


@dataclass(frozen=True)
class Button:
    message: Message
    text: str
    data: str


@dataclass(frozen=True)
class Version:
    """What a message showed before or after an edit."""

    text: str | None
    caption: str | None
    buttons: tuple[str, ...]


@dataclass(eq=False)
class Message:
    """A message of a user or of the bot."""

    chat: Chat
    sender: Json
    message_id: int = 0
    date: int = field(default_factory=lambda: int(time.time()))
    text: str | None = None
    caption: str | None = None
    entities: list[Json] = field(default_factory=list)
    media: Json = field(default_factory=dict)  # such as {"photo": [PhotoSize, …]}
    photo: bytes | None = None  # the bytes as the sender sent them
    document: bytes | None = None
    file_name: str | None = None
    keyboard: Json | None = None
    reply_to: Message | None = None
    album: str | None = None
    forwarded: Json | None = None
    silent: bool = False
    deleted: bool = False
    edited: int | None = None
    versions: list[Version] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keep_version()

    @property
    def by_bot(self) -> bool:
        return bool(self.sender["is_bot"])

    @property
    def content(self) -> tuple[object, ...]:
        return self.text, self.caption, self.entities, self.keyboard

    @property
    def buttons(self) -> list[Button]:
        rows = self.keyboard["inline_keyboard"] if self.keyboard else []
        return [Button(self, one["text"], one["callback_data"]) for row in rows for one in row]

    def button(self, text: str) -> Button:
        found = [button for button in self.buttons if button.text == text]
        assert found, f"no button {text!r} among {[button.text for button in self.buttons]}"
        return found[0]

    def keep_version(self) -> None:
        shown = tuple(button.text for button in self.buttons)
        self.versions.append(Version(self.text, self.caption, shown))

    def json(self, *, nested: bool = False) -> Json:
        reply = self.reply_to.json(nested=True) if self.reply_to and not nested else None
        described = "entities" if self.text is not None else "caption_entities"
        optional = {
            "text": self.text,
            "caption": self.caption or None,
            described: self.entities or None,
            "reply_to_message": reply,
            "media_group_id": self.album,
            "forward_origin": self.forwarded,
            "reply_markup": self.keyboard,
            "edit_date": self.edited,
        }
        said = {name: value for name, value in optional.items() if value is not None}
        always = {"message_id": self.message_id, "from": self.sender, "date": self.date}
        return {**always, "chat": self.chat.json, **self.media, **said}

    def __str__(self) -> str:
        """Describe the message in a line, for the report of a failed test."""
        who = self.sender["first_name"]
        what = self.text or " ".join(filter(None, [*self.media, self.caption]))
        buttons = "".join(f" [{button.text}]" for button in self.buttons)
        return f"{self.message_id} {who}: {what}{buttons}{' (deleted)' * self.deleted}"


class Chat:
    def __init__(
        self,
        changed: asyncio.Condition,
        numbers: Iterator[int],
        json: Json,
        closed: ApiError | None = None,
    ) -> None:
        """Start an empty chat; while it is closed, that is what the bot's calls get."""
        self.json = json
        self.closed = closed
        self.messages: list[Message] = []
        self._changed = changed
        self._numbers = numbers

    @property
    def id(self) -> int:
        return int(self.json["id"])

    @property
    def private(self) -> bool:
        return bool(self.json["type"] == "private")

    @property
    def from_bot(self) -> list[Message]:
        return [one for one in self.messages if one.by_bot and not one.deleted]

    @property
    def photos(self) -> list[Message]:
        return [one for one in self.from_bot if one.photo is not None]

    @property
    def documents(self) -> list[Message]:
        return [one for one in self.from_bot if one.document is not None]

    @property
    def texts(self) -> list[str]:
        return [one.text or one.caption or "" for one in self.from_bot]

    def add(self, message: Message) -> Message:
        message.message_id = next(self._numbers)
        self.messages.append(message)
        return message

    def find(self, message_id: int, purpose: str = "to edit") -> Message:
        for message in self.messages:
            if message.message_id == message_id and not message.deleted:
                return message
        raise bad(f"message {purpose} not found")

    async def until(self, look: Look, seconds: float = PATIENCE) -> None:
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: look(self))
        except TimeoutError:
            seen = "\n".join(map(str, self.messages)) or "nothing"
            raise AssertionError(f"this did not happen; the chat shows:\n{seen}") from None
