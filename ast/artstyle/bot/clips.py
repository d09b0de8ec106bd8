"""Clips that come in place of a photo: which messages have one, and whether it will be taken."""

from collections.abc import Mapping

from telegram import Animation, Document, Message, PhotoSize, Video

from artstyle.bot.kinds import kind_of
from artstyle.errors import ClipError, ClipHeavy, ClipsRefused, ClipTooLong, MaskForClip
from artstyle.jobs import Limits
from artstyle.roles import Role

Clip = Video | Animation | Document
Media = PhotoSize | Clip

GRACE = 1.0  # seconds: Telegram rounds them


def clip_of(message: Message) -> Clip | None:
    """A message's clip: a video, an animation, or a file that may be one."""
    if moving := message.video or message.animation:
        return moving
    document = message.document
    return document if document and kind_of(document).startswith("video/") else None


def is_clip(media: Media) -> bool:
    """Whether something that was sent is a clip, as far as Telegram says."""
    if isinstance(media, Document):
        return kind_of(media).startswith("video/")
    return not isinstance(media, PhotoSize)


def check(media: Mapping[Role, Media], limits: Limits, *, taken: bool) -> None:
    """Raise what is wrong with a clip in place of the photo, by what Telegram says of it.

    ``taken`` says whether any are. Raises `ClipError` or `PictureError`.
    """
    clip = media["content"]
    if not is_clip(clip):
        return
    if not taken:
        raise ClipsRefused
    if "mask" in media:
        raise MaskForClip(role="mask")
    seconds = _seconds(clip)
    if seconds >= limits.clip_seconds + GRACE:
        raise ClipTooLong(seconds, limits.clip_seconds)
    if (clip.file_size or 0) > limits.clip_bytes:
        raise heavy(clip, limits.clip_bytes)


def heavy(clip: Media, most: int) -> ClipError:
    """The error of a clip that is larger than so many bytes."""
    return ClipHeavy(most / 1e6, name=getattr(clip, "file_name", None))


def _seconds(clip: Media) -> float:
    """How long it is; a file doesn't say."""
    return float(clip.to_dict().get("duration", 0))  # as sent: the library changes its type
