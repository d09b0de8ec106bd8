"""Pictures of more than 8 bits a channel, which Pillow reads in part: colour, grey, floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import Base
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from artstyle.errors import PictureMode
from artstyle.pictures import planar
from artstyle.pictures.formats import Opened
from artstyle.pictures.limits import check_free
from artstyle.pictures.pixels import DEPTH, Pixels, joined, sixteen, strips, unit

TAKEN = 6  # bytes per pixel and channel that OpenCV takes for 16 bits
_MIN_IS_WHITE = 0  # TIFF's PhotometricInterpretation; Pillow heeds it at 8 bits only
_SIGNED = 2  # TIFF's SampleFormat


def stacked_planes(image: TiffImageFile, data: bytes) -> Pixels:
    """A TIFF whose channels lie apart. Raises `PictureMode` where they are of another kind."""
    if not planar.is_readable(image):
        raise PictureMode("separate planes")
    return np.stack([np.asarray(each, np.uint16) for each in planar.channels(image, data)], axis=2)


def decode_color(opened: Opened) -> Pixels:
    """Decode 16-bit colour by OpenCV, since Pillow keeps the upper 8 bits only."""
    import cv2

    image, rawmode = opened.image, opened.rawmode
    # OpenCV answers a lack of memory as it answers damage
    check_free(image.width * image.height * TAKEN * (3 if rawmode.startswith("RGB;") else 4))
    encoded = np.frombuffer(opened.data, np.uint8)
    decoded = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)  # (H, W, C) as BGR or BGRA
    if decoded is None or decoded.dtype != np.uint16 or decoded.shape[1::-1] != image.size:
        raise ValueError("OpenCV and Pillow disagree about the picture")
    pixels = decoded.astype(np.uint16, copy=False)
    for rows in strips(image.height, image.width):
        pixels[rows, :, :3] = pixels[rows, :, 2::-1].copy()
    if pixels.shape[2] == 3 or rawmode.startswith("RGBX"):
        return pixels[..., :3]
    if rawmode.startswith("RGBa"):
        for rows in strips(image.height, image.width):
            pixels[rows, :, :3] = _divided(pixels[rows])
    return pixels


def _divided(rows: NDArray[np.uint16]) -> Pixels:
    """The colours of rows in which they are multiplied by the alpha."""
    planes, alpha = unit(rows[..., :3]), unit(rows[..., 3:])
    return sixteen(np.minimum(planes / np.where(alpha > 0, alpha, 1), 1))


def _grey(planes: NDArray[np.float32], clear: NDArray[Any] | None = None) -> Pixels:
    """(H, W) in [0, 1], and what is clear -> (H, W, 3), or (H, W, 4)."""
    grey = np.repeat(sixteen(planes[None]), 3, axis=2)
    if clear is None:
        return grey
    return joined(grey, np.where(clear, 0, DEPTH).astype(np.uint16)[..., None])


def grey_of_16_bits(image: ImageFile, rawmode: str) -> Callable[[Image.Image], Pixels]:
    """Converts strips of grey with 12 or 16 bits; a PNG's one clear value becomes an alpha."""
    peak = np.float32(4095 if rawmode.startswith("I;12") else DEPTH)
    inverted = _min_is_white(image)
    key = image.info.get("transparency")  # PNG's one grey value that is clear

    def convert(strip: Image.Image) -> Pixels:
        pixels = np.asarray(strip).astype(np.uint16)
        planes = (pixels / peak).astype(np.float32)
        return _grey(1 - planes if inverted else planes, None if key is None else pixels == key)

    return convert


def grey_of_32_bits(image: ImageFile) -> Callable[[Image.Image], Pixels]:
    """Grey of 32 bits. Its range is that of 8, 16 or all bits, whichever the values fit into."""
    signed = getattr(image, "tag_v2", {}).get(Base.SampleFormat, 1) in (_SIGNED, (_SIGNED,))
    kind = np.int32 if signed else np.uint32
    whole = np.asarray(image).view(kind)
    peak = next(each for each in (255, DEPTH, np.iinfo(kind).max) if int(whole.max()) <= each)
    inverted = _min_is_white(image)

    def convert(strip: Image.Image) -> Pixels:
        planes = (np.asarray(strip).view(kind).clip(0) / peak).astype(np.float32)
        return _grey(1 - planes if inverted else planes)

    return convert


def grey_of_floats(strip: Image.Image) -> Pixels:
    """Raises `PictureMode` for values outside of 0 to 1."""
    planes = np.asarray(strip, dtype=np.float32)
    if not (planes.min() >= 0 and planes.max() <= 1):  # also for NaN
        raise PictureMode("floats outside 0 to 1")
    return _grey(planes)


def _min_is_white(image: ImageFile) -> bool:
    tags = getattr(image, "tag_v2", {})
    return bool(tags.get(Base.PhotometricInterpretation) == _MIN_IS_WHITE)
