"""Files that are cut off: an upload that broke, a card that was pulled out.

Pillow refuses them. What they hold is decoded all the same, and the share of rows that they lack is
measured. (A PNG is completed before it is opened, in `artstyle.pictures.png`.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from artstyle.pictures.limits import SOS, segments

Reader = Callable[[bytes], ImageFile]

END = b"\xff\xd9"  # of a JPEG
GREYS = (127, 128)  # what libjpeg gives where it has no data, by the kind of colours
BEYOND = (0, 1, 2, 128, 255)  # bytes to complete a WebP with; its decoder takes some of them
ROWS = 64  # that are looked at together
_OFFSETS, _COUNTS = (273, 324), (279, 325)  # TIFF tags of strips and tiles


def complete_jpeg(data: bytes) -> bytes | None:
    """The JPEG with the end marker that it lacks; None if that isn't what is wrong with it."""
    scans = start = 0
    for marker, start in segments(data):
        if start - 2 + int.from_bytes(data[start - 2 : start]) > len(data):
            return data[: start - 4] + END  # the last segment is cut off itself
        scans += marker == SOS
    return data + END if scans and END not in data[start:] else None


def webp_lacks(data: bytes) -> int:
    """How many bytes a WebP has less than it says, 0 if that isn't plausible."""
    lacks = 8 + int.from_bytes(data[4:8], "little") - len(data)
    return lacks if 0 < lacks < len(data) else 0


def complete_webp(data: bytes) -> bytes:
    return data + bytes(webp_lacks(data))


def load_webp(data: bytes, read: Reader) -> tuple[ImageFile, float]:
    """Decode a WebP that is cut off: the picture, and the share of rows that it lacks.

    It's completed in two ways, and what then differs wasn't there. Raises what Pillow raises if
    none will do.
    """
    decoded: list[ImageFile] = []
    for byte in BEYOND:
        image = read(data + bytes([byte]) * webp_lacks(data))
        try:
            image.load()
        except OSError:
            continue
        decoded.append(image)
        if len(decoded) == 2:
            return decoded[0], _differing(*map(np.asarray, decoded))
    if not decoded:
        raise OSError("the decoder takes no completion")
    return decoded[0], webp_lacks(data) / (len(data) + webp_lacks(data))  # about


def keep_decoded(image: ImageFile, size: int) -> float | None:
    """After an error: keep what was decoded, and return the share of rows that wasn't.

    None if the file, of so many bytes, isn't cut off.
    """
    if image.format not in ("GIF", "TIFF", "BMP") or not _ends_early(image, size):
        return None
    if image.tile:  # else libtiff has done this
        image.tile = []
        image.load_end()
    return max(empty_rows(image), empty_rows(image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)))


def empty_rows(image: Image.Image, values: tuple[int, ...] | None = None) -> float:
    """The share of rows at the bottom that have one value alone, if it is one of these."""
    width, height = image.size
    value: Any = None
    for bottom in range(height, 0, -ROWS):
        rows = np.asarray(image.crop((0, max(0, bottom - ROWS), width, bottom)))
        if value is None:
            value = rows[-1].flat[0]
            if values is not None and int(value) not in values:
                return 0.0
        empty = (rows == value).reshape(len(rows), -1).all(1)[::-1]
        if not empty.all():
            return (height - bottom + int(np.argmin(empty))) / height
    return 1.0


def _differing(one: NDArray[Any], other: NDArray[Any]) -> float:
    differ = (one != other).reshape(len(one), -1).any(1)
    return 1 - int(np.argmax(differ)) / len(differ) if differ.any() else 0.0


def _ends_early(image: ImageFile, size: int) -> bool:
    if image.format != "TIFF":
        return True  # nothing else makes these decoders fail so late
    tags = getattr(image, "tag_v2", {})
    return any(
        offset + count > size
        for offsets, counts in zip(_OFFSETS, _COUNTS, strict=True)
        for offset, count in zip(_all(tags.get(offsets)), _all(tags.get(counts)), strict=False)
    )


def _all(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, int) else ()
