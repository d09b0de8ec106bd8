"""Clips: what a file holds, and its frames, upright and at a constant rate."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from artstyle.errors import (
    ClipDamaged,
    ClipHeavy,
    ClipTooLong,
    ClipTooShort,
    ClipUnreadable,
    ClipUnsupported,
    ClipWithoutVideo,
    PictureTooLong,
    PictureTooSmall,
    printable,
)
from artstyle.pictures.formats import MAX_RATIO, MIN_SIDE
from artstyle.pictures.pixels import Pixels
from artstyle.style.pyramid import Size
from artstyle.video import library, upright
from artstyle.video.excerpt import Excerpt, steady

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

USUAL_RATE = Fraction(25)  # of a clip that doesn't say
MOST_RATE = Fraction(60)  # GIFs and screen recordings may claim 100 or 1000
FAR = 2.0  # seconds from which on seeking saves time

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a clip may be; unset: any."""

    seconds: float | None = None  # of the part that is painted
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """What a file holds, as far as one frame and the header tell."""

    path: Path
    size: Size  # (height, width), upright and with square pixels
    rate: Fraction  # frames per second, on average
    seconds: float
    zero: float  # the time of the first frame, in the file's own clock
    sound: bool

    def count(self, excerpt: Excerpt) -> int:
        """About how many frames a part of it has."""
        seconds = excerpt.seconds(self.seconds) or 0.0
        return max(1, round(seconds * (excerpt.rate or self.rate)))


class Frame(NamedTuple):
    """A frame's pixels, and whether they are others than those of the frame before."""

    pixels: Pixels
    fresh: bool


def check(path: Path, excerpt: Excerpt | None = None, limits: Limits | None = None) -> Clip:
    """Open a clip and decode its first frame. Raises `ClipError` or `PictureError`."""
    excerpt, limits = excerpt or Excerpt(), limits or Limits()
    with _opened(path, limits.bytes) as (container, stream):
        first = next(_decoded(container, stream, path.name), None)
        if first is None:
            raise ClipDamaged(name=path.name)
        zero = float((stream.start_time or 0) * (stream.time_base or 0))
        clip = Clip(
            path=path,
            size=upright.size_of(first, _aspect(stream)),
            rate=min(stream.average_rate or stream.guessed_rate or USUAL_RATE, MOST_RATE),
            seconds=_seconds(container, stream, zero),
            zero=zero,
            sound=bool(container.streams.audio),
        )
    _check_size(clip)
    _check_times(clip, excerpt, limits)
    return clip


def frames(clip: Clip, excerpt: Excerpt, enough: int) -> Iterator[Frame]:
    """The frames of a part of a clip, at a constant rate.

    Those that are larger are shrunk to ``enough`` pixels on the shorter side. What is damaged is
    left out, with a warning, and the frame before is shown instead. Raises `ClipError`.
    """
    scale = min(1.0, enough / min(clip.size))
    size = round(clip.size[0] * scale), round(clip.size[1] * scale)
    with _opened(clip.path) as (container, stream):
        if excerpt.begin > FAR:
            container.seek(round((clip.zero + excerpt.begin) * 1_000_000))  # to a key frame before
        timed = _timed(clip, _decoded(container, stream, clip.path.name))
        rate = excerpt.rate or clip.rate
        pixels: Pixels | None = None
        for frame, fresh in steady(timed, rate, excerpt, 1 / float(clip.rate)):
            if fresh or pixels is None:
                pixels = upright.pixels(frame, size)
            yield Frame(pixels, fresh)
    if pixels is None:
        raise ClipTooShort(round(clip.seconds, 2), excerpt.begin, name=clip.path.name)


@contextmanager
def _opened(
    path: Path, most_bytes: int | None = None
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The file and its first video that isn't a cover picture. Raises `ClipError`."""
    av = library.load()
    try:
        if most_bytes is not None and path.stat().st_size > most_bytes:
            raise ClipHeavy(most_bytes / 1e6, name=path.name)
        container = av.open(str(path), metadata_errors="replace")  # titles in any encoding
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        raise ClipDamaged(name=path.name) from error
    except av.error.PatchWelcomeError as error:
        raise ClipUnsupported("something unknown", name=path.name) from error
    except OSError as error:
        reason = printable(error.strerror or error).lower()
        raise ClipUnreadable(reason, name=path.name) from error
    with container:
        cover = av.stream.Disposition.attached_pic
        streams = [each for each in container.streams.video if not each.disposition & cover]
        if not streams:
            raise ClipWithoutVideo(name=path.name)
        if streams[0].codec_context is None:
            raise ClipUnsupported("an unknown codec", name=path.name)
        streams[0].thread_type = "AUTO"
        yield container, streams[0]


def _decoded(container: InputContainer, stream: VideoStream, name: str) -> Iterator[VideoFrame]:
    """Every frame that can be decoded."""
    av = library.load()
    packets, damaged = container.demux(stream), False
    while True:
        try:
            if (packet := next(packets, None)) is None:
                return
            yield from packet.decode()
        except (av.error.EOFError, StopIteration):
            return
        except av.error.PatchWelcomeError as error:
            raise ClipUnsupported(stream.codec_context.name, name=name) from error
        except av.error.FFmpegError:
            if not damaged:
                logger.warning("%s is damaged in places, which are left out", printable(name))
            damaged = True


def _timed(clip: Clip, decoded: Iterator[VideoFrame]) -> Iterator[tuple[float, VideoFrame]]:
    """Each frame with its time since the first; one without goes where it would be expected."""
    expected = 0.0
    for frame in decoded:
        time = frame.time - clip.zero if frame.pts is not None else expected
        expected = time + 1 / float(clip.rate)
        yield time, frame


def _aspect(stream: VideoStream) -> Fraction:
    """How much wider than high a pixel is."""
    return stream.sample_aspect_ratio or Fraction(1)


def _seconds(container: InputContainer, stream: VideoStream, zero: float) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return container.duration / 1_000_000
    return _last(container, stream)  # a browser's recording doesn't say


def _last(container: InputContainer, stream: VideoStream) -> float:
    """The seconds that all further packets take together, by their own durations or the rate."""
    usual = 1 / (stream.average_rate or stream.guessed_rate or USUAL_RATE)
    base = stream.time_base or Fraction(0)
    sizes = (each.duration for each in container.demux(stream) if each.size)
    return float(sum(duration * base if duration else usual for duration in sizes))


def _check_size(clip: Clip) -> None:
    height, width = clip.size
    if min(clip.size) < MIN_SIDE:
        raise PictureTooSmall(width, height, MIN_SIDE, name=clip.path.name)
    if max(clip.size) > MAX_RATIO * min(clip.size):
        raise PictureTooLong(width, height, MAX_RATIO, name=clip.path.name)


def _check_times(clip: Clip, excerpt: Excerpt, limits: Limits) -> None:
    if excerpt.begin and excerpt.begin >= clip.seconds:
        raise ClipTooShort(round(clip.seconds, 2), excerpt.begin, name=clip.path.name)
    seconds = excerpt.seconds(clip.seconds) or 0.0
    if limits.seconds is not None and seconds > limits.seconds:
        raise ClipTooLong(round(seconds, 2), limits.seconds, name=clip.path.name)
