"""Pictures from files and bytes.

A picture is float32 RGB in [0, 1], shape (1, 3, H, W), contiguous, each value a multiple of
1/65535. Nothing of the file but its pixels gets into it, so an output never holds any EXIF.
"""

from __future__ import annotations

import contextlib
import io
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from artstyle.errors import (
    PHRASES,
    NoMetadata,
    PictureError,
    PictureIsNoFile,
    PictureMissing,
    PictureUnreadable,
    Role,
    printable,
)
from artstyle.pictures import decode as decoding
from artstyle.pictures.decode import Pixels, planes_of
from artstyle.pictures.formats import open_header, open_picture, quiet_pillow
from artstyle.pictures.limits import check_free
from artstyle.pictures.save import KEY

if TYPE_CHECKING:
    from torch import Tensor

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
    with _opened(source, role) as stream:
        image = open_picture(stream)
        turned = decoding.orientation(image) >= 5
        width, height = image.size[::-1] if turned else image.size
        return Header(str(image.format), width, height)


def load(source: Source, role: Role | None = None) -> Tensor:
    """Decode the first frame: upright, sRGB, on white, (1, 3, H, W). Raises `PictureError`."""
    import torch

    pixels = decode(source, role)
    with _errors(source, role):  # the system would end the program without a word
        check_free(pixels.size * np.float32().nbytes)
    return torch.from_numpy(planes_of(pixels))[None]


def decode(source: Source, role: Role | None = None) -> Pixels:
    """Decode a picture as `load` does, to integers (H, W, 3): 8 bits where they are exact."""
    with _opened(source, role) as stream:
        return decoding.decode(open_picture(stream), stream, _title(source, role))


def read_metadata(source: Source) -> dict[str, Any]:
    """Read the settings that `save` put into a PNG; raises `PictureError` if there are none."""
    with _opened(source, None) as stream:
        _, image = open_header(stream)  # results may be larger than inputs
        text = image.info.get(KEY, "")
        with contextlib.suppress(ValueError, RecursionError):  # anyone can write a chunk
            metadata = json.loads(text)
            if isinstance(metadata, dict):
                return metadata
        raise NoMetadata


def _title(source: Source, role: Role | None) -> str:
    if isinstance(source, str | Path):
        return printable(Path(source).name)
    return PHRASES[role or ""]


@contextlib.contextmanager
def _opened(source: Source, role: Role | None) -> Iterator[BinaryIO]:
    with _errors(source, role), quiet_pillow(), _open(source) as stream:
        yield stream


@contextlib.contextmanager
def _errors(source: Source, role: Role | None) -> Iterator[None]:
    """Errors raised meanwhile say which picture they are about."""
    try:
        yield
    except PictureError as error:
        error.role = role
        if isinstance(source, str | Path):
            error.name = Path(source).name
        raise


def _open(source: Source) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if not isinstance(source, str | Path):
        return io.BytesIO(source.read())
    try:
        mode = Path(source).stat().st_mode
        if not stat.S_ISREG(mode):  # opening a pipe would wait for a writer
            raise PictureIsNoFile
        return Path(source).open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PictureMissing(Path(printable(source))) from error
    except (OSError, ValueError) as error:  # a name too long, a NUL in it, a broken disk
        reason = printable(getattr(error, "strerror", None) or error).lower()
        raise PictureUnreadable(reason) from error
