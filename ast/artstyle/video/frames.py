"""The folder that keeps the finished frames of a clip until all of them are there."""

from __future__ import annotations

import errno
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from PIL import Image

from artstyle import files
from artstyle.errors import (
    DiskError,
    DiskFull,
    DiskUnwritable,
    FramesBusy,
    FramesFolderTaken,
    FramesOfAnother,
    printable,
)
from artstyle.pictures import save
from artstyle.pictures.pixels import Pixels

MADE_OF, LOCK = "clip.json", "lock"
FRAME = re.compile(r"\d{6,}\.png", re.ASCII)


class Frames:
    """Finished frames as PNGs, and a note of what they are made of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def opened(self, made_of: Mapping[str, Any], *, force: bool = False) -> Iterator[None]:
        """Hold the folder meanwhile, for frames of this clip alone.

        ``force`` drops those of another. Raises `ClipError` or `DiskError`.
        """
        with disk_errors():
            if not self._is_ours():
                raise FramesFolderTaken(self.folder)
            self.folder.mkdir(exist_ok=True)
            lock = FileLock(self.folder / LOCK, timeout=0)
        try:
            with lock:
                self._prepare(made_of, force=force)
                yield
        except Timeout as error:
            raise FramesBusy(self.folder) from error

    def path(self, number: int) -> Path:
        return self.folder / f"{number:06}.png"

    def load(self, number: int) -> Pixels | None:
        """A finished frame, (H, W, 3) in 8 bits; None if it isn't there, or is damaged."""
        try:
            with Image.open(io.BytesIO(self.path(number).read_bytes())) as image:
                return np.asarray(image.convert("RGB"))
        except (OSError, SyntaxError, ValueError):  # whatever Pillow finds
            return None

    def save(self, number: int, pixels: Pixels) -> None:
        """Keep a finished frame; raises `DiskError`."""
        with disk_errors():
            files.atomic_write(self.path(number), save.encode_lossless(pixels))

    def remove(self) -> None:
        """Delete the frames, and the folder if nothing else is in it."""
        self._clear()
        with suppress(OSError):
            (self.folder / LOCK).unlink(missing_ok=True)
            self.folder.rmdir()

    def _prepare(self, made_of: Mapping[str, Any], *, force: bool) -> None:
        note, text = self.folder / MADE_OF, json.dumps(dict(made_of), indent=2, default=str)
        with disk_errors():
            if note.exists() and note.read_text(encoding="utf-8", errors="replace") != text:
                if not force:
                    raise FramesOfAnother(self.folder)
                self._clear()
            files.atomic_write(note, text.encode())

    def _is_ours(self) -> bool:
        """Whether it is new, empty, or holds what an earlier run left."""
        if not self.folder.is_dir():
            return not self.folder.exists()
        names = {each.name for each in self.folder.iterdir()} - {LOCK}
        return not names or MADE_OF in names

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if (
                path.name == MADE_OF
                or FRAME.fullmatch(path.name)
                or files.PART.fullmatch(path.name)
            ):
                path.unlink(missing_ok=True)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raise what the system reports of a disk as a `DiskError`."""
    try:
        yield
    except OSError as error:
        raise _disk_error(error) from error


def _disk_error(error: OSError) -> DiskError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    path = Path(printable(error.filename or "a file"))
    return DiskUnwritable(path, printable(error.strerror or error))
