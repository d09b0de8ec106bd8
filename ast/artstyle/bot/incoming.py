"""What an album brings: which pictures, which words, and whether it is meant for the bot."""

from collections.abc import Mapping, Sequence

from telegram import Bot, Document, Message, MessageEntity, PhotoSize
from telegram.constants import ChatType

from artstyle.bot.clips import Media, clip_of, heavy, is_clip
from artstyle.bot.kinds import kind_of
from artstyle.bot.texts import Texts
from artstyle.errors import BadInput, PictureHeavy
from artstyle.roles import MOST_STYLES, STYLES, Role

Picture = PhotoSize | Document
Pictures = dict[Role, Media]  # the photo or clip, the paintings in their order, perhaps a mask


def picture_of(message: Message) -> Picture | None:
    """A message's picture: a photo in its largest size, or a file that may be a picture."""
    if message.photo:
        return max(message.photo, key=lambda size: size.width * size.height)
    document = message.document
    return document if document and kind_of(document).startswith("image/") else None


def media_of(message: Message) -> Media | None:
    """A message's clip or picture."""
    return clip_of(message) or picture_of(message)


def check_size(pictures: Mapping[Role, Media], most: int) -> None:
    """Raise `PictureHeavy` or `ClipHeavy` if one has more bytes than a bot gets, as it says."""
    for role, picture in pictures.items():
        if (picture.file_size or 0) > most:
            raise too_heavy(picture, role, most)


def too_heavy(media: Media, role: Role, most: int) -> BadInput:
    """The error of a picture, or a clip, that is larger than so many bytes."""
    if is_clip(media):
        return heavy(media, most)
    return PictureHeavy(most / 1e6, role=role, name=getattr(media, "file_name", None))


def pictures_of(messages: Sequence[Message], *, masked: bool = False) -> Pictures | None:
    """The pictures of an album, or of a reply, by what they are for.

    The last one is the mask if ``masked``. A clip is painted wherever it stands. ``None`` unless
    all are pictures but one clip at most, and as many as are possible.
    """
    if len(messages) == 1 and messages[0].reply_to_message and not messages[0].media_group_id:
        messages = [messages[0].reply_to_message, messages[0]]
    pictures = [picture for message in messages if (picture := media_of(message))]
    pictures.sort(key=is_clip, reverse=True)  # the others keep their order
    paintings, clips = len(messages) - 1 - masked, sum(map(is_clip, pictures))
    if len(pictures) < len(messages) or clips > 1 or not 1 <= paintings <= MOST_STYLES:
        return None
    mask: tuple[Role, ...] = ("mask",) if masked else ()
    return dict(zip(("content", *STYLES[:paintings], *mask), pictures, strict=True))


def one_by_one(pictures: Pictures) -> list[Pictures]:
    """The pictures for a job of each painting alone."""
    rest = {role: each for role, each in pictures.items() if role not in STYLES}
    return [{**rest, "style": pictures[role]} for role in STYLES if role in pictures]


def is_reply_pair(message: Message) -> bool:
    """Whether it is a painting in reply to a photo or a clip, or the other way round."""
    return not message.media_group_id and pictures_of([message]) is not None


def refusal(messages: Sequence[Message], words: Texts, *, masked: bool = False) -> str:
    """Why no job can be made of these, if that isn't obvious, and how it is done."""
    others = [message for message in messages if media_of(message) is None]
    files = [each.document.file_name for each in others if each.document]
    reasons = [words.not_a_picture.format(name) for name in files if name]
    if not reasons and others and len(messages) > 1:
        reasons = [words.others]
    if sum(clip_of(message) is not None for message in messages) > 1:
        reasons = [words.one_clip]
    if masked and len(messages) < 3:
        reasons = reasons or [words.mask_alone]
    elif len(messages) > 1 + MOST_STYLES + masked and not others:
        reasons = [words.too_many.format(len(messages))]
    return " ".join([*reasons[:1], words.hint])


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
