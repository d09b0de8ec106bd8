"""What a message brings: which pictures, which words, and whether it is meant for the bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import Message, MessageEntity
from telegram.constants import ChatType

from artstyle.bot.pictures import DOWNLOAD


@dataclass(frozen=True, slots=True)
class Incoming:
    """A picture that lies at Telegram."""

    file_id: str
    size: int | None
    """Bytes, where Telegram tells."""

    @property
    def too_large(self) -> bool:
        """Whether a bot can't fetch it."""
        return (self.size or 0) > DOWNLOAD


def picture_of(message: Message) -> Incoming | None:
    """Find the picture of a message: a photo in its largest size, or a file that is one."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Incoming(largest.file_id, largest.file_size)
    document = message.document
    if document and (document.mime_type or "").startswith("image/"):
        return Incoming(document.file_id, document.file_size)
    return None


def pair_of(messages: Sequence[Message]) -> tuple[Incoming, Incoming] | None:
    """Find the photo and the painting of an album; None unless it is two pictures of one's own."""
    pictures = [picture_of(message) for message in messages]
    if len(pictures) != 2 or any(message.forward_origin for message in messages):
        return None
    photo, painting = pictures
    return (photo, painting) if photo and painting else None


def caption_of(messages: Sequence[Message]) -> str:
    """Put together what is written under the pictures; Telegram shows it under the album."""
    return " ".join(message.caption for message in messages if message.caption)


def is_for_bot(messages: Sequence[Message], bot_id: int, username: str) -> bool:
    """Tell whether the bot is spoken to: always in private, in a group by name or in an answer."""
    if messages[0].chat.type == ChatType.PRIVATE:
        return True
    name = f"@{username}".lower()
    return any(_answers(message, bot_id) or _mentions(message, name) for message in messages)


def _answers(message: Message, bot_id: int) -> bool:
    replied = message.reply_to_message
    return bool(replied and replied.from_user and replied.from_user.id == bot_id)


def _mentions(message: Message, name: str) -> bool:
    mentions = message.parse_caption_entities([MessageEntity.MENTION]).values()
    return any(mention.lower() == name for mention in mentions)
