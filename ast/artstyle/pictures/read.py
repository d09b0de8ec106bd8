"""Pictures from files and bytes.

A picture is float32 RGB in [0, 1], shape (1, 3, H, W), contiguous. Nothing of the file but
its pixels gets into it, so no EXIF, no place and no camera can reach an output.
"""

from __future__ import annotations

import contextlib
import io
import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from artstyle.errors import PictureError
from artstyle.pictures import decode as pixels
from artstyle.pictures.formats import open_picture, quiet_pillow
from artstyle.pictures.save import KEY

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Header:
    """What a file claims to be: Pillow's name of the format; the size in pixels, upright."""

    format: str
    width: int
    height: int


def check(source: Path | str | bytes, name: str | None = None) -> Header:
    """Refuse what can't be a picture of a usable size, from the header alone and without torch.

    Raises PictureError. The pixels aren't decoded, so damage further on shows in `load` only.
    """
    title = _title(source, name)
    with quiet_pillow(), _open(source, title) as stream:
        image = open_picture(stream, title)
        turned = pixels.orientation(image) >= 5
        width, height = image.size[::-1] if turned else image.size
        return Header(str(image.format), width, height)


def load(source: Path | str | bytes | BinaryIO, name: str | None = None) -> Tensor:
    """Decode a picture: upright, sRGB, on white, (1, 3, H, W).

    `name` is what messages call it: the file's name unless given. Of several frames or pages
    the first counts. Raises PictureError.
    """
    import torch

    return torch.from_numpy(decode(source, name))[None]


def decode(source: Path | str | bytes | BinaryIO, name: str | None = None) -> pixels.Planes:
    """Decode a picture as `load` does, without torch: float32 (3, H, W). Raises PictureError."""
    title = _title(source, name)
    with quiet_pillow(), _open(source, title) as stream:
        return pixels.decode(open_picture(stream, title), stream, title)


def _title(source: object, name: str | None) -> str:
    if not name and isinstance(source, (str, Path)):
        name = Path(source).name
    return _printable(name or "the picture")


def _printable(text: object) -> str:
    """Keep a message on one line, and encodable, whatever a file is called."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def _open(source: Path | str | bytes | BinaryIO, title: str) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if not isinstance(source, (str, Path)):
        return io.BytesIO(source.read())
    try:
        return _open_file(Path(source), title)
    except (FileNotFoundError, NotADirectoryError) as error:
        message = f"{title} doesn't exist (looked for {_printable(source)}); check the path"
        raise PictureError(message) from error
    except PermissionError as error:
        message = f"{title} can't be read: permission denied; change its permissions"
        raise PictureError(message) from error
    except (OSError, ValueError) as error:  # a name too long, a NUL in it, a broken disk
        message = f"{title} can't be read ({_printable(error)}); choose another file"
        raise PictureError(message) from error


def _open_file(path: Path, title: str) -> BinaryIO:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise PictureError(f"{title} is a folder; name a picture in it")
    if not stat.S_ISREG(mode):  # opening a pipe would wait for a writer
        raise PictureError(f"{title} isn't a regular file; save it as a file first")
    return path.open("rb")


def read_metadata(source: Path | str | bytes, name: str | None = None) -> dict[str, Any]:
    """Read the settings that `save` put into a PNG; raises PictureError where there are none."""
    title = _title(source, name)
    with quiet_pillow(), _open(source, title) as stream:
        text = open_picture(stream, title).info.get(KEY, "")
    with contextlib.suppress(ValueError, RecursionError):  # anyone can write a chunk
        metadata = json.loads(text)
        if isinstance(metadata, dict):
            return metadata
    raise PictureError(f"{title} holds no settings of artstyle; choose a PNG that artstyle saved")
