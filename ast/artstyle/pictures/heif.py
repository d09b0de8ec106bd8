"""AVIF and HEIC as a tree of boxes: the colours that a file describes by numbers.

ISO/IEC 14496-12 (boxes), 23008-12 (HEIF), 23000-22 (nclx instead of a profile). Decoders give what
the file holds, without saying which colours these are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from artstyle.pictures.color_spaces import (
    PRIMARIES,
    SCREEN,
    SRGB,
    SRGB_TRANSFER,
    ColorSpace,
    from_cicp,
)

BOXES = 10_000  # a photo of an iPhone has about 200
_TO_COLOURS = (b"meta", b"iprp", b"ipco", b"colr")
_HEAD = {b"meta": 4}  # bytes of a version before the boxes inside


def color_space(data: bytes) -> ColorSpace | None:
    """How colours differ from sRGB, by the first ``nclx`` of a file; None if they don't."""
    for start, end in _boxes(memoryview(data), _TO_COLOURS):
        if data[start : start + 4] == b"nclx" and end - start >= 10:
            primaries, transfer = struct.unpack_from(">HH", data, start + 4)
            # programs write BT.709's curve and mean sRGB's, and browsers show it like this
            transfer = SRGB_TRANSFER if transfer in SCREEN else transfer
            same = PRIMARIES.get(primaries) == SRGB and transfer == SRGB_TRANSFER
            return None if same else from_cicp(primaries, transfer, 0, 1)
    return None


def _boxes(
    view: memoryview, path: tuple[bytes, ...], start: int = 0, end: int | None = None
) -> Iterator[tuple[int, int]]:
    """Where the contents of the boxes at a path begin and end."""
    end = len(view) if end is None else end
    for _ in range(BOXES):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", view, start)
        inside, stop = start + 8, start + size
        if size == 0:  # up to the end
            stop = end
        if stop < inside or stop > end:  # also those of more than 4 GB, which aren't read
            return
        if kind == path[0]:
            inside += _HEAD.get(kind, 0)
            if len(path) == 1:
                yield inside, stop
            else:
                yield from _boxes(view, path[1:], inside, stop)
        start = stop
