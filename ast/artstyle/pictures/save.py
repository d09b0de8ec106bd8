"""Pictures to bytes and to files."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from artstyle.errors import OutputError

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
KEY = "artstyle"  # of the PNG text chunk that holds the settings


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
        info.add_text(KEY, json.dumps(dict(metadata), default=str))
    return info


def check_output(path: Path | str) -> None:
    """Refuse, before a run, a place where its result couldn't be saved; raises OutputError."""
    path = Path(path)
    _format_of(path)
    try:
        if path.is_dir():
            raise OutputError(f"{_printable(path.name)} is a folder; name a file in it")
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
        raise OutputError(f"{_printable(path.name)} has no ending that can be written; use {valid}")
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


def _printable(text: object) -> str:
    """Keep a message on one line, and encodable, whatever a file is called."""
    return "".join(c if c.isprintable() else "?" for c in str(text))
