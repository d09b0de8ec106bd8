"""What an album brings: which pictures, which words, and whether it is meant for the bot."""

from collections.abc import Sequence

from telegram import Bot, Document, Message, MessageEntity, PhotoSize
from telegram.constants import ChatType

from artstyle.errors import PictureHeavy, Role

UNKNOWN = "application/octet-stream"  # what systems send that don't know HEIC or AVIF

Picture = PhotoSize | Document
Pair = tuple[Picture, Picture]  # the photo and the painting


def picture_of(message: Message) -> Picture | None:
    """A message's picture: a photo in its largest size, or a file that may be a picture."""
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height)
    document = message.document
    if document is None:
        return None
    kind = document.mime_type or UNKNOWN
    return document if kind == UNKNOWN or kind.startswith("image/") else None


def check_size(pair: Pair, most: int) -> None:
    """Raise `PictureHeavy` if one of the pictures says that it has more bytes than a bot gets."""
    roles: tuple[Role, Role] = ("content", "style")
    for role, picture in zip(roles, pair, strict=True):
        if (picture.file_size or 0) > most:
            raise PictureHeavy(most / 1e6, role=role, name=getattr(picture, "file_name", None))


def pair_of(messages: Sequence[Message]) -> Pair | None:
    """The photo and the painting of an album; ``None`` unless it is two pictures, not forwarded."""
    pictures = [picture_of(message) for message in messages]
    if len(pictures) != 2 or any(message.forward_origin for message in messages):
        return None
    photo, painting = pictures
    return (photo, painting) if photo and painting else None


def caption_of(messages: Sequence[Message]) -> str:
    """The captions of all pictures; Telegram shows them as one under the album."""
    return " ".join(message.caption for message in messages if message.caption)


def is_for_bot(messages: Sequence[Message], bot: Bot) -> bool:
    """Whether the bot is addressed: always in private, in a group by a mention or a reply."""
    if messages[0].chat.type == ChatType.PRIVATE:
        return True
    replied = [each.reply_to_message.from_user for each in messages if each.reply_to_message]
    if any(user and user.id == bot.id for user in replied):
        return True
    found = [each.parse_caption_entities([MessageEntity.MENTION]).values() for each in messages]
    return any(name.lower() == f"@{bot.username}".lower() for names in found for name in names)
