"""Files that are nearly pictures: seeds of every format, changed by chance where it may hurt.

Bits are flipped, files cut, numbers exchanged for extreme ones, and parts (chunks, segments, boxes,
directory entries) doubled, dropped, swapped, renamed, or given a wrong length.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pillow_heif
from PIL import Image
from tests import valid
from tests.hostile import photo
from tests.pictures import Pixels, chunk, exif, pillow, png, srgb

EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
SIZES = (15, 16, 20, 255, 256, 4096, 16383, 30_000)  # for widths and heights
HEAD = 200  # bytes at the beginning that matter more than most others
CONTAINERS = (b"meta", b"iprp", b"ipco", b"iinf", b"iref", b"moov", b"trak", b"mdia", b"minf")

Change = Callable[[bytes, random.Random], bytes]


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many changed files, each named after its seed and number."""
    files = list(seeds().items())
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        name, data = files[number % len(files)]
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            data = chance.choice(CHANGES)(data, chance)
        yield f"{name} {number}", data


# ---- seeds ----------------------------------------------------------------------------


@cache
def seeds() -> dict[str, bytes]:
    """Small pictures of every supported format and of most ways in which it stores pixels."""
    return {**_jpegs(), **_pngs(), **_webps(), **_tiffs(), **_others(), **_heifs()}


def _jpegs() -> dict[str, bytes]:
    cmyk = Image.fromarray(valid.scene()).convert("CMYK")
    pair = [Image.fromarray(255 - valid.scene())]
    return {
        "JPEG": photo("JPEG", exif=exif(6), icc_profile=srgb()),
        "progressive JPEG": photo("JPEG", progressive=True, subsampling=0),
        "JPEG with restarts": photo("JPEG", restart_marker_blocks=3),
        "CMYK JPEG": pillow(cmyk, "JPEG"),
        "grey JPEG": pillow(valid.grey(), "JPEG"),
        "MPO": pillow(valid.scene(), "MPO", save_all=True, append_images=pair),
    }


def _pngs() -> dict[str, bytes]:
    scene = Image.fromarray(valid.scene())
    packed = zlib.compress(srgb())
    everything = (
        (b"iCCP", b"p\0\0" + packed),
        (b"cICP", bytes((12, 13, 0, 1))),
        (b"sBIT", b"\x08\x08\x08"),
        (b"bKGD", bytes(6)),
        (b"pHYs", bytes(9)),
        (b"tIME", bytes(7)),
        (b"eXIf", exif(5)[6:]),
        (b"tEXt", b"artstyle\0{}"),
        (b"zTXt", b"k\0\0" + zlib.compress(b"text")),
        (b"iTXt", b"k\0\0\0\0\0text"),
        (b"sPLT", b"s\0\x08" + bytes(6)),
        (b"abCd", b"what nobody knows"),
    )
    chunks = [chunk(kind, content) for kind, content in everything]
    gamma = (valid.gama(100_000), valid.chrm((0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)))
    alpha = np.dstack([valid.deep(), valid.slope().astype(np.uint16) * 257])
    few = {f"PNG of {n} bits": pillow(scene.quantize(2**n), "PNG", bits=n) for n in (1, 2, 4)}
    return {
        **few,
        "PNG": pillow(scene, "PNG"),
        "PNG with all chunks": valid.with_chunks(pillow(scene, "PNG"), *chunks),
        "PNG with gAMA": valid.with_chunks(pillow(scene, "PNG"), *gamma),
        "PNG palette": pillow(scene.quantize(200), "PNG", transparency=bytes(range(200))),
        "PNG of 16 bits": png(valid.deep(), 2),
        "PNG of 16 bits, alpha": png(alpha, 6),
        "PNG of 16 bits, grey": png(valid.deep()[..., :1], 0),
        "interlaced PNG": valid.interlaced(6, 8),
        "interlaced grey PNG": valid.interlaced(0, 2),
    }


def _webps() -> dict[str, bytes]:
    frames = [Image.fromarray(valid.scene())]
    return {
        "WebP": photo("WEBP", exif=exif(3), icc_profile=srgb()),
        "lossless WebP": photo("WEBP", lossless=True),
        "WebP with alpha": pillow(valid.clear(), "WEBP"),
        "lossless WebP with alpha": pillow(valid.clear(), "WEBP", lossless=True),
        "animated WebP": photo("WEBP", width=96, height=64, save_all=True, append_images=frames),
    }


