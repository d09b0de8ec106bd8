"""A result in the forms that Telegram accepts."""

from pathlib import Path
from typing import NamedTuple

from artstyle.pictures import formats
from artstyle.pictures.decode import decode
from artstyle.pictures.pixels import Pixels
from artstyle.pictures.thumbnails import thumbnail

MB = 1_000_000  # Telegram means this or a little more
PHOTO = 10 * MB
FILE = 50 * MB
PHOTO_RATIO = 20
SHOWN = 2560  # longer side in px that clients show; Telegram shrinks larger photos
JPEG_SIDE = 65_500  # the longest side that a JPEG can have
QUALITIES = (92, 80, 60, 40)


class Outgoing(NamedTuple):
    """What is sent of a result."""

    photo: bytes | None  # a JPEG; None for a shape that Telegram doesn't accept as a photo
    file: bytes | None  # in full size; None if no form of it is small enough for Telegram
    file_name: str


def outgoing(path: Path) -> Outgoing:
    """Prepare a result, a PNG; takes a while for a large one."""
    data = path.read_bytes()
    pixels = decode(formats.read("PNG", data), path.name).pixels  # of any size and shape
    sides = pixels.shape[:2]
    photo = _jpeg(pixels, SHOWN, PHOTO) if max(sides) <= PHOTO_RATIO * min(sides) else None
    if len(data) <= FILE:
        return Outgoing(photo, data, "picture.png")
    return Outgoing(photo, _jpeg(pixels, max(sides), FILE), "picture.jpg")


def _jpeg(pixels: Pixels, longest: int, limit: int) -> bytes | None:
    """Encode in the best quality that fits into ``limit`` bytes."""
    for quality in QUALITIES if min(longest, max(pixels.shape[:2])) <= JPEG_SIDE else ():
        data = thumbnail(pixels, longest, quality)
        if len(data) <= limit:
            return data
    return None
