"""A decoded frame's pixels: RGB in sRGB, upright, square."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from artstyle.pictures import color_spaces
from artstyle.pictures.pixels import Pixels
from artstyle.style.pyramid import Size

if TYPE_CHECKING:
    from av import VideoFrame

UNSPECIFIED = 2  # in every one of the tables of ISO/IEC 23091-2
BT709, BT601 = 1, 5
HIGH_DEFINITION = 720  # rows from which on colours that say nothing are BT.709's
BT2020 = 9
BICUBIC, AREA = 1 << 2, 1 << 5  # FFmpeg's numbers
EXACT = 1 << 13 | 1 << 18 | 1 << 19  # full chroma, accurate rounding, on every processor the same


def size_of(frame: VideoFrame, aspect: Fraction) -> Size:
    """(height, width) upright, where ``aspect`` is the width of a pixel over its height.

    The side that the pixels are too short for is enlarged, so that none is lost.
    """
    height = round(frame.height * max(Fraction(1), 1 / aspect))
    width = round(frame.width * max(Fraction(1), aspect))
    return (width, height) if _turns(frame) % 2 else (height, width)


def pixels(frame: VideoFrame, size: Size) -> Pixels:
    """Convert a frame to (H, W, 3) of an upright size, with 16 bits where it has more than 8."""
    height, width = size[::-1] if _turns(frame) % 2 else size
    deep = max((each.bits for each in frame.format.components), default=8) > 8
    rgb: Any = frame.reformat(
        width=width,
        height=height,
        format="rgb48le" if deep else "rgb24",
        src_colorspace=_matrix(frame),
        src_color_range=int(frame.color_range),
        interpolation=EXACT | (AREA if width < frame.width else BICUBIC),
    ).to_ndarray()
    turned: Pixels = np.ascontiguousarray(np.rot90(_standard(rgb, frame), _turns(frame)))
    return turned


def _turns(frame: VideoFrame) -> int:
    """Quarter turns anticlockwise that make a frame upright: a phone held sideways needs some."""
    return round(frame.rotation / 90) % 4


def _matrix(frame: VideoFrame) -> int:
    """The matrix that a frame's colours were made with; old clips and new ones mean another."""
    if frame.colorspace != UNSPECIFIED:
        return int(frame.colorspace)
    return BT709 if min(frame.height, frame.width) >= HIGH_DEFINITION else BT601


def _standard(rgb: Pixels, frame: VideoFrame) -> Pixels:
    """The pixels in sRGB: HDR is dimmed, and BT.2020's colours are moved."""
    transfer, primaries = int(frame.color_trc), int(frame.color_primaries)
    if transfer not in (color_spaces.PQ, color_spaces.HLG) and primaries != BT2020:
        return rgb  # BT.709, as screens show it
    primaries = BT2020 if primaries == UNSPECIFIED else primaries
    transfer = BT709 if transfer == UNSPECIFIED else transfer
    space = color_spaces.from_cicp(primaries, transfer, 0, 1)
    return space.to_srgb(rgb) if space else rgb