def _tiffs() -> dict[str, bytes]:
    deep, scene = valid.deep(), Image.fromarray(valid.scene())
    lab = Image.merge("LAB", Image.fromarray(valid.scene()).split())
    written = {
        f"TIFF, {name}": pillow(scene, "TIFF", compression=name)
        for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    }
    floats = (valid.scene()[..., 1] / 255).astype(np.float32)
    return {
        **written,
        "TIFF of 1 bit": pillow(scene.convert("1"), "TIFF", compression="group4"),
        "TIFF palette": pillow(scene.quantize(64), "TIFF"),
        "TIFF CMYK": pillow(scene.convert("CMYK"), "TIFF"),
        "TIFF Lab": pillow(lab, "TIFF"),
        "TIFF of 16 bits": cv2.imencode(".tif", deep)[1].tobytes(),
        "TIFF of 16 bits, grey": cv2.imencode(".tif", deep[..., 0])[1].tobytes(),
        "TIFF of floats": cv2.imencode(".tif", floats)[1].tobytes(),
        "TIFF of 32 bits": pillow(Image.fromarray(deep[..., 0].astype(np.int32)), "TIFF"),
        "TIFF, separate planes": _planes(deep),
        "TIFF, tiles": _tiles(valid.scene()),
        "BigTIFF": pillow(scene, "TIFF", big_tiff=True),
    }


def _planes(pixels: Pixels) -> bytes:
    """A TIFF that keeps each channel by itself."""
    body = pixels.transpose(2, 0, 1).astype("<u2").tobytes()
    one, rows = len(body) // 3, pixels.shape[0]
    places = {273: [8 + one * n for n in range(3)], 279: [one] * 3}
    return _tiff(pixels, body, {**places, 278: [rows], 284: [2]})


def _tiles(pixels: Pixels, side: int = 32) -> bytes:
    height, width, _ = pixels.shape
    corners = [(y, x) for y in range(0, height, side) for x in range(0, width, side)]
    body = b"".join(pixels[y : y + side, x : x + side].tobytes() for y, x in corners)
    one = side * side * 3
    places = {324: [8 + one * n for n in range(len(corners))], 325: [one] * len(corners)}
    return _tiff(pixels, body, {**places, 322: [side], 323: [side]})


def _tiff(pixels: Pixels, body: bytes, more: dict[int, list[int]]) -> bytes:
    """A TIFF with its pixels first, its lists of numbers behind them, its directory at the end."""
    height, width, channels = pixels.shape
    bits = [8 * pixels.itemsize] * channels
    tags = {256: [width], 257: [height], 258: bits, 259: [1], 262: [2], 277: [channels], **more}
    directory, lists = struct.pack("<H", len(tags)), b""
    for tag, numbers in sorted(tags.items()):
        packed = struct.pack(f"<{len(numbers)}I", *numbers)
        here = packed if len(numbers) == 1 else struct.pack("<I", 8 + len(body) + len(lists))
        directory += struct.pack("<HHI", tag, 4, len(numbers)) + here
        lists += packed if len(numbers) > 1 else b""
    head = struct.pack("<2sHI", b"II", 42, 8 + len(body) + len(lists))
    return head + body + lists + directory + bytes(4)


def _others() -> dict[str, bytes]:
    scene = Image.fromarray(valid.scene())
    frames = [Image.fromarray(255 - valid.scene()).quantize(64)]
    return {
        "BMP": pillow(scene, "BMP"),
        "BMP palette": pillow(scene.quantize(64), "BMP"),
        "BMP of 1 bit": pillow(scene.convert("1"), "BMP"),
        "BMP of 32 bits": pillow(valid.clear(), "BMP"),
        "GIF": pillow(scene.quantize(64), "GIF", transparency=3),
        "interlaced GIF": pillow(scene.quantize(64), "GIF", interlace=True),
        "animated GIF": pillow(scene.quantize(64), "GIF", save_all=True, append_images=frames),
    }


def _heifs() -> dict[str, bytes]:
    scene, frames = Image.fromarray(valid.scene()), [Image.fromarray(255 - valid.scene())]
    return {
        "AVIF": pillow(scene, "AVIF", exif=exif(6)),
        "AVIF with alpha": pillow(valid.clear(), "AVIF", icc_profile=srgb()),
        "animated AVIF": pillow(scene, "AVIF", save_all=True, append_images=frames),
        "HEIC": _heic(scene, exif=exif(1)),
        "HEIC with alpha": _heic(valid.clear()),
    }


