"""Pictures from bytes and to bytes, with messages for whoever gave the file.

A picture is float32 RGB in [0, 1], shape (1, 3, H, W), contiguous. Nothing of the file but
its pixels gets into it, so no EXIF, no place and no camera can reach an output.
"""

from __future__ import annotations

import contextlib
import io
import json
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import uuid4

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from artstyle import pixels
from artstyle.errors import OutputError, PictureError
from artstyle.formats import open_picture, quiet_pillow

if TYPE_CHECKING:
    from torch import Tensor

ENDINGS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_MAX_SIDE = {"png": 2**31 - 1, "jpeg": 65500, "webp": 16383}  # libjpeg stops short of 65535
_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {},
    "jpeg": {"quality": 95, "subsampling": "4:4:4"},  # brush strokes are colour edges
    "webp": {"quality": 95},
}
_STRIP = 256  # rows turned to 8 bits at a time
_KEY = "artstyle"  # of the PNG text chunk that holds the settings


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
        text = open_picture(stream, title).info.get(_KEY, "")
    with contextlib.suppress(ValueError, RecursionError):  # anyone can write a chunk
        metadata = json.loads(text)
        if isinstance(metadata, dict):
            return metadata
    raise PictureError(f"{title} holds no settings of artstyle; choose a PNG that artstyle saved")


def encode(picture: Tensor, format: str, metadata: Mapping[str, object] | None = None) -> bytes:
    """Encode a picture as "png", "jpeg" or "webp"; only PNG carries the metadata, as JSON.

    Raises OutputError for another format or a side that the format can't hold.
    """
    if format not in _OPTIONS:
        raise OutputError(
            f"{_printable(format)} can't be written; use one of {', '.join(_OPTIONS)}"
        )
    image = _to_image(picture, format)
    options = dict(_OPTIONS[format])
    if format == "png":
        options["pnginfo"] = _png_info(metadata)
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def _to_image(picture: Tensor, format: str) -> Image.Image:
    height, width = picture.shape[-2:]
    if max(height, width) > _MAX_SIDE[format]:
        raise OutputError(
            f"{width} x {height} pixels are too many for {format.upper()}, whose sides end at "
            f"{_MAX_SIDE[format]}; save as PNG"
        )
    eight = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):  # no copy in float32 of a picture that may be large
        (strip,) = picture.detach()[..., top : top + _STRIP, :].float().clamp(0, 1)
        pixels = strip.mul(255).round_().byte()
        eight[top : top + _STRIP] = pixels.permute(1, 2, 0).cpu().numpy()  # (3, H, W) -> (H, W, 3)
    return Image.fromarray(eight)


def _png_info(metadata: Mapping[str, object] | None) -> PngInfo:
    info = PngInfo()
    info.add_text("Software", "artstyle")
    if metadata is not None:  # ASCII JSON, for a file name can hold what no text chunk can
        info.add_text(_KEY, json.dumps(dict(metadata), default=str))
    return info


def check_output(path: Path | str) -> None:
    """Refuse, before a run, a place where its result couldn't be saved; raises OutputError."""
    path = Path(path)
    _format_of(path)
    try:
        if path.is_dir():
            raise OutputError(f"{_title(path, None)} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise OutputError(
                f"the folder {_printable(path.parent)} doesn't exist; create it first"
            )
        with tempfile.TemporaryFile(dir=path.parent):  # permissions alone don't tell
            return
    except (OSError, ValueError) as error:
        raise OutputError(_unwritable(path, error)) from error


def _format_of(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        valid = ", ".join(ENDINGS)
        raise OutputError(f"{_title(path, None)} has no ending that can be written; use {valid}")
    return ENDINGS[ending]


def _unwritable(path: Path, error: Exception) -> str:
    reason = _printable(getattr(error, "strerror", None) or error)
    return f"{_printable(path)} can't be written ({reason}); choose another folder or name"


def save(picture: Tensor, path: Path | str, metadata: Mapping[str, object] | None = None) -> None:
    """Write a picture in the format of the path's ending, whole or not at all.

    Raises OutputError when it can't be written there.
    """
    path = Path(path)
    check_output(path)
    data = encode(picture, _format_of(path), metadata)
    part = path.with_name(f".artstyle-{uuid4().hex}.part")  # same folder, so that replace is atomic
    try:
        part.write_bytes(data)
        part.replace(path)
    except (OSError, ValueError) as error:
        raise OutputError(_unwritable(path, error)) from error
    finally:
        part.unlink(missing_ok=True)
