"""A job's pictures in other sizes and formats, made when asked for and kept beside them."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

from PIL import Image

from artstyle.errors import SidesTooLong
from artstyle.files import atomic_write
from artstyle.jobs.files import SMALL, JobFiles

THREADS = 2  # pictures that are made at the same time
QUALITY = 82  # of small pictures
CLIP = "mp4"
FORMATS = {  # of results, and the longest side that each can hold
    "png": 2**31 - 1,
    "jpeg": 65_500,
    "webp": 16_383,
}


class Renditions:
    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "renditions")
        self._turns: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def small(self, files: JobFiles, name: str) -> Path | None:
        """The file called like ``preview-384.webp``; None if there is no such picture.

        The number is the width in px at most. Raises `OSError`.
        """
        found = SMALL.fullmatch(name)
        source = files.picture(found["name"]) if found else None
        if found is None or source is None:
            return None
        make = partial(small, width=int(found["width"]))
        return await self._made(source, files.folder / name, make)

    async def result(self, files: JobFiles, format: str) -> Path | None:
        """The result in one of `FORMATS`; None if there is none. Raises `SidesTooLong`."""
        if format == "png":
            return files.result
        path = files.folder / f"result.{format}"
        return await self._made(files.result, path, partial(_converted, format=format))

    async def _made(self, source: Path, path: Path, make: Callable[[Path], bytes]) -> Path | None:
        turn = self._turns.setdefault(path, asyncio.Lock())  # many ask for the same one
        async with turn:
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._threads, _make, source, path, make)
        return path if made else None


def _make(source: Path, path: Path, make: Callable[[Path], bytes]) -> bool:
    """Make a picture unless it is there; False if there is nothing to make it of."""
    try:
        made_of = source.stat().st_mtime_ns
        with suppress(FileNotFoundError):
            if path.stat().st_mtime_ns == made_of:
                return True
        atomic_write(path, make(source))
        os.utime(path, ns=(made_of, made_of))
    except FileNotFoundError:  # the source, or the job's folder
        return False
    return True


def small(source: Path | io.BytesIO, width: int) -> bytes:
    """A WebP of a picture, at most so many px wide."""
    with Image.open(source) as image:
        size = (min(width, image.width), max(1, round(image.height * min(1, width / image.width))))
        image.draft(
            "RGB", (2 * size[0], 2 * size[1])
        )  # a JPEG is decoded at a fraction of its size
        made = image.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    buffer = io.BytesIO()
    made.save(buffer, "webp", quality=QUALITY, method=4)
    return buffer.getvalue()


def _converted(source: Path, format: str) -> bytes:
    buffer = io.BytesIO()
    with Image.open(source) as image:
        if max(image.size) > FORMATS[format]:
            raise SidesTooLong(*image.size, format=format.upper(), most=FORMATS[format])
        options = {"subsampling": "4:4:4"} if format == "jpeg" else {}  # strokes are colour edges
        image.convert("RGB").save(buffer, format, quality=95, **options)
    return buffer.getvalue()
