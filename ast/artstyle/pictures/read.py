"""Pictures from files and bytes.

A picture is float32 RGB in [0, 1], shape (1, 3, H, W), contiguous, or (1, 4, H, W) with an alpha
that its colours aren't multiplied by. Nothing of the file but its pixels gets into it, so an
output never holds any EXIF.
"""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from artstyle import aliases
from artstyle.errors import (
    PHRASES,
    NoMetadata,
    PictureCut,
    PictureError,
    PictureIsNoFile,
    PictureMissing,
    PictureUnreadable,
    SettingsError,
    printable,
)
from artstyle.pictures import decode as decoding
from artstyle.pictures.decode import Decoded
from artstyle.pictures.formats import open_header, open_picture, quiet_pillow
from artstyle.pictures.limits import check_free
from artstyle.pictures.pixels import Pixels, planes_of
from artstyle.pictures.png import KEY
from artstyle.roles import Role

if TYPE_CHECKING:
    from torch import Tensor

LARGE = 16_000_000  # 192 MB as float32

logger = logging.getLogger(__name__)

Source = Path | str | bytes | BinaryIO


@dataclass(frozen=True)
class Header:
    """What a file claims to be: Pillow's name of the format; the size in pixels, upright."""

    format: str
    width: int
    height: int


def check(source: Source, role: Role | None = None) -> Header:
    """Check the header: whether it's a picture of a usable size. Doesn't need torch.

    The pixels aren't decoded, so damage further on shows in `load` only. Raises `PictureError`,
    which names the file or, for bytes, the picture's role.
    """
    with _opened(source, role) as data:
        opened = open_picture(data)
        image, turned = opened.image, decoding.orientation(opened.image) >= 5
        width, height = image.size[::-1] if turned else image.size
        return Header(str(image.format), width, height)


def load(source: Source, role: Role | None = None, enough: int | None = None) -> Tensor:
    """Decode the first frame: upright, sRGB, (1, 3, H, W), or (1, 4, H, W) with its alpha.

    With ``enough``, a picture of more than `LARGE` pixels is shrunk by a whole factor, to no less
    than so many pixels on its shorter side, which saves memory. Raises `PictureError`.
    """
    import torch

    pixels = decode(source, role)
    height, width = pixels.shape[:2]
    large = enough is not None and height * width > LARGE
    factor = max(1, min(height, width) // enough) if large and enough else 1
    with _errors(source, role):  # the system would end the program without a word
        check_free(pixels.size // factor**2 * np.float32().nbytes)
    return torch.from_numpy(planes_of(pixels, factor))[None]


def decode(source: Source, role: Role | None = None) -> Pixels:
    """Decode a picture to integers (H, W, 3) or (H, W, 4): 8 bits where they are exact, else 16.

    If the file is cut off, a warning says how much is missing. Raises `PictureError`.
    """
    decoded = examine(source, role)
    if decoded.missing is not None:
        logger.warning("%s", PictureCut.of(decoded.missing, role, _name(source)))
    return decoded.pixels


def examine(source: Source, role: Role | None = None) -> Decoded:
    """Decode a picture as `decode` does, and say what is missing instead of a warning."""
    with _opened(source, role) as data:
        return decoding.decode(open_picture(data), _title(source, role))


def read_metadata(source: Source) -> dict[str, Any]:
    """Read the settings that `save` put into a PNG; raises `PictureError` if there are none.

    Those of an earlier version have today's names.
    """
    with _opened(source, None) as data:
        text = open_header(data).image.info.get(KEY, "")  # results may be larger than inputs
        with suppress(ValueError, RecursionError):  # anyone can write a chunk
            metadata = json.loads(text)
            if isinstance(metadata, dict):
                return _renamed(metadata)
        raise NoMetadata


def _renamed(metadata: dict[str, Any]) -> dict[str, Any]:
    match metadata:
        case {"settings": dict(values)}:
            with suppress(SettingsError):
                return {**metadata, "settings": aliases.renamed(values)}
    return metadata


def _title(source: Source, role: Role | None) -> str:
    if isinstance(source, str | Path):
        return printable(Path(source).name)
    return PHRASES[role or ""]


def _name(source: Source) -> str | None:
    return Path(source).name if isinstance(source, str | Path) else None


@contextmanager
def _opened(source: Source, role: Role | None) -> Iterator[bytes]:
    with _errors(source, role), quiet_pillow():
        yield _read(source)


@contextmanager
def _errors(source: Source, role: Role | None) -> Iterator[None]:
    """Errors raised meanwhile say which picture they are about."""
    try:
        yield
    except PictureError as error:
        error.role, error.name = role, _name(source)
        raise


def _read(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source
    if not isinstance(source, str | Path):
        return source.read()
    try:
        found = Path(source).stat()
        if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for a writer
            raise PictureIsNoFile
        check_free(found.st_size)
        return Path(source).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PictureMissing(Path(printable(source))) from error
    except (OSError, ValueError) as error:  # a name too long, a NUL in it, a broken disk
        reason = printable(getattr(error, "strerror", None) or error).lower()
        raise PictureUnreadable(reason) from error
