"""Frames and sound to an MP4 that every browser and phone plays: H.264 and AAC."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artstyle.files import followed, replacing
from artstyle.pictures.pixels import Pixels
from artstyle.video import library
from artstyle.video.excerpt import Excerpt
from artstyle.video.frames import disk_errors
from artstyle.video.reading import Clip
from artstyle.video.sound import Sound

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

# Brush strokes are fine detail, which a usual quality (crf 23) smears.
QUALITY = {"crf": "17", "preset": "medium"}
NO_MORE: tuple[float, Any] = (math.inf, None)  # sound
BT709, LIMITED = 1, 1  # matrix, primaries and transfer; luma from 16 to 235


def write(
    out: Path,
    pictures: Iterable[Pixels],
    rate: Fraction,
    clip: Clip | None = None,
    excerpt: Excerpt | None = None,
    *,
    quality: Mapping[str, str] = QUALITY,
) -> None:
    """Write frames (H, W, 3), with the sound of this part of a clip, whole or not at all.

    Odd sizes lose a row or a column. ``quality`` is what x264 is told. Raises `DiskError`.
    """
    with (
        disk_errors(),
        replacing(followed(out)) as part,
        _created(part) as container,
        _source(clip) as source,
    ):
        remaining = iter(pictures)
        first = next(remaining)
        stream = _stream(container, rate, first, quality)
        sound = Sound(clip, excerpt or Excerpt(), source, container) if clip and source else None
        _fill(container, stream, itertools.chain((first,), remaining), sound)


@contextmanager
def _created(part: Path) -> Iterator[OutputContainer]:
    """The file, with its index at the beginning, so that it can be played while it loads."""
    av = library.load()
    with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        yield container


def _source(clip: Clip | None) -> Any:
    """The clip once more, for its sound; none if it has no sound."""
    if not (clip and clip.sound):
        return nullcontext()
    return library.load().open(str(clip.path), metadata_errors="replace")


def _fill(
    container: OutputContainer, stream: VideoStream, pictures: Iterable[Pixels], sound: Sound | None
) -> None:
    """Write frame after frame, each with the sound up to its end."""
    packets = sound.packets() if sound else iter(())
    time, packet = next(packets, NO_MORE)
    for number, pixels in enumerate(pictures):
        container.mux(stream.encode(_frame(pixels, number)))
        while time < (number + 1) / stream.codec_context.framerate:
            container.mux(packet)
            time, packet = next(packets, NO_MORE)
    container.mux(stream.encode(None))


def _stream(
    container: OutputContainer, rate: Fraction, pixels: Pixels, quality: Mapping[str, str]
) -> VideoStream:
    stream = container.add_stream("libx264", rate=rate, options=dict(quality))
    height, width = pixels.shape[:2]
    stream.width, stream.height, stream.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
    stream.color_range, stream.colorspace = LIMITED, BT709
    stream.color_primaries = stream.color_trc = BT709
    return stream


def _frame(pixels: Pixels, number: int) -> Any:
    """A frame of even sizes, in BT.709 as its tags say."""
    av = library.load()
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    whole = av.VideoFrame.from_ndarray(pixels[:height, :width].copy(), format="rgb24")
    frame = whole.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
    frame.pts = number
    return frame
