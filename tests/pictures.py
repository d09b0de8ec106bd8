"""Pictures that the tests of reading and writing share, and what holds for all of them."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageCms
from torch import Tensor

from artstyle.errors import PictureError
from artstyle.pictures import alpha
from artstyle.pictures.read import load

Pixels = NDArray[Any]
ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 24, 20
RED, GREEN, BLUE, GREY = (200, 0, 0), (0, 200, 0), (0, 0, 200), (90, 90, 90)


def quadrants() -> Pixels:
    """Red and green above, blue and grey below."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[: HEIGHT // 2, : WIDTH // 2] = RED
    pixels[: HEIGHT // 2, WIDTH // 2 :] = GREEN
    pixels[HEIGHT // 2 :, : WIDTH // 2] = BLUE
    pixels[HEIGHT // 2 :, WIDTH // 2 :] = GREY
    return pixels


def noise(channels: int = 3, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 65536, (HEIGHT, WIDTH, channels), np.uint16)


def pillow(image: Image.Image | Pixels, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def flat(mode: str, colour: Any, **info: Any) -> Image.Image:
    image = Image.new(mode, (WIDTH, HEIGHT), colour)
    image.info.update(info)
    return image


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels: Pixels, colour_type: int, *extra: bytes) -> bytes:
    """Write a 16-bit PNG, which Pillow does for grey only."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + body


def tiff(pixels: Pixels, **changes: Any) -> bytes:
    """Write an uncompressed TIFF with the tags {number: values} of `changes` ("t262": [0])."""
    height, width, channels = pixels.shape
    data = pixels.tobytes()
    bits = [8 * pixels.dtype.itemsize] * channels
    tags = {256: [width], 257: [height], 258: bits, 259: [1], 262: [2], 273: [0]}
    tags |= {277: [channels], 278: [height], 279: [len(data)]}
    tags |= {int(key[1:]): value for key, value in changes.items()}
    after = 8 + 2 + 12 * len(tags) + 4
    tags[273] = [after + sum(4 * len(values) for values in tags.values() if len(values) > 1)]
    entries, more = b"", b""
    for tag, values in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}I", *values)
        place = packed if len(values) == 1 else struct.pack("<I", after + len(more))
        entries += struct.pack("<HHI", tag, 4, len(values)) + place
        more += packed if len(values) > 1 else b""
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    return head + entries + b"\0\0\0\0" + more + data


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def refusal(source: Any) -> str:
    """Load what must be refused; returns the message after the checks that hold for all."""
    with pytest.raises(PictureError) as caught:
        load(source, "content")
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.role == "content"
    assert message.startswith("the photo") or not isinstance(source, bytes)
    return message


def on_white(source: Any) -> Tensor:
    """Load a picture and lay it on white: (1, 3, H, W)."""
    picture: Tensor = alpha.over(load(source), "white")
    return picture


def is_picture(picture: Tensor) -> bool:
    right = picture.dtype == torch.float32 and picture.ndim == 4 and picture.shape[0] == 1
    right = right and picture.shape[1] in (3, 4)
    return bool(right and picture.is_contiguous() and picture.min() >= 0 and picture.max() <= 1)


def colour(picture: Tensor, row: int = 0, column: int = 0) -> tuple[int, ...]:
    values = (255 * picture[0, :, row, column]).tolist()
    assert all(abs(value - round(value)) < 1e-3 for value in values)
    return tuple(round(value) for value in values)


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped() -> bytes:
    """An RGB profile whose red primary is sRGB's green and the reverse."""
    profile = srgb()
    return profile.replace(b"rXYZ", b"?").replace(b"gXYZ", b"rXYZ").replace(b"?", b"gXYZ")


REAL = {
    "JPEG": pillow(quadrants(), "JPEG", quality=95, subsampling=0),
    "PNG": pillow(quadrants(), "PNG"),
    "WebP": pillow(quadrants(), "WEBP", lossless=True),
    "WebP lossy": pillow(quadrants(), "WEBP", quality=95),
    "TIFF": pillow(quadrants(), "TIFF"),
    "TIFF LZW": pillow(quadrants(), "TIFF", compression="tiff_lzw"),
    "BMP": pillow(quadrants(), "BMP"),
    "GIF": pillow(quadrants(), "GIF"),
    "PNG palette": pillow(Image.fromarray(quadrants()).quantize(8), "PNG"),
    "PNG 16": png(noise(), 2),
    "PNG 16 alpha": png(noise(4), 6),
    "PNG 16 grey": png(noise(1), 0),
    "TIFF 16": tiff(noise()),
    "EXIF": pillow(quadrants(), "JPEG", exif=exif(6)),
    "ICC": pillow(quadrants(), "PNG", icc_profile=srgb()),
}
