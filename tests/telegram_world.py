"""All that Telegram knows: users, groups, files, updates, and what the bot called.

It has no sockets, so a fast test can do without them:

    for update in albums(Photo(one), Photo(two)):
        await application.process_update(Update.de_json(update, application.bot))
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.telegram_chats import PATIENCE, Chat, Message
from tests.telegram_files import Files, Upload
from tests.telegram_limits import Json, bad, too_many
from tests.telegram_people import Item, Press, User
from tests.telegram_updates import Updates

BOT_ID = 123456789
USERNAME = "artstyle_bot"


@dataclass(eq=False)
class Call:
    """What the bot asked for. Once Telegram acted, there is a result or an error."""

    method: str
    parameters: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)
    time: float = field(default_factory=time.monotonic)
    result: Any = None
    error: str | None = None


class World:
    """Telegram without its HTTP."""

    def __init__(self, first: int = 1) -> None:
        self.changed = asyncio.Condition()
        self.updates = Updates(self.changed, first)
        self.files = Files(first)
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.calls: list[Call] = []
        self.commands: dict[str, list[Json]] = {}  # by language; "" is for all others
        self.privacy = True  # BotFather's /setprivacy, which is on for a new bot
        self.limit_per_chat: int | None = None  # messages and edits per second
        self._private_numbers = count(first)  # private chats share their message ids
        self._albums = count(13_000_000_000_000_000 + first)
        self._press_numbers = count(first)
        self._first = first
        self._busy: dict[int, list[float]] = {}

    @property
    def bot(self) -> Json:
        return {"id": BOT_ID, "is_bot": True, "first_name": "Art Style", "username": USERNAME}

    def user(self, id: int, language_code: str | None = "en", first_name: str = "Ann") -> User:
        """Find or make a user. The bot cannot write to one who never wrote to it."""
        if id not in self.users:
            json: Json = {"id": id, "type": "private", "first_name": first_name}
            chat = self._chat(json, self._private_numbers)
            chat.closed = bad("chat not found")
            self.users[id] = User(self, chat, id, first_name, language_code)
        return self.users[id]

    def group(self, id: int, title: str = "Painters") -> Chat:
        """Make a supergroup with the bot in it; ids of supergroups begin with -100.

        Users write into it with chat=group. Each supergroup counts its own messages.
        """
        json: Json = {"id": id, "type": "supergroup", "title": title}
        return self._chat(json, count(self._first))

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

    def next_album(self) -> str:
        return str(next(self._albums))

    def new_press(self) -> Press:
        press = Press(f"{BOT_ID}{next(self._press_numbers):010d}")
        self.presses[press.id] = press
        return press

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def arrive(self, messages: Iterable[Message]) -> None:
        """Tell the bot about messages, in this order."""
        for message in messages:
            if self.sees(message):
                await self.tell("message", message.json())
        await self.happened()

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

    async def happened(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until(self, look: Callable[[], object], seconds: float = PATIENCE) -> None:
        try:
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(look)
        except TimeoutError:
            last = [f"{call.method} {call.error or ''}" for call in self.calls[-20:]]
            raise AssertionError(f"this did not happen; the last calls: {last}") from None


def albums(
    *items: Item,
    user_id: int = 1,
    language_code: str | None = "en",
    caption: str | None = None,
    order: Iterable[int] | None = None,
    first: int = 1,
    mixed: bool = False,
) -> list[Json]:
    """Make the Updates of one album, without a server.

    A second album of the same test needs another first, so that no ids coincide.
    """
    world = World(first)
    messages = world.user(user_id, language_code).album(items, caption, mixed=mixed)
    for index in range(len(messages)) if order is None else order:
        world.updates.add("message", messages[index].json())
    return world.updates.pending