def _heic(picture: Image.Image, **options: bytes) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture).save(buffer, quality=60, **options)
    return buffer.getvalue()


# ---- changes --------------------------------------------------------------------------


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 40))):
        changed[_place(data, chance)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: max(1, chance.randrange(len(data)))]


def _exchange(data: bytes, chance: random.Random) -> bytes:
    """Put an extreme number, or a plausible size, somewhere."""
    size, order = chance.choice((1, 2, 2, 4, 4, 8)), chance.choice(("<", ">"))
    value = chance.choice(EXTREMES + SIZES) & (2 ** (8 * size) - 1)
    number = struct.pack(f"{order}{ {1: 'B', 2: 'H', 4: 'I', 8: 'Q'}[size] }", value)
    place = _place(data, chance)
    return data[:place] + number + data[place + size :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    place = _place(data, chance)
    part = data[place : place + chance.randrange(1, 64)]
    return data[:place] + part * chance.randrange(1, 50) + data[place:]


def _rearrange(data: bytes, chance: random.Random) -> bytes:
    """Double, drop, swap or rename a part, spoil its inside or its length."""
    bounds = parts(data)
    if len(bounds) < 3:
        return _flip(data, chance)
    pieces = [data[a:b] for a, b in pairwise(bounds)]
    one, other = chance.randrange(len(pieces)), chance.randrange(len(pieces))
    match chance.randrange(6):
        case 0:
            pieces[one:one] = [pieces[one]] * chance.choice((1, 1, 5, 300))
        case 1:
            del pieces[one]
        case 2:
            pieces[one], pieces[other] = pieces[other], pieces[one]
        case 3:
            pieces[one] = pieces[other][:8] + pieces[one][8:]
        case 4:
            pieces[one] = _flip(pieces[one], chance) if pieces[one] else b""
        case _:
            pieces[one] = _exchange(pieces[one][:8] or b"\0", chance)[:8] + pieces[one][8:]
    return b"".join(map(_checked, pieces) if chance.random() < 0.8 else pieces)


CHANGES: tuple[Change, ...] = (_flip, _cut, _exchange, _exchange, _repeat, *[_rearrange] * 4)


def _place(data: bytes, chance: random.Random) -> int:
    return chance.randrange(len(data) if chance.random() < 0.5 else min(len(data), HEAD))


def parts(data: bytes) -> list[int]:
    """Where the parts of a file begin, as far as it can be followed, and its end."""
    if data.startswith(b"\x89PNG"):
        found = _sized(data, 8, ">I", 12)
    elif data.startswith(b"\xff\xd8"):
        found = [n for n in range(len(data) - 1) if data[n] == 0xFF and data[n + 1] not in (0, 255)]
    elif data.startswith(b"RIFF"):
        found = _sized(data, 12, "<4xI", 8)
    elif data[4:8] == b"ftyp":
        found = _sized(data, 0, ">I", 0)
        found += [n - 4 for kind in CONTAINERS if (n := data.find(kind)) > 4]
        place = data.find(b"ipco")
        found += _sized(data, place + 4, ">I", 0) if place > 0 else []
    elif data.startswith((b"II*\0", b"MM\0*")) and len(data) >= 8:
        order = "<" if data.startswith(b"II") else ">"
        (place,) = struct.unpack_from(f"{order}I", data, 4)
        found = [2 + place + 12 * n for n in range(30) if 14 + place + 12 * n <= len(data)]
    else:
        found = list(range(0, min(len(data), HEAD), 8))
    return sorted({0, len(data), *(n for n in found if n < len(data))})


def _sized(data: bytes, place: int, length: str, more: int) -> list[int]:
    found: list[int] = []
    while place + 8 <= len(data) and len(found) < 1000:
        found.append(place)
        (size,) = struct.unpack_from(length, data, place)
        size += more
        if more == 8:  # RIFF keeps its chunks at even places
            size += size % 2
        if size < 8:
            break
        place += size
    return found


def _checked(piece: bytes) -> bytes:
    """A PNG's chunk with the checksum that its content has now."""
    if len(piece) < 12 or struct.unpack_from(">I", piece)[0] != len(piece) - 12:
        return piece
    return piece[:-4] + struct.pack(">I", zlib.crc32(piece[4:-4]))
