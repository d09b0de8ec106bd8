"""Files that make decoders work for hours or take gigabytes, made here from a few parameters.

Each generator writes what a specification allows, or nearly; none needs much memory itself.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from PIL import Image

Make = Callable[[], bytes]

SEGMENT = 65_533  # bytes of content that a JPEG's segment can hold


def photo(kind: str, width: int = 96, height: int = 72, **options: Any) -> bytes:
    """An ordinary small picture."""
    rows, columns = np.mgrid[0:height, 0:width]
    waves = [128 + 100 * np.sin((rows * a + columns * b) / 9) for a, b in ((1, 2), (2, 1), (1, 1))]
    buffer = io.BytesIO()
    Image.fromarray(np.stack(waves, -1).astype(np.uint8)).save(buffer, kind, **options)
    return buffer.getvalue()


# JPEG


def scans(count: int, width: int = 96, height: int = 72) -> bytes:
    """A progressive JPEG with so many more scans, all empty: each is a pass over the picture."""
    data = photo("JPEG", width, height, progressive=True)
    last = data.rindex(b"\xff\xda")
    (length,) = struct.unpack(">H", data[last + 2 : last + 4])
    return data[:-2] + data[last : last + 2 + length] * count + data[-2:]


def segments(count: int, content: bytes, marker: int = 0xE1) -> bytes:
    """A JPEG with so many segments before its picture."""
    data = photo("JPEG")
    one = struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
    return data[:2] + one * count + data[2:]


def exif_segments(count: int, length: int = 32) -> bytes:
    return segments(count, b"Exif\0\0" + bytes(length))


def claimed(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A JPEG that claims another size than its data is for."""
    data = bytearray(photo("JPEG", progressive=progressive))
    frame = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def tables(count: int) -> bytes:
    """A JPEG that defines its first table of codes again and again."""
    data = photo("JPEG")
    start = data.index(b"\xff\xc4")
    (length,) = struct.unpack(">H", data[start + 2 : start + 4])
    return data[:start] + data[start : start + 2 + length] * count + data[start:]


