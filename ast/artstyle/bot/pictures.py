"""A result in the form in which Telegram takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

MB = 1_000_000  # Telegram means no less by it
DOWNLOAD = 20 * MB  # that a bot may fetch
PHOTO = 10 * MB
FILE = 50 * MB
PHOTO_SIDES = 10_000  # width and height together
PHOTO_RATIO = 20
SHOWN = 2560  # longer side in px that clients show; more is shrunk by Telegram
JPEG_SIDE = 65_500  # no JPEG is longer
QUALITIES = (92, 80, 60)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent of a result."""

    photo: bytes | None
    """A JPEG, or None for a ribbon that Telegram doesn't take as a photo."""
    file: bytes | None
    """The picture in full size, or None if it is larger than Telegram takes in any form."""
    file_name: str
    """With the ending of its format."""


def outgoing(path: Path) -> Outgoing:
    """Make ready a result, a PNG; takes a while for a large one."""
    data = path.read_bytes()
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None, path  # written by ourselves
    pixels = decoded.astype(np.uint8, copy=False)
    if len(data) <= FILE:
        return Outgoing(_photo(pixels), data, "picture.png")
    return Outgoing(_photo(pixels), _jpeg(pixels, FILE), "picture.jpg")


def sendable(width: int, height: int) -> bool:
    """Tell whether Telegram takes a picture of this shape as a photo."""
    return max(width, height) <= PHOTO_RATIO * min(width, height)


def _photo(pixels: NDArray[np.uint8]) -> bytes | None:
    height, width = pixels.shape[:2]
    scale = SHOWN / max(width, height)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    height, width = pixels.shape[:2]
    return _jpeg(pixels, PHOTO) if sendable(width, height) else None


def _jpeg(pixels: NDArray[np.uint8], largest: int) -> bytes | None:
    """Encode as well as fits, or give None."""
    for quality in QUALITIES if max(pixels.shape) <= JPEG_SIDE else ():
        data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) <= largest:
            return data
    return None
