"""Users, and what they do to the bot: send, forward, press, block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.telegram_chats import Button, Chat, Message
from tests.telegram_files import Upload
from tests.telegram_limits import ApiError, Json, utf16

if TYPE_CHECKING:
    from tests.telegram_world import World

ENTITIES = {
    "bot_command": re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@\w+)?"),
    "mention": re.compile(r"(?<![\w/])@\w{3,}"),
}
FORWARDED = {"type": "hidden_user", "sender_user_name": "Somebody", "date": 1_700_000_000}

STAND_INS = {  # for whoever writes in the name of the group itself, or of another chat
    True: {
        "id": 1087968824,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    },
    False: {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"},
}


@dataclass(frozen=True)
class Photo:
    data: bytes
    caption: str | None = None


@dataclass(frozen=True)
class Document:
    data: bytes
    file_name: str = "picture.png"
    mime_type: str = "image/png"
    caption: str | None = None


@dataclass(frozen=True)
class Clip:
    """A video, or a GIF that Telegram made an animation of."""

    data: bytes
    kind: str = "video"  # or "animation"
    seconds: int = 3
    file_size: int | None = None  # what Telegram says instead of the real one
    caption: str | None = None


@dataclass(frozen=True)
class Other:
    """What the bot has no use for."""

    kind: str = "voice"  # or "sticker"
    caption: str | None = None


Item = Photo | Document | Clip | Other


def entities(text: str) -> list[Json]:
    return [
        {"type": kind, "offset": utf16(text[: found.start()]), "length": utf16(found[0])}
        for kind, pattern in ENTITIES.items()
        for found in pattern.finditer(text)
    ]


@dataclass(eq=False)
class Press:
    """A button that a user pressed; its answer is what the bot showed for it, if anything."""

    id: str
    answer: str | None = None


@dataclass(eq=False)
class User:
    world: World
    chat: Chat
    id: int
    language_code: str | None

    @property
    def json(self) -> Json:
        user: Json = {"id": self.id, "is_bot": False, "first_name": f"User {self.id}"}
        return {**user, "language_code": self.language_code} if self.language_code else user

    async def sends_text(self, text: str, **said: Any) -> Message:
        """Send a text.

        For all that a user sends: chat=a group, thread=, name=a chat, reply_to=, forwarded=True.
        """
        message = self.message(text=text, entities=entities(text), **said)
        await self.world.arrive([message])
        return message

    async def sends(self, item: Item, **said: Any) -> Message:
        message = self._item(item, **said)
        await self.world.arrive([message])
        return message

    async def sends_album(
        self,
        items: Sequence[Item],
        caption: str | None = None,
        order: Iterable[int] | None = None,
        **said: Any,
    ) -> list[Message]:
        """Send several items at once: an update each, with one media_group_id.

        Only the items that order names arrive, in that order; world.arrive() brings the rest.
        """
        messages = self.album(items, caption, **said)
        arriving = range(len(messages)) if order is None else order
        await self.world.arrive([messages[index] for index in arriving])
        return messages

    def album(
        self, items: Sequence[Item], caption: str | None = None, **said: Any
    ) -> list[Message]:
        """Put an album into the chat without telling the bot."""
        first = items[0] if caption is None else replace(items[0], caption=caption)
        number = str(next(self.world.numbers))
        return [self._item(item, album=number, **said) for item in (first, *items[1:])]

    async def presses(self, button: Button) -> Press:
        assert button in button.message.buttons, f"{button.text!r} is not there any more"
        press = Press(str(next(self.world.numbers)))
        self.world.presses[press.id] = press
        message, chat = button.message.json(), str(button.message.chat.id)
        query = {"id": press.id, "from": self.json, "message": message, "chat_instance": chat}
        await self.world.tell("callback_query", {**query, "data": button.data})
        return press

    def blocks_bot(self) -> None:
        self.chat.closed = ApiError(403, "Forbidden: bot was blocked by the user")

    def removes_bot(self, group: Chat) -> None:
        group.closed = ApiError(403, "Forbidden: bot was kicked from the supergroup chat")

    def _item(self, item: Item, **said: Any) -> Message:
        caption = item.caption
        described: dict[str, Any] = {"caption": caption, "entities": entities(caption or "")}
        return self.message(**self._media(item), **described, **said)

    def _media(self, item: Item) -> dict[str, Any]:
        files = self.world.files
        if isinstance(item, Photo):
            return {"media": {"photo": files.photo(item.data)}, "photo": item.data}
        if isinstance(item, Document):
            media = files.document(Upload(item.data, item.file_name, item.mime_type))
            named = {"document": item.data, "file_name": item.file_name}
            return {"media": {"document": media}, **named}
        if isinstance(item, Clip):
            return {"media": self._clip(item)}
        look = {"width": 512, "height": 512, "duration": 3, "type": "regular"}
        file = {**files.keep(b"other", "others").json(), **look}
        return {"media": {item.kind: {**file, "is_animated": False, "is_video": False}}}

    def _clip(self, item: Clip) -> dict[str, Any]:
        file = self.world.files.document(Upload(item.data, "clip.mp4", "video/mp4"))
        if item.file_size is not None:
            file["file_size"] = item.file_size
        look = {"width": 64, "height": 64, "duration": item.seconds}
        media = {item.kind: {**file, **look}}
        # Telegram says of an animation, for old bots, that it is a document as well
        return {**media, "document": file} if item.kind == "animation" else media

    def message(
        self,
        *,
        chat: Chat | None = None,
        forwarded: bool = False,
        name: Chat | None = None,
        **said: Any,
    ) -> Message:
        """Put a message into a chat without telling the bot; in the name of a chat if given."""
        chat = chat or self.chat
        if name is not None:
            sender, said = STAND_INS[name is chat], {**said, "sender_chat": name.json}
        else:
            sender = self.json
        if chat is self.chat:
            chat.closed = None  # writing to a bot starts it, or starts it again
        origin = FORWARDED if forwarded else None
        return chat.add(Message(chat, sender, forwarded=origin, **said))
