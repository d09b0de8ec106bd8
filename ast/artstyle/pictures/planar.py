"""TIFF files that keep each channel by itself, with 16 bits: no decoder at hand reads them.

Each channel becomes a grey TIFF: the same file with another directory at its end, which names the
strips of that channel alone. TIFF 6.0, section 8 (PlanarConfiguration).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from PIL.TiffImagePlugin import TiffImageFile

BITS, PHOTOMETRIC, SAMPLES, PLANAR, FORMAT = 258, 262, 277, 284, 339  # tags
_LAYOUT = (256, 257, 259, 266, 274, 278, 317, 322, 323)  # the same for each channel
_PLACES = (273, 279, 324, 325)  # offsets and lengths of strips and tiles
RGB, MIN_IS_BLACK, UNSIGNED = 2, 1, 1


def is_planar(image: TiffImageFile) -> bool:
    """Whether this is such a file."""
    tags = image.tag_v2
    return tags.get(PLANAR) == 2 and max(_values(tags.get(BITS, 1))) > 8


def is_readable(image: TiffImageFile) -> bool:
    """Whether its channels are red, green, blue, and perhaps alpha, as whole numbers."""
    tags = image.tag_v2
    return (
        set(_values(tags.get(BITS, 1))) == {16}
        and set(_values(tags.get(FORMAT, UNSIGNED))) == {UNSIGNED}
        and tags.get(PHOTOMETRIC) == RGB
        and tags.get(SAMPLES) in (3, 4)
    )


def channels(image: TiffImageFile, data: bytes) -> Iterator[TiffImageFile]:
    """The channels as grey pictures of 16 bits, in their order."""
    tags, count = image.tag_v2, int(image.tag_v2[SAMPLES])
    for channel in range(count):
        entries = {tag: _values(tags[tag]) for tag in _LAYOUT if tag in tags}
        for tag in _PLACES:
            if tag in tags:
                places = _values(tags[tag])
                each = len(places) // count
                entries[tag] = places[channel * each : (channel + 1) * each]
        entries |= {BITS: (16,), SAMPLES: (1,), PHOTOMETRIC: (MIN_IS_BLACK,)}
        yield TiffImageFile(io.BytesIO(with_directory(data, entries)))


def with_directory(data: bytes, entries: dict[int, tuple[int, ...]]) -> bytes:
    """The file with another first directory, at its end; all values are written as LONG."""
    order = "<" if data[:2] == b"II" else ">"
    data = data.ljust(len(data) + len(data) % 2, b"\0")
    after = len(data) + 2 + 12 * len(entries) + 4
    directory, values = struct.pack(f"{order}H", len(entries)), b""
    for tag, numbers in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(numbers)}I", *numbers)
        place = packed if len(numbers) == 1 else struct.pack(f"{order}I", after + len(values))
        directory += struct.pack(f"{order}HHI", tag, 4, len(numbers)) + place
        values += packed if len(numbers) > 1 else b""
    head = data[:4] + struct.pack(f"{order}I", len(data)) + data[8:]
    return head + directory + bytes(4) + values


def _values(value: object) -> tuple[int, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(each for each in values if isinstance(each, int))
