"""All that Telegram knows: users, groups, files, updates, and what the bot called. No sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.telegram_chats import PATIENCE, Chat, Message, happens
from tests.telegram_files import Files, Upload
from tests.telegram_limits import ApiError, Json, bad, too_many
from tests.telegram_people import Item, Press, User
from tests.telegram_updates import Updates

BOT_ID = 123456789
USERNAME = "artstyle_bot"
BOT = {"id": BOT_ID, "is_bot": True, "first_name": "Art Style", "username": USERNAME}


@dataclass(eq=False)
class Call:
    """What the bot asked for."""

    method: str
    parameters: dict[str, Any]
    files: dict[str, Upload]
    time: float = field(default_factory=time.monotonic)
    error: str | None = None


class World:
    """Telegram without its HTTP."""

    def __init__(self) -> None:
        self.changed = asyncio.Condition()
        self.updates, self.files = Updates(self.changed), Files()
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.calls: list[Call] = []
        self.commands: dict[str, list[Json]] = {}  # by language; "" is for all others
        self.privacy = True  # BotFather's /setprivacy, which is on for a new bot
        self.limit_per_chat: int | None = None  # messages and edits per second
        self.numbers = count(13_000_000_000_000_000)  # of albums and presses
        self._private_numbers = count(1)  # private chats share their message ids
        self._busy: dict[int, list[float]] = {}

    def user(self, id: int, language_code: str | None = "en") -> User:
        """Find or make a user. The bot cannot write to one who never wrote to it."""
        if id not in self.users:
            chat = self._chat({"id": id, "type": "private"}, self._private_numbers)
            chat.closed = bad("chat not found")
            self.users[id] = User(self, chat, id, language_code)
        return self.users[id]

    def group(self, id: int) -> Chat:
        """Make a supergroup with the bot in it; users write into it with chat=group."""
        return self._chat({"id": id, "type": "supergroup", "title": "Painters"}, count(1))

    def basic_group(self, id: int) -> Chat:
        """Make a group that isn't a supergroup yet."""
        return self._chat({"id": id, "type": "group", "title": "Painters"}, count(1))

    def forum(self, id: int, *topics: int) -> Chat:
        """Make a supergroup with topics."""
        json = {"id": id, "type": "supergroup", "title": "Painters", "is_forum": True}
        forum = self._chat(json, count(1))
        forum.topics |= set(topics)
        return forum

    def channel(self, id: int) -> Chat:
        return self._chat({"id": id, "type": "channel", "title": "Gallery"}, count(1))

    def becomes_supergroup(self, group: Chat, id: int) -> Chat:
        """Turn a group into a supergroup, where its messages aren't found any more."""
        refusal = "group chat was upgraded to a supergroup chat"
        group.closed = ApiError(400, f"Bad Request: {refusal}", migrate_to_chat_id=id)
        return self.group(id)

    def _chat(self, json: Json, numbers: Iterator[int]) -> Chat:
        self.chats[json["id"]] = Chat(self.changed, numbers, json)
        return self.chats[json["id"]]

    def open_chat(self, chat_id: int) -> Chat:
        if chat_id not in self.chats:
            raise bad("chat not found")
        if refusal := self.chats[chat_id].closed:
            raise refusal
        return self.chats[chat_id]

    def spend(self, chat_id: int) -> None:
        """Refuse what is more than limit_per_chat."""
        now = time.monotonic()
        recent = [then for then in self._busy.get(chat_id, []) if now - then < 1]
        if self.limit_per_chat is not None and len(recent) >= self.limit_per_chat:
            raise too_many(1)
        self._busy[chat_id] = [*recent, now]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def arrive(self, messages: Iterable[Message]) -> None:
        """Tell the bot about messages, in this order."""
        for message in messages:
            if self.sees(message):
                await self.tell("message", message.json())

    def sees(self, message: Message) -> bool:
        """Whether the bot learns of a message.

        In a group its privacy mode hides all but commands, mentions of it and replies to it. Of
        an album, that is often the one item with the caption.
        """
        if message.chat.private or not self.privacy:
            return True
        said = message.text or message.caption or ""
        replies = message.reply_to is not None and message.reply_to.by_bot
        return replies or said.startswith("/") or f"@{USERNAME}" in said

    async def tell(self, kind: str, body: Json) -> None:
        self.updates.add(kind, body)
        await self.happened()

    async def tells(self, *updates: Json) -> list[int]:
        """Send updates that are unlike those of this Telegram; returns their numbers."""
        numbers = [self.updates.add_raw(update) for update in updates]
        await self.happened()
        return numbers

    async def happened(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until(self, look: Callable[[], object], seconds: float = PATIENCE) -> None:
        seen = (message for chat in self.chats.values() for message in chat.messages)
        await happens(self.changed, look, seen, seconds)


def albums(*items: Item, caption: str | None = None) -> list[Json]:
    """The messages of one album, without a server."""
    return [message.json() for message in World().user(1).album(items, caption)]
