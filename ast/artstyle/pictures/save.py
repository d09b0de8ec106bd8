"""Pictures to bytes and to files."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from artstyle.errors import OutputError, printable
from artstyle.files import followed, replacing
from artstyle.pictures import alpha
from artstyle.pictures.pixels import Pixels, Planes, planes_of, strips
from artstyle.pictures.png import KEY

if TYPE_CHECKING:
    from torch import Tensor

ENDINGS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_MAX_SIDE = {"png": 2**31 - 1, "jpeg": 65500, "webp": 16383}  # libjpeg stops short of 65535
_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {},
    "jpeg": {"quality": 95, "subsampling": "4:4:4"},  # brush strokes are colour edges
    "webp": {"quality": 95},
}


def encode(picture: Tensor, format: str, metadata: Mapping[str, object] | None = None) -> bytes:
    """Encode a picture (1, 3, H, W) as "png", "jpeg" or "webp"; only PNG carries the metadata.

    A picture with alpha, (1, 4, H, W), is laid on white in a JPEG. Raises `OutputError` for
    another format or a side that the format can't hold.
    """
    if format not in _OPTIONS:
        raise OutputError(f"{printable(format)} can't be written; use one of {', '.join(_OPTIONS)}")
    _check_sides(format, *picture.shape[-2:])
    options = dict(_OPTIONS[format])
    if format == "png":
        options["pnginfo"] = _png_info(metadata)
    buffer = io.BytesIO()
    pixels = eight_bit(picture, on_white=format == "jpeg")
    Image.fromarray(pixels).save(buffer, format, **options)
    return buffer.getvalue()


def eight_bit(picture: Tensor | Pixels, *, on_white: bool = False) -> NDArray[np.uint8]:
    """Round a picture to 8 bits: (1, C, H, W) or pixels (H, W, C) -> (H, W, C).

    On white, a picture with alpha becomes one without.
    """
    if isinstance(picture, np.ndarray):
        height, width, channels = picture.shape
        if picture.dtype == np.uint8 and not (on_white and channels == 4):
            return picture.astype(np.uint8, copy=False)
    else:
        channels, height, width = picture.shape[1:]
    eight = np.empty((height, width, 3 if on_white else channels), np.uint8)
    for rows in strips(height, width):
        planes = _planes(picture, rows)
        planes = alpha.over(planes, "white") if on_white else planes
        eight[rows] = np.rint(planes.clip(0, 1) * 255).transpose(1, 2, 0)
    return eight


def _planes(picture: Tensor | Pixels, rows: slice) -> Planes:
    if isinstance(picture, np.ndarray):
        return planes_of(picture[rows])
    planes: Planes = picture[0, :, rows].detach().float().cpu().numpy()
    return planes


def encode_lossless(pixels: Pixels) -> memoryview:
    """Encode pixels (H, W, 3) or (H, W, 4) exactly, as a PNG of their depth."""
    import cv2

    speed = [cv2.IMWRITE_PNG_COMPRESSION, 1]  # a third larger, several times faster
    swap = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    blue_first = cv2.cvtColor(pixels, swap)
    return cv2.imencode(".png", blue_first, speed)[1].data  # a copy may not fit into memory


def _png_info(metadata: Mapping[str, object] | None) -> PngInfo:
    info = PngInfo()
    info.add_text("Software", "artstyle")
    if metadata is not None:  # ASCII JSON, since a file's name can hold what no text chunk can
        info.add_text(KEY, json.dumps(dict(metadata), default=str))
    return info


def check_output(path: Path | str) -> None:
    """Check, before a run, that its result can be saved there; raises `OutputError`."""
    _format_of(Path(path))
    check_place(Path(path))


def check_place(path: Path) -> None:
    """Check, before a run, that a file can be written there; raises `OutputError`."""
    try:
        end = followed(path)
        if end.is_dir():
            raise OutputError(f"{printable(path.name)} is a folder; name a file in it")
        if end.exists() and not end.is_file():  # /dev/null, say, would be replaced
            raise OutputError(f"{printable(path.name)} is a device or a pipe; name a file")
        if not end.parent.is_dir():
            raise OutputError(f"the folder {printable(end.parent)} doesn't exist; create it first")
        with tempfile.TemporaryFile(dir=end.parent):  # permissions alone don't tell
            return
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def check_size(path: Path | str, height: int, width: int) -> None:
    """Check, before a run, that the format of its result holds its sides; raises `OutputError`."""
    _check_sides(_format_of(Path(path)), height, width)


def _check_sides(format: str, height: int, width: int) -> None:
    if max(height, width) > _MAX_SIDE[format]:
        raise OutputError(
            f"{width} × {height} pixels are too many for {format.upper()}, whose sides end at "
            f"{_MAX_SIDE[format]}; save as PNG"
        )


def save(picture: Tensor, path: Path | str, metadata: Mapping[str, object] | None = None) -> None:
    """Write a picture as the path's ending says, whole or not at all. Raises `OutputError`.

    Where the path is a symbolic link, its target is written and the link stays.
    """
    path = Path(path)
    check_output(path)
    data = encode(picture, _format_of(path), metadata)
    try:
        with replacing(followed(path)) as part:
            part.write_bytes(data)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def _format_of(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise OutputError(
            f"{printable(path.name)} has no ending that can be written; use {', '.join(ENDINGS)}"
        )
    return ENDINGS[ending]


def _unwritable(path: Path, error: Exception) -> OutputError:
    reason = printable(getattr(error, "strerror", None) or error)
    return OutputError(
        f"{printable(path)} can't be written ({reason}); choose another folder or name"
    )