# PNG


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flat_png(
    width: int, height: int, *more: bytes, colours: int = 2, depth: int = 8, interlaced: int = 0
) -> bytes:
    """A PNG of one colour; ``colours`` is its colour type."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colours]
    head = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, interlaced)
    squeeze, row = zlib.compressobj(9), bytes(1 + (width * samples * depth + 7) // 8)
    rows = height * 2 if interlaced else height  # seven passes have fewer bytes than that
    body = b"".join(squeeze.compress(row) for _ in range(rows)) + squeeze.flush()
    palette = [chunk(b"PLTE", bytes(3))] if colours == 3 else []
    parts = [chunk(b"IHDR", head), *palette, *more, chunk(b"IDAT", body), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def squeezed_text(size: int) -> bytes:
    """A text chunk that unpacks to so many bytes."""
    return chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(size), 9))


def squeezed_profile(size: int) -> bytes:
    """A colour profile that unpacks to so many bytes."""
    return chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(size), 9))


def scattered_png(pieces: int) -> bytes:
    """A PNG whose data comes in so many chunks, most of them empty."""
    data = photo("PNG")
    start = data.index(b"IDAT") - 4
    return data[:start] + chunk(b"IDAT", b"") * pieces + data[start:]


# WebP


def flat_webp(width: int, height: int, *, alpha: bool = False) -> bytes:
    """A lossless WebP of one colour, whose pixels take no bits at all."""
    fields = [(0x2F, 8), (width - 1, 14), (height - 1, 14), (alpha, 1), (0, 3)]
    fields += [(0, 3)]  # no transform, no cache of colours, one set of codes
    fields += [(0b001, 3), (0, 1)] * 5  # five codes, each of one symbol
    bits, place = 0, 0
    for value, width_in_bits in fields:
        bits |= int(value) << place
        place += width_in_bits
    body = bits.to_bytes((place + 7) // 8 + 8, "little")
    body += b"\0" * (len(body) % 2)
    inner = b"WEBPVP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


def webp_chunks(count: int) -> bytes:
    """A WebP with so many unknown chunks behind its picture."""
    data = photo("WEBP")
    inner = data[8:] + (b"junk" + struct.pack("<I", 2) + b"..") * count
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


# BMP


def line_ends(width: int, height: int, count: int) -> bytes:
    """A run-length encoded BMP of codes that only end lines."""
    return _bmp(width, height, b"\0\0" * count + b"\0\1")


def jumps(width: int, height: int, count: int) -> bytes:
    """A run-length encoded BMP that jumps around."""
    return _bmp(width, height, b"\0\2\xff\0" * count + b"\0\1")


def _bmp(width: int, height: int, body: bytes) -> bytes:
    palette = b"".join(struct.pack("<BBBB", n, n, n, 0) for n in range(256))
    start = 14 + 40 + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(body), 2835, 2835, 256, 0)
    return struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start) + info + palette + body


# GIF


def comments(count: int, length: int = 255) -> bytes:
    """A GIF with a comment in so many blocks."""
    data = photo("GIF")
    start = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    blocks = (bytes([length]) + bytes(length)) * count
    return data[:start] + b"\x21\xfe" + blocks + b"\0" + data[start:]


def canvas(width: int, height: int) -> bytes:
    """A GIF with a large canvas around a small picture."""
    data = bytearray(photo("GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


# TIFF


def strips(
    width: int, height: int, compression: int = 8, *, rows: int = 1, samples: int = 3
) -> bytes:
    """A TIFF of one colour whose strips all lie at the same place: deflate (8) or none (1)."""
    strip = bytes(width * samples * rows)
    packed = zlib.compress(strip, 9) if compression == 8 else strip
    count = -(-height // rows)
    bits = struct.pack(f"<{samples}H", *[8] * samples)
    offsets = struct.pack("<I", 8 + len(packed)) * 0 + struct.pack(f"<{count}I", *[8] * count)
    sizes = struct.pack(f"<{count}I", *[len(packed)] * count)
    at_bits = 8 + len(packed)
    at_offsets = at_bits + len(bits)
    at_sizes = at_offsets + len(offsets)
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, samples, at_bits)]
    tags += [(259, 3, 1, compression), (262, 3, 1, 2), (273, 4, count, at_offsets)]
    tags += [(277, 3, 1, samples), (278, 4, 1, rows), (279, 4, count, at_sizes), (284, 3, 1, 1)]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    head = struct.pack("<2sHI", b"II", 42, at_sizes + len(sizes))
    return head + packed + bits + offsets + sizes + directory


def endless_directories() -> bytes:
    """A TIFF whose directory is followed by itself."""
    data = bytearray(strips(96, 72))
    (start,) = struct.unpack_from("<I", data, 4)
    data[-4:] = struct.pack("<I", start)
    return bytes(data)


def long_tag(count: int) -> bytes:
    """A TIFF with a tag that claims so many values."""
    data = bytearray(strips(96, 72))
    (start,) = struct.unpack_from("<I", data, 4)
    place = data.index(struct.pack("<HH", 258, 3), start)
    struct.pack_into("<I", data, place + 4, count)
    return bytes(data)


# All together


def special() -> Iterator[tuple[str, Make]]:
    """At least 150 special files by name, each made when it is called."""
    yield from _special_jpeg()
    yield from _special_png()
    yield from _special_others()


def _special_jpeg() -> Iterator[tuple[str, Make]]:
    for count in (99, 100, 1000, 5000, 30_000):
        for side in (96, 1000, 4000):
            yield f"{count} scans of {side} px", partial(scans, count, side, side)
    for count in (2, 64, 65, 2000, 100_000, 600_000):
        yield f"{count} EXIF segments", partial(exif_segments, count)
        for content, marker in (
            (b"hello", 0xFE),
            (b"", 0xEB),
            (b"Photoshop 3.0\0", 0xED),
            (b"ICC_PROFILE\0\1\1", 0xE2),
        ):
            yield f"{count} segments {marker:x}", partial(segments, count, content, marker)
    for count in (100, 300):
        yield f"{count} full EXIF segments", partial(exif_segments, count, SEGMENT - 6)
    for count in (100, 10_000, 50_000):
        yield f"{count} code tables", partial(tables, count)
    for width, height in ((65_500, 1500), (30_000, 3000), (10_000, 9999), (60_000, 60_000)):
        for progressive in (False, True):
            name = f"JPEG that claims {width}×{height}, progressive {progressive}"
            yield name, partial(claimed, width, height, progressive=progressive)


def _special_png() -> Iterator[tuple[str, Make]]:
    for side in (3000, 6000, 9900, 20_000):
        for colours, depth in ((0, 1), (0, 16), (2, 8), (2, 16), (3, 8), (4, 16), (6, 8), (6, 16)):
            name = f"flat PNG of {side} px, type {colours}, {depth} bits"
            yield name, partial(flat_png, side, side, colours=colours, depth=depth)
    for side in (3000, 9900):
        yield f"interlaced PNG of {side} px", partial(flat_png, side, side, interlaced=1)
    for size in (10**6, 10**8, 10**9):
        yield f"PNG text of {size} bytes", partial(_with_chunk, squeezed_text, size)
        yield f"PNG profile of {size} bytes", partial(_with_chunk, squeezed_profile, size)
    for count in (100, 10_000):
        yield f"{count} PNG texts", partial(_with_chunk, squeezed_text, 10_000, count)
    for count in (1000, 100_000, 1_000_000):
        yield f"PNG in {count} pieces", partial(scattered_png, count)


def _with_chunk(make: Callable[[int], bytes], size: int, count: int = 1) -> bytes:
    return flat_png(64, 64, make(size) * count)


def _special_others() -> Iterator[tuple[str, Make]]:
    for width, height in ((2000, 2000), (9000, 9000), (16_383, 6100), (16_383, 16_383)):
        for alpha in (False, True):
            name = f"flat WebP of {width}×{height}, alpha {alpha}"
            yield name, partial(flat_webp, width, height, alpha=alpha)
    for count in (1000, 1_000_000):
        yield f"WebP with {count} chunks", partial(webp_chunks, count)
    for width, height in ((96, 72), (10_000, 9999), (30_000, 3000)):
        for count in (20_000, 5_000_000):
            for make in (line_ends, jumps):
                name = f"BMP of {width}×{height} with {count} {make.__name__}"
                yield name, partial(make, width, height, count)
    for count in (1000, 20_000, 95_000):
        for length in (1, 255):
            yield f"GIF comment of {count} × {length} bytes", partial(comments, count, length)
    for side in (5000, 9999, 65_535):
        yield f"GIF canvas of {side} px", partial(canvas, side, side)
    for side in (3000, 9999):
        for rows, compression, samples in product((1, 16), (1, 8), (3, 4)):
            name = f"TIFF of {side} px, {rows} rows a strip, {samples} samples, {compression}"
            yield name, partial(strips, side, side, compression, rows=rows, samples=samples)
    yield "TIFF in one strip", partial(strips, 9999, 9999, rows=9999)
    yield "TIFF without an end", endless_directories
    for count in (1000, 2**20, 2**28, 2**32 - 1):
        yield f"TIFF tag of {count} values", partial(long_tag, count)
