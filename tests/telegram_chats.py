"""Chats as their members see them: the messages, how they were edited, and their buttons."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.telegram_limits import ApiError, Json, bad

PATIENCE = 30.0  # seconds that a test waits for the bot, on a busy machine


@dataclass(frozen=True)
class Button:
    message: Message
    text: str
    data: str


@dataclass(eq=False)
class Message:
    """A message of a user or of the bot."""

    chat: Chat
    sender: Json
    message_id: int = 0
    text: str | None = None
    caption: str | None = None
    entities: list[Json] = field(default_factory=list)
    media: Json = field(default_factory=dict)  # such as {"photo": [PhotoSize, …]}
    photo: bytes | None = None  # the bytes as the sender sent them
    document: bytes | None = None
    animation: bytes | None = None
    video: bytes | None = None
    file_name: str | None = None
    keyboard: Json | None = None
    reply_to: Message | None = None
    album: str | None = None
    forwarded: Json | None = None
    thread: int | None = None  # the topic of a forum
    sender_chat: Json | None = None  # in whose name the sender writes
    silent: bool = False
    deleted: bool = False
    versions: list[str | None] = field(default_factory=list)  # the text after each edit

    def __post_init__(self) -> None:
        self.versions.append(self.text)

    @property
    def by_bot(self) -> bool:
        return bool(self.sender["is_bot"]) and self.sender_chat is None

    @property
    def buttons(self) -> list[Button]:
        rows = self.keyboard["inline_keyboard"] if self.keyboard else []
        return [Button(self, one["text"], one["callback_data"]) for row in rows for one in row]

    def button(self, text: str) -> Button:
        return {button.text: button for button in self.buttons}[text]

    def json(self, *, nested: bool = False) -> Json:
        reply = self.reply_to.json(nested=True) if self.reply_to and not nested else None
        optional = {
            "text": self.text,
            "caption": self.caption or None,
            "entities" if self.text is not None else "caption_entities": self.entities or None,
            "reply_to_message": reply,
            "media_group_id": self.album,
            "forward_origin": self.forwarded,
            "reply_markup": self.keyboard,
            "sender_chat": self.sender_chat,
            "message_thread_id": self.thread,
            "is_topic_message": True if self.thread is not None else None,
        }
        said = {name: value for name, value in optional.items() if value is not None}
        always = {"message_id": self.message_id, "from": self.sender, "date": int(time.time())}
        return {**always, "chat": self.chat.json, **self.media, **said}

    def __str__(self) -> str:
        """Describe the message in a line, for the report of a failed test."""
        what = self.text or " ".join(filter(None, [*self.media, self.caption]))
        buttons = "".join(f" [{button.text}]" for button in self.buttons)
        who = self.sender["first_name"]
        return f"{self.message_id} {who}: {what}{buttons}{' (deleted)' * self.deleted}"


class Chat:
    """A chat; while it is closed, that is what the bot's calls get."""

    def __init__(self, changed: asyncio.Condition, numbers: Iterator[int], json: Json) -> None:
        self.json, self._changed, self._numbers = json, changed, numbers
        self.id, self.private = int(json["id"]), json["type"] == "private"
        self.closed: ApiError | None = None
        self.forbids: set[str] = set()  # "photos", "documents" or "text messages"
        self.topics: set[int] = set()
        self.closed_topics: set[int | None] = set()  # None is General
        self.administrators: set[int] = set()
        self.hides_members = False  # as channels do from bots that aren't in them
        self.messages: list[Message] = []

    @property
    def from_bot(self) -> list[Message]:
        return [one for one in self.messages if one.by_bot and not one.deleted]

    @property
    def photos(self) -> list[Message]:
        return [one for one in self.from_bot if one.photo is not None]

    @property
    def videos(self) -> list[Message]:
        return [one for one in self.from_bot if one.video is not None]

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

    def check(self, kind: str, thread: int | None) -> None:
        """Refuse what the chat's rules don't let a bot send."""
        if thread is not None and thread not in self.topics:
            raise bad("message thread not found")
        if thread in self.closed_topics:
            raise bad("TOPIC_CLOSED")
        if kind in self.forbids:
            raise bad(f"not enough rights to send {kind} to the chat")

    def find(self, message_id: int, purpose: str = "to edit") -> Message:
        for message in self.messages:
            if message.message_id == message_id and not message.deleted:
                return message
        raise bad(f"message {purpose} not found")

    async def until(self, look: Callable[[Chat], object], seconds: float = PATIENCE) -> None:
        await happens(self._changed, lambda: look(self), self.messages, seconds)


async def happens(
    changed: asyncio.Condition, look: Callable[[], object], seen: Iterable[Message], seconds: float
) -> None:
    """Wait until ``look`` holds; reports what was seen if that takes too long."""
    try:
        async with asyncio.timeout(seconds), changed:
            await changed.wait_for(look)
    except TimeoutError:
        shown = "\n".join(map(str, seen)) or "nothing"
        raise AssertionError(f"this did not happen; what did:\n{shown}") from None
