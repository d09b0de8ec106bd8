"""The pictures of a job as they are kept: decoded once, and written anew.

Nothing of a user's file but its pixels is kept, so neither its name nor its metadata nor
anything that hides in it is ever stored or served. This needs no torch.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from artstyle.errors import PictureError
from artstyle.pictures import read
from artstyle.pictures.decode import Planes

if TYPE_CHECKING:
    from artstyle.settings import Settings
    from artstyle.style.pyramid import Size

VIEW = 1280  # longer side in px of what is looked at on a page
THUMB = 384
KEPT = 2048  # shorter side that is kept at least, so that a job can be repeated larger
PNG_SPEED = [cv2.IMWRITE_PNG_COMPRESSION, 1]  # a third larger, several times faster
JPEG_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]

Pixels = NDArray[np.uint8]  # (H, W, 3) as BGR, OpenCV's order


@dataclass(frozen=True, slots=True)
class Prepared:
    """A source picture, ready to be written down."""

    size: Size
    """(height, width) in px, as it was given."""
    png: bytes
    """No larger than the job, or a larger one after it, can use."""
    view: bytes
    """A JPEG of `VIEW` px at most."""
    thumb: bytes
    """A JPEG of `THUMB` px at most."""


def prepare(data: bytes, title: str, shortest: int) -> Prepared:
    """Decode a picture and encode it anew; ``title`` is what messages call it.

    More than ``shortest`` px on the shorter side is not kept. Raises `PictureError`.
    """
    try:
        pixels = _pixels(read.decode(data, title))
        height, width = pixels.shape[:2]
        kept = _shrink(pixels, shortest / min(height, width))
        view = _shrink(kept, VIEW / max(height, width) * height / kept.shape[0])
        thumb = _shrink(view, THUMB / max(view.shape[:2]))
    except MemoryError as error:
        raise PictureError(f"{title} needs more memory than is free: make it smaller") from error
    return Prepared(
        (height, width),
        _encode(".png", kept, PNG_SPEED),
        _encode(".jpg", view, JPEG_QUALITY),
        _encode(".jpg", thumb, JPEG_QUALITY),
    )


def thumbnail(path: Path) -> bytes:
    """Make a JPEG of `THUMB` px at most from a picture's file; raises `PictureError`."""
    pixels = _pixels(read.decode(path))
    return _encode(".jpg", _shrink(pixels, THUMB / max(pixels.shape[:2])), JPEG_QUALITY)


def shortest(settings: Settings) -> tuple[int, int]:
    """Give the shorter sides of photo and painting that are worth keeping for a job."""
    content = max(KEPT, settings.base_size << ((settings.levels or 1) - 1))
    return content, round(content * max(1, settings.style_scale))


def key(content: bytes, style: bytes, settings: Settings) -> str:
    """Give what is the same only for the same pictures and settings that shape the result."""
    shaping = {name: value for name, value in settings.as_dict().items() if name != "memory"}
    digest = hashlib.sha256()
    for part in (content, style, json.dumps(shaping, sort_keys=True).encode()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _pixels(planes: Planes) -> Pixels:
    planes *= 255  # in place, for pictures may be large
    np.rint(planes, out=planes)
    return np.ascontiguousarray(planes[::-1].transpose(1, 2, 0), dtype=np.uint8)


def _shrink(pixels: Pixels, scale: float) -> Pixels:
    if scale >= 1:
        return pixels
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def _encode(ending: str, pixels: Pixels, options: list[int]) -> bytes:
    _, data = cv2.imencode(ending, pixels, options)
    return data.tobytes()
