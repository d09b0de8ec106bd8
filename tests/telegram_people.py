"""Users, and what they do to the bot: send, forward, edit, press, block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.telegram_chats import Button, Chat, Message
from tests.telegram_files import Upload
from tests.telegram_limits import ALBUM, Json, forbidden, utf16

if TYPE_CHECKING:
    from tests.telegram_world import World

ENTITIES = {
    "bot_command": re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@\w+)?"),
    "mention": re.compile(r"(?<![\w/])@\w{3,}"),
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
class Video:
    data: bytes = b"film"
    caption: str | None = None


Item = Photo | Document | Video


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
    answer: Json | None = None
    expired: bool = False


@dataclass(eq=False)
class User:
    world: World
    chat: Chat
    id: int
    first_name: str
    language_code: str | None

    @property
    def json(self) -> Json:
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        return {**user, "language_code": self.language_code} if self.language_code else user

    async def sends_text(self, text: str, **said: Any) -> Message:
        """Send a text. For all that a user sends: chat=a group, reply_to=, forwarded=True."""
        return await self._sends(self._message(text=text, entities=entities(text), **said))

    async def sends_photo(self, data: bytes, caption: str | None = None, **said: Any) -> Message:
        return await self._sends(self._item(Photo(data, caption), **said))

    async def sends_document(
        self,
        data: bytes,
        file_name: str = "picture.png",
        mime_type: str = "image/png",
        caption: str | None = None,
        **said: Any,
    ) -> Message:
        return await self._sends(self._item(Document(data, file_name, mime_type, caption), **said))

    async def sends_video(self, data: bytes = b"film", **said: Any) -> Message:
        return await self._sends(self._item(Video(data), **said))

    async def sends_sticker(self, **said: Any) -> Message:
        file = self.world.files.keep(Upload(b"sticker"), "stickers", ".webp")
        look = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
        sticker = {**file.json(), **look, "type": "regular", "emoji": "🎨"}
        return await self._sends(self._message(media={"sticker": sticker}, **said))

    async def sends_voice(self, **said: Any) -> Message:
        file = self.world.files.keep(Upload(b"voice"), "voice", ".oga")
        voice = {**file.json(), "duration": 3, "mime_type": "audio/ogg"}
        return await self._sends(self._message(media={"voice": voice}, **said))

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
        self, items: Sequence[Item], caption: str | None = None, *, mixed: bool = False, **said: Any
    ) -> list[Message]:
        """Put an album into the chat without telling the bot.

        Telegram's own programs send photos and files that were picked together as two messages
        (or albums) of one kind each. mixed=True says that a test wants the impossible.
        """
        assert len(items) in ALBUM, "an album has 2 to 10 items"
        kinds = {isinstance(item, Document) for item in items}
        assert mixed or len(kinds) == 1, "no album mixes files with photos; say mixed=True"
        first = items[0] if caption is None else replace(items[0], caption=caption)
        number = self.world.next_album()
        return [self._item(item, album=number, **said) for item in (first, *items[1:])]

    async def presses(self, button: Button) -> Press:
        assert button in button.message.buttons, f"{button.text!r} is not there any more"
        press = self.world.new_press()
        query = {
            "id": press.id,
            "from": self.json,
            "message": button.message.json(),
            "chat_instance": str(button.message.chat.id),
            "data": button.data,
        }
        await self.world.tell("callback_query", query)
        return press

    async def blocks_bot(self) -> None:
        self.chat.closed = forbidden("bot was blocked by the user")

    async def unblocks_bot(self) -> None:
        self.chat.closed = None

    async def removes_bot(self, group: Chat) -> None:
        group.closed = forbidden("bot was kicked from the supergroup chat")

    def _item(self, item: Item, **said: Any) -> Message:
        caption = item.caption
        described: dict[str, Any] = {"caption": caption, "entities": entities(caption or "")}
        return self._message(**self._media(item), **described, **said)

    def _media(self, item: Item) -> dict[str, Any]:
        files = self.world.files
        if isinstance(item, Photo):
            return {"media": {"photo": files.photo(item.data)}, "photo": item.data}
        if isinstance(item, Document):
            upload = Upload(item.data, item.file_name, item.mime_type)
            media = {"document": files.document(upload)}
            return {"media": media, "document": item.data, "file_name": item.file_name}
        file = files.keep(Upload(item.data), "videos", ".mp4")
        film = {**file.json(), "width": 640, "height": 480, "duration": 5}
        return {"media": {"video": {**film, "mime_type": "video/mp4"}}}

    def _message(
        self,
        *,
        chat: Chat | None = None,
        reply_to: Message | None = None,
        forwarded: bool = False,
        **said: Any,
    ) -> Message:
        chat = chat or self.chat
        if chat is self.chat:
            chat.closed = None  # who writes to a bot starts it, or starts it again
        origin: Json = {
            "type": "hidden_user",
            "sender_user_name": "Somebody",
            "date": 1_700_000_000,
        }
        said["forwarded"] = origin if forwarded else None
        return chat.add(Message(chat, self.json, reply_to=reply_to, **said))

    async def _sends(self, message: Message) -> Message:
        await self.world.arrive([message])
        return message
