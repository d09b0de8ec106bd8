"""What is refused before a decoder sees it, because decoding would take too long or too much.

Files of a few kilobytes can keep a decoder busy for hours. libjpeg and Pillow leave such limits
to the application.
"""

import re
from collections.abc import Iterator

from artstyle.errors import PictureMemory, PictureMode, PictureSlow
from artstyle.machine import ram

SCANS = 100  # of a progressive JPEG, each a pass over the whole picture; encoders write about 10
SEGMENTS = 2000  # before a JPEG's first scan; a photo with a depth map has a few hundred
EXIF_SEGMENTS = 64  # Pillow joins them in quadratic time; cameras write one
# What decoding takes at most, beside the file: bytes per pixel, measured with 8 bits a channel.
DECODING = {"JPEG": 10, "PNG": 8, "WebP": 16, "TIFF": 8, "BMP": 8, "GIF": 5}
DECODING |= {"AVIF": 14, "HEIC": 14, "HEIF": 14}
RESULT = 3  # of these, the bytes of the result

SOS = 0xDA  # a JPEG's marker before each scan
_EXIF = b"Exif\0\0"
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
_LOSSLESS = {0xC3, 0xCB}
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a segment
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")  # those that end a scan's data


def check_memory(kind: str, width: int, height: int, reduction: int = 1) -> None:
    """Check that a picture of this format and size can be decoded; raises `PictureMemory`.

    ``reduction`` pixels of a side become one, in a JPEG before they are decoded.
    """
    pixels, kept = width * height, width * height // reduction**2
    decoded = kept if kind == "JPEG" else pixels
    check_free(decoded * (DECODING[kind] - RESULT) + kept * RESULT)


def check_free(size: int) -> None:
    """Check that so many bytes can be taken; raises `PictureMemory`."""
    if size > ram.free():
        raise PictureMemory


def check_jpeg(data: bytes) -> None:
    """Check the number of scans and segments, and the kind of JPEG.

    Raises `PictureSlow`, or `PictureMode` for what decoders call damaged.
    """
    before = exif = scans = 0
    for marker, start in segments(data):
        if marker == SOS:
            scans += 1
        elif not scans:
            _check_frame(marker, data[start : start + 1])
            before += 1
            exif += data.startswith(_EXIF, start)
        if scans > SCANS or before > SEGMENTS or exif > EXIF_SEGMENTS:
            raise PictureSlow
        if scans == 1 and data.count(b"\xff\xda", start) < SCANS:
            return  # walking through the data of the scans takes longer than counting


def _check_frame(marker: int, precision: bytes) -> None:
    if marker in _LOSSLESS:
        raise PictureMode("lossless JPEG")
    if marker in _FRAMES and precision == b"\x0c":
        raise PictureMode("JPEG of 12 bits")


def segments(data: bytes) -> Iterator[tuple[int, int]]:
    """The markers of a JPEG up to its end, each with the place where its content starts."""
    place = 0
    while found := _MARKER.search(data, place):
        marker, place = found[1][0], found.end()
        if marker == 0xD9:  # a phone's JPEG has further pictures behind its end
            return
        if marker not in _ALONE:
            yield marker, place + 2
            place += max(2, int.from_bytes(data[place : place + 2]))
