"""PNG as a sequence of chunks: what other programs put into it, made harmless for decoders.

W3C, Portable Network Graphics (PNG) Specification, third edition.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from artstyle.errors import PictureDamaged, PictureSlow, PictureUnsupported
from artstyle.pictures.color_spaces import ColorSpace, from_cicp, from_gamma
from artstyle.pictures.limits import check_free

KEY = "artstyle"  # of the text chunk that holds the settings
SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS = 200_000  # a large photo has one for each 8 kB
TEXT = 1 << 20  # bytes of a text or of EXIF that is kept
PROFILE = 16 << 20  # bytes of an unpacked colour profile; displays' have up to a few MB
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
LAST_PASS = (0, 1, 1, 2)  # of Adam7: first column and row, steps
SRGB_CICP = bytes((1, 13, 0, 1))
_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_COLOURS = {b"iCCP", b"cICP", b"sRGB", b"gAMA", b"cHRM"}


@dataclass(slots=True)
class Png:
    """A PNG that decoders take, and what was taken out of it."""

    data: bytes
    profile: bytes | None = None
    space: ColorSpace | None = None  # how its colours differ from sRGB, unless a profile says so
    cut: bool = False  # whether the file ends before its end chunk


class Completed(NamedTuple):
    """A PNG with black or clear pixels for those that are missing."""

    data: bytes
    missing: float  # the share of rows
    odd_rows: int | None  # how many odd rows there are, if it's interlaced


@dataclass(slots=True)
class _Chunks:
    kept: list[bytes] = field(default_factory=list)
    pixels: list[memoryview] = field(default_factory=list)
    colours: dict[bytes, bytes] = field(default_factory=dict)
    header: bytes = b""
    cut: bool = True  # until the end chunk is seen


def clean(data: bytes) -> Png:
    """Leave out what a decoder needn't see and may stumble over: all but pixels and EXIF.

    Of the texts only our own is kept. Raises `PictureDamaged` for a wrong checksum in a critical
    chunk, or `PictureSlow`.
    """
    chunks = _read(data)
    if len(chunks.header) != 13:
        raise PictureDamaged
    png = Png(_joined(chunks.kept, chunks.pixels), cut=chunks.cut)
    _set_colours(png, chunks.colours)
    return png


def complete(data: bytes) -> Completed:
    """Fill up the pixels of a cleaned PNG whose file was cut off. Raises `PictureError`."""
    chunks = _read(data)
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks.header)
    if colour not in CHANNELS or interlaced > 1:
        raise PictureDamaged
    depth = bits * CHANNELS[colour]
    passes = (*PASSES, LAST_PASS) if interlaced else ((0, 0, 1, 1),)
    sizes = [_pass_size(width, height, depth, each) for each in passes]
    *before, (rows, row) = sizes
    expected = sum(count * length for count, length in sizes)
    check_free(3 * expected)
    found = _unpacked(chunks.pixels, expected)
    last = len(found) - sum(count * length for count, length in before)
    if last < 0 or not row:  # not even the coarse passes are there
        return Completed(b"", 1.0, None)
    whole = min(rows, last // row)
    kept = found[: len(found) - last + whole * row]
    pixels = zlib.compress(kept.ljust(expected, b"\0"), 1)
    data = _joined(chunks.kept, [memoryview(pixels)])
    return Completed(data, (rows - whole) / height, whole if interlaced else None)


def _read(data: bytes) -> _Chunks:
    chunks = _Chunks()
    for number, (kind, content, whole) in enumerate(_walk(data)):
        if number >= CHUNKS:
            raise PictureSlow
        if kind == b"IEND":
            chunks.cut = False
            break
        if kind == b"IDAT":
            chunks.pixels.append(content)
        elif not whole:
            break  # nothing after it can be read
        elif kind in _COLOURS:
            if not chunks.pixels:
                chunks.colours.setdefault(kind, bytes(content))
        elif _wanted(kind, content):
            chunks.kept.append(_chunk(kind, content))
            chunks.header = chunks.header or (bytes(content) if kind == b"IHDR" else b"")
    return chunks


def _walk(data: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """The chunks, each with whether it is whole; ancillary ones with a wrong checksum are left out.

    Raises `PictureDamaged` where a critical one has it.
    """
    view, place = memoryview(data), len(SIGNATURE)
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        content = view[place + 8 : place + 8 + length]
        end = place + 8 + length
        whole = end + 4 <= len(data)
        critical = not kind[0] & 0x20
        right = whole and struct.unpack_from(">I", data, end)[0] == zlib.crc32(
            content, zlib.crc32(kind)
        )
        if kind == b"CgBI":
            raise PictureUnsupported("CgBI (PNG of an iOS app)")
        if not kind.isalpha() or (critical and whole and not right and kind != b"IEND"):
            raise PictureDamaged
        if right or not whole or kind == b"IEND":
            yield kind, content, whole
        place = end + 4


def _wanted(kind: bytes, content: memoryview) -> bool:
    if kind == b"tEXt":
        key = KEY.encode() + b"\0"
        return len(content) <= TEXT and content[: len(key)] == key
    return kind in _CRITICAL or kind == b"tRNS" or (kind == b"eXIf" and len(content) <= TEXT)


def _joined(others: list[bytes], pixels: list[memoryview]) -> bytes:
    body = [_chunk(b"IDAT", each) for each in pixels]
    return b"".join([SIGNATURE, *others, *body, _chunk(b"IEND", b"")])


def _chunk(kind: bytes, content: bytes | memoryview) -> bytes:
    check = struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))
    return b"".join((struct.pack(">I", len(content)), kind, content, check))


# ---- colours --------------------------------------------------------------------------


def _set_colours(png: Png, chunks: dict[bytes, bytes]) -> None:
    """Of several descriptions the first in the specification's order counts."""
    cicp = chunks.get(b"cICP", b"")
    if cicp == SRGB_CICP:
        return
    png.space = from_cicp(*cicp) if len(cicp) == 4 else None
    if png.space is not None:
        return
    if b"iCCP" in chunks and (profile := _unpack_profile(chunks[b"iCCP"])):
        png.profile = profile
    elif b"sRGB" not in chunks and len(chunks.get(b"gAMA", b"")) == 4:
        (gamma,) = struct.unpack(">I", chunks[b"gAMA"])
        corners = chunks.get(b"cHRM", b"")
        points = struct.unpack(">8I", corners) if len(corners) == 32 else None
        png.space = from_gamma(gamma / 100_000, points and [point / 100_000 for point in points])


def _unpack_profile(content: bytes) -> bytes | None:
    _, _, packed = content.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], PROFILE)
    except zlib.error:
        return None
    return profile if unpacker.eof else None


# ---- files that are cut off -----------------------------------------------------------


def _pass_size(width: int, height: int, depth: int, steps: tuple[int, ...]) -> tuple[int, int]:
    """The rows of a pass, and the bytes of each with its filter."""
    left, top, across, down = steps
    columns, rows = max(0, -(-(width - left) // across)), max(0, -(-(height - top) // down))
    return (rows, 1 + -(-columns * depth // 8)) if columns else (0, 0)


def _unpacked(pixels: list[memoryview], expected: int) -> bytes:
    unpacker, found = zlib.decompressobj(), bytearray()
    try:
        for each in pixels:
            found += unpacker.decompress(each, max(1, expected - len(found)))
    except zlib.error as error:
        raise PictureDamaged from error
    return bytes(found[:expected])
