"""Files as programs, phones and broken transfers leave them behind, and what is right for each."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import cv2
import numpy as np
import pillow_heif
from PIL import Image
from tests import valid
from tests.pictures import Pixels, chunk, exif, pillow, srgb, swapped
from tests.valid import scene, with_chunks

from artstyle.errors import (
    PictureDamaged,
    PictureError,
    PictureMode,
    PictureUnknown,
    PictureUnsupported,
)

Right = Pixels | type[PictureError]
Named = Iterator[tuple[str, bytes, Right]]
ANCILLARY = "gAMA cHRM sRGB iCCP tEXt zTXt iTXt bKGD pHYs sBIT hIST tIME sPLT eXIf tRNS acTL cICP"


def files() -> dict[str, tuple[bytes, Right]]:
    """What each file is, its bytes, and the pixels that are right, or the class of its error."""
    parts = pngs(), jpegs(), gifs(), webps(), bmps(), tiffs(), heifs(), others()
    return {name: (data, right) for part in parts for name, data, right in part}


def pngs() -> Named:
    pixels, turned = scene(), np.rot90(scene(), -1)
    plain = pillow(pixels, "PNG")
    (body,) = _contents(plain, b"IDAT")
    head, end = plain[:33], plain[-12:]
    bomb = zlib.compress(bytes(20_000_000), 9)
    profiles = [chunk(b"iCCP", b"p\0\0" + zlib.compress(each)) for each in (srgb(), swapped())]
    yield "PNG with a bomb in zTXt", with_chunks(plain, chunk(b"zTXt", b"C\0\0" + bomb)), pixels
    text = chunk(b"iTXt", b"C\0\1\0\0\0" + bomb)
    yield "PNG with a bomb in iTXt", with_chunks(plain, text), pixels
    yield "PNG with two profiles", with_chunks(plain, *profiles), pixels
    yield "PNG with a profile behind its pixels", plain[:-12] + profiles[1] + end, pixels
    yield "PNG with EXIF behind its pixels", plain[:-12] + _exif_chunk() + end, turned
    prefixed = chunk(b"eXIf", exif(6))
    yield "PNG with EXIF as in a JPEG", with_chunks(plain, prefixed), turned
    single = b"".join(chunk(b"IDAT", bytes([each])) for each in body)
    yield "PNG in pieces of a byte", head + single + end, pixels
    other = Image.fromarray(255 - pixels)
    frames = pillow(pixels, "PNG", save_all=True, append_images=[other])
    yield "PNG with frames", frames, pixels
    frames = pillow(pixels, "PNG", save_all=True, default_image=True, append_images=[other])
    yield "PNG with frames beside its picture", frames, pixels
    for name in ANCILLARY.split():
        broken = _flipped(chunk(name.encode(), b"abcd"), -1)
        yield f"PNG with a wrong checksum in {name}", with_chunks(plain, broken), pixels
    for kind in (b"IHDR", b"IDAT"):
        place = plain.index(kind)
        (length,) = struct.unpack(">I", plain[place - 4 : place])
        broken = _flipped(plain, place + 4 + length)
        yield f"PNG with a wrong checksum in {kind.decode()}", broken, PictureDamaged
    yield "PNG with a wrong checksum in IEND", _flipped(plain, -1), pixels
    yield "PNG without its end", plain[:-12], pixels
    yield "PNG with more behind its end", plain + bytes(range(256)) * 20, pixels
    yield "PNG without zlib's checksum", head + chunk(b"IDAT", body[:-4]) + end, pixels
    more = zlib.compress(zlib.decompress(body) + bytes(999))
    yield "PNG with more rows than it has", head + chunk(b"IDAT", more) + end, pixels
    apple = plain[:8] + chunk(b"CgBI", bytes(4)) + plain[8:]
    yield "PNG of an iOS app", apple, PictureUnsupported


def jpegs() -> Named:
    plain, pixels = pillow(scene(), "JPEG", quality=95), scene()
    frame, tables = plain.index(b"\xff\xc0"), plain.index(b"\xff\xdb")
    pair = pillow(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64))])
    second = pair.index(b"\xff\xd8\xff", 100)
    yield "MPO", pair, pixels
    yield "MPO whose second picture is cut off", pair[: second + 300], pixels
    yield "MPO without its second picture", pair[:second], pixels
    yield "JPEG with more behind its end", plain + bytes(range(256)) * 20, pixels
    yield "JPEG with fill bytes", plain[:2] + b"\xff\xff\xff" + plain[2:], pixels
    yield "JPEG without JFIF", plain[:2] + plain[tables:], pixels
    yield "JPEG with a thumbnail", pillow(scene(), "JPEG", quality=95, exif=_thumbnail()), pixels
    spoilt = _replaced(plain, frame + 1, b"\xc1")
    yield "JPEG of 12 bits", _replaced(spoilt, frame + 4, b"\x0c"), PictureMode
    yield "lossless JPEG", _replaced(plain, frame + 1, b"\xc3"), PictureMode
    yield "JPEG-LS", _replaced(plain, 3, b"\xf7"), PictureUnsupported
    yield "JPEG of no height", _replaced(plain, frame + 5, b"\0\0"), PictureDamaged


def gifs() -> Named:
    few = Image.fromarray(scene()).quantize(256)
    pixels = np.asarray(few.convert("RGB"))
    plain = pillow(few, "GIF", interlace=False)
    yield "GIF without its end", plain[:-1], pixels
    yield "GIF 87a", b"GIF87a" + plain[6:], pixels
    yield "GIF with more behind its end", plain + bytes(99), pixels
    large = _replaced(plain, 6, struct.pack("<HH", 120, 80))
    white = np.full((80, 120, 3), 255, np.uint8)
    white[:64, :96] = pixels
    yield "GIF whose picture is smaller than its screen", large, white


def webps() -> Named:
    plain, pixels = pillow(scene(), "WEBP", lossless=True), scene()
    yield (
        "WebP with EXIF",
        pillow(scene(), "WEBP", lossless=True, exif=exif(6)),
        np.rot90(pixels, -1),
    )
    yield "WebP with more behind its end", plain + bytes(999), pixels
    frames = {"save_all": True, "append_images": [Image.new("RGB", (96, 64))], "lossless": True}
    yield "WebP with frames", pillow(scene(), "WEBP", **frames), pixels


def bmps() -> Named:
    pixels, blue = scene(), scene()[..., ::-1]
    yield "BMP from the top down", _bmp(blue.tobytes(), 24), pixels
    unused = np.dstack([blue, np.zeros((64, 96), np.uint8)])
    yield "BMP of 32 bits with nothing in its fourth", _bmp(unused.tobytes(), 32), pixels
    alpha = valid.slope()[..., None] / 255
    on_white = np.rint(pixels * alpha + 255 * (1 - alpha)).astype(np.uint8)
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(64)
    clear = np.dstack([blue, valid.slope()]).tobytes()
    yield "BMP with alpha", _bmp(clear, 32, masks), on_white
    wide = pixels.astype(np.uint16)
    five = (wide[..., 0] >> 3 << 10 | wide[..., 1] >> 3 << 5 | wide[..., 2] >> 3).astype("<u2")
    yield "BMP of 16 bits", _bmp(five.tobytes(), 16), pixels


def tiffs() -> Named:
    pixels, light = scene(), np.repeat(scene()[..., 1:2], 3, axis=2)
    yield "TIFF with JPEG inside", pillow(pixels, "TIFF", compression="jpeg", quality=95), pixels
    many = {"save_all": True, "append_images": [Image.new("RGB", (96, 64))]}
    yield "TIFF with pages", pillow(pixels, "TIFF", **many), pixels
    bits = Image.fromarray(pixels).convert("1")
    black = np.asarray(bits.convert("RGB"))
    for name in ("group3", "group4"):
        yield f"TIFF as a fax, {name}", pillow(bits, "TIFF", compression=name), black
    yield "TIFF of CMYK", pillow(Image.fromarray(pixels).convert("CMYK"), "TIFF"), pixels
    yield "BigTIFF", pillow(pixels, "TIFF", big_tiff=True), pixels
    yield "TIFF turned", pillow(pixels, "TIFF", tiffinfo={274: 6}), np.rot90(pixels, -1)
    floats = [cv2.IMWRITE_TIFF_COMPRESSION, 8, cv2.IMWRITE_TIFF_PREDICTOR, 3]
    grey = cv2.imencode(".tif", (pixels[..., 1] / 255).astype(np.float32), floats)[1]
    yield "TIFF of grey floats", grey.tobytes(), light
    colours = cv2.imencode(".tif", (pixels / 255).astype(np.float32), floats)[1]
    yield "TIFF of coloured floats", colours.tobytes(), PictureMode


def heifs() -> Named:
    pixels = scene()
    plain = pillow(pixels, "AVIF", quality=95)
    yield "AVIF with more behind its end", plain + bytes(999), pixels
    yield "AVIF that is cut off", plain[:-300], PictureDamaged
    frames = pillow(
        pixels, "AVIF", quality=95, save_all=True, append_images=[Image.new("RGB", (96, 64))]
    )
    yield "AVIF with frames", frames, pixels

    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(buffer, quality=95)
    plain = buffer.getvalue()
    yield "HEIC", plain, pixels
    yield "HEIC that is cut off", plain[:-300], PictureDamaged
    for brand in (b"mif1", b"msf1"):
        yield (
            f"HEIC of the brand {brand.decode()}",
            plain.replace(b"ftypheic", b"ftyp" + brand),
            pixels,
        )


def others() -> Named:
    yield from (
        ("text", b"hello", PictureUnknown),
        ("an error as JSON", b'{"error": "not found"}', PictureUnknown),
        ("a web page", b"<!DOCTYPE html><html><body>Login", PictureUnsupported),
        ("a video", b"\0\0\0\x14ftypqt  " + bytes(99), PictureUnsupported),
        ("an archive", b"PK\3\4" + bytes(99), PictureUnknown),
        ("zeros", bytes(5000), PictureUnknown),
        ("a PNG behind a mark of Unicode", b"\xef\xbb\xbf\x89PNG\r\n\x1a\n", PictureUnknown),
        ("a pointer of Git LFS", b"version https://git-lfs.github.com/spec/v1\n", PictureUnknown),
    )


def _contents(png: bytes, kind: bytes) -> Iterator[bytes]:
    place = 8
    while place < len(png):
        length, found = struct.unpack_from(">I4s", png, place)
        if found == kind:
            yield png[place + 8 : place + 8 + length]
        place += 12 + length


def _exif_chunk() -> bytes:
    return chunk(b"eXIf", exif(6)[6:])


def _flipped(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def _replaced(data: bytes, place: int, part: bytes) -> bytes:
    return data[:place] + part + data[place + len(part) :]


def _thumbnail() -> bytes:
    """EXIF with a small picture in its second directory."""
    small = pillow(Image.new("RGB", (40, 30)), "JPEG")
    first = struct.pack("<HHHIII", 1, 0x112, 3, 1, 1, 26)
    second = struct.pack("<HHHIIHHIII", 2, 0x201, 4, 1, 56, 0x202, 4, 1, len(small), 0)
    return b"Exif\0\0" + struct.pack("<2sHI", b"II", 42, 8) + first + second + small


def _bmp(body: bytes, bits: int, masks: bytes = b"") -> bytes:
    """A BMP of 96 × 64 pixels whose first row is at the top."""
    size = 40 + len(masks)
    kind = 3 if masks else 0
    info = struct.pack("<IiiHHIIiiII", size, 96, -64, 1, bits, kind, len(body), 0, 0, 0, 0)
    head = struct.pack("<2sIHHI", b"BM", 14 + size + len(body), 0, 0, 14 + size)
    return head + info + masks + body
