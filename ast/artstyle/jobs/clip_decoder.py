"""The program of a child process that checks and stores clips that users send.

As with pictures, only the pixels are kept, and the sound: a clip is decoded here, and written anew
upright, at a constant rate, without where and when it was recorded. What paints it later never
meets the user's file.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from math import ceil
from pathlib import Path
from uuid import uuid4

from artstyle.errors import BadInput, ClipError, ClipTooLong, PictureError
from artstyle.files import atomic_write, make_durable
from artstyle.pictures import decoder
from artstyle.pictures.messages import (
    Check,
    Length,
    Refused,
    Reply,
    Request,
    Size,
    Store,
    Unwritten,
)
from artstyle.pictures.pixels import Pixels
from artstyle.pictures.thumbnails import thumbnail
from artstyle.video import reading, writing
from artstyle.video.excerpt import Excerpt
from artstyle.video.reading import Clip, Limits

SIDE = 1080  # px of the shorter side that are kept at most
MOST_RATE = 30  # frames per second that are kept at most: each takes seconds to paint
GRACE = 0.5  # seconds that a clip may be longer, which are cut off
CORES = 2  # FFmpeg has a thread for each that it sees, and frames for each thread
# The next decoder sees hardly a difference, and this takes a third of the usual preset's time.
QUALITY = {"crf": "12", "preset": "veryfast"}


def main(memory: int, seconds: int, most: float) -> None:
    """Answer requests within so much memory and time, of clips up to ``most`` seconds."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    decoder.serve(partial(answer, most=most), memory, seconds)


def answer(request: Request, most: float) -> Reply:
    try:
        return _check(request, most) if isinstance(request, Check) else _store(request, most)
    except (ClipError, PictureError) as error:
        return _refused(error, request)
    except OSError as error:
        return Unwritten(error.errno or 0, error.strerror or str(error), error.filename)


def _refused(error: BadInput, request: Request) -> Refused:
    """An error without the name of our own file."""
    if isinstance(error, PictureError):
        error.role = request.role
    return Refused(error.code, {**error.data, "name": None})


def _check(request: Check, most: float) -> Size:
    with _as_file(request.data, Path(tempfile.gettempdir())) as path:
        clip = _opened(path, most)
    height, width = clip.size
    return Size(height, width, length=_length(clip.seconds, clip.count(Excerpt()), clip.rate))


def _store(request: Store, most: float) -> Size:
    out = Path(request.lossless)
    with _as_file(request.data, out.parent) as path:
        clip = _opened(path, most)
        excerpt = Excerpt(end=most, rate=clip.rate / ceil(clip.rate / MOST_RATE))
        shown = _Shown(clip, excerpt)
        assert excerpt.rate
        writing.write(out, shown, excerpt.rate, clip, excerpt, quality=QUALITY)
    make_durable(out)
    atomic_write(Path(request.view), thumbnail(shown.first, decoder.VIEW))
    atomic_write(Path(request.thumb), thumbnail(shown.first, decoder.THUMB))
    height, width = (side // 2 * 2 for side in shown.first.shape[:2])
    seconds = float(shown.count / excerpt.rate)
    return Size(height, width, length=_length(seconds, shown.count, excerpt.rate))


def _opened(path: Path, most: float) -> Clip:
    try:
        return reading.check(path, limits=Limits(seconds=most + GRACE))
    except ClipTooLong as error:
        raise ClipTooLong(error.seconds, most) from error


def _length(seconds: float, frames: int, rate: Fraction) -> Length:
    return Length(round(seconds, 3), frames, round(float(rate), 3))


@contextmanager
def _as_file(data: bytes, folder: Path) -> Iterator[Path]:
    """The clip as a file, which FFmpeg can seek in."""
    path = folder / f".artstyle-{uuid4().hex}.part"
    try:
        path.write_bytes(data)
        yield path
    finally:
        path.unlink(missing_ok=True)


class _Shown:
    """The pictures of a clip, counted as they are read."""

    def __init__(self, clip: Clip, excerpt: Excerpt) -> None:
        self._clip, self._excerpt = clip, excerpt
        self.count = 0
        self.first: Pixels

    def __iter__(self) -> Iterator[Pixels]:
        for frame in reading.frames(self._clip, self._excerpt, SIDE):
            if not self.count:
                self.first = frame.pixels
            self.count += 1
            yield frame.pixels


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
