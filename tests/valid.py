"""Valid pictures of every kind that a browser draws, each with what is special about it.

Left out is where Chromium 156 is wrong by the specifications: it ignores a WebP's EXIF, takes an
AVIF's alpha for limited to 16–235, and draws nothing of a WebP that is cut off.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import product

import numpy as np
from PIL import Image
from tests import colour_profiles as profiles
from tests.pictures import Pixels, chunk, exif, pillow, png, srgb, swapped

WIDTH, HEIGHT = 96, 64
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
CICP = {  # primaries and transfer
    "Display P3": (12, 13),
    "sRGB": (1, 13),
    "BT.709": (1, 1),
    "BT.2020, 10 bits": (9, 14),
    "BT.2020, 12 bits": (9, 15),
    "PQ": (9, 16),
    "HLG": (9, 18),
    "PQ in P3": (12, 16),
    "HLG in BT.709": (1, 18),
    "linear": (1, 8),
    "gamma 2.2": (1, 4),
    "gamma 2.8": (5, 5),
    "BT.601": (6, 6),
    "DCI P3": (11, 13),
}
Named = Iterator[tuple[str, bytes]]


def pictures() -> dict[str, bytes]:
    """All of them, by name."""
    parts = turned(), profiled(), described(), transparent(), stored(), other_jpegs(), cut_off()
    return {name: data for part in parts for name, data in part}


def scene() -> Pixels:
    """Colours of all kinds, the same nowhere: what is turned, mixed up or too dark shows."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    red, green = columns / (WIDTH - 1), rows / (HEIGHT - 1)
    blue = 0.5 + 0.5 * np.sin((rows + 2 * columns) / 12)
    pixels: Pixels = np.rint(255 * np.stack([red, green, blue], -1)).astype(np.uint8)
    return pixels


def deep() -> Pixels:
    """The same with 16 bits."""
    return scene().astype(np.uint16) * 256 + np.arange(WIDTH, dtype=np.uint16)[:, None]


def slope() -> Pixels:
    """An alpha from clear to opaque, both included, (H, W)."""
    ramp = np.linspace(-0.2, 1.2, WIDTH).clip(0, 1)
    alpha: Pixels = np.rint(255 * np.tile(ramp, (HEIGHT, 1))).astype(np.uint8)
    return alpha


def grey() -> Image.Image:
    return Image.fromarray(scene()).convert("L")


def clear() -> Image.Image:
    return Image.fromarray(np.dstack([scene(), slope()]))


def turned() -> Named:
    picture = Image.fromarray(scene())
    for turn in range(1, 9):
        yield f"JPEG turned by EXIF {turn}", pillow(picture, "JPEG", exif=exif(turn), quality=95)
        yield f"PNG turned by EXIF {turn}", pillow(picture, "PNG", exif=exif(turn))
        # Pillow writes irot and imir, as the format wants it
        yield f"AVIF turned like EXIF {turn}", pillow(picture, "AVIF", exif=exif(turn), quality=95)
    yield "JPEG with a turn in XMP", pillow(picture, "JPEG", xmp=XMP, quality=95)
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    yield "PNG with a turn in XMP", with_chunks(pillow(picture, "PNG"), text)
    yield "WebP with a turn in XMP", pillow(picture, "WEBP", xmp=XMP, quality=95)


def profiled() -> Named:
    spaces = {
        "Display P3": profiles.rgb_profile(profiles.DISPLAY_P3, 2.2),
        "Adobe RGB": profiles.rgb_profile(profiles.ADOBE_RGB, 2.2),
        "ProPhoto": profiles.rgb_profile(profiles.PROPHOTO, 1.8),
        "swapped channels": swapped(),
        "sRGB": srgb(),
    }
    for kind, options in (("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {"lossless": True})):
        for name, profile in spaces.items():
            yield f"{kind} in {name}", pillow(scene(), kind, icc_profile=profile, **options)
    yield "AVIF in Display P3", pillow(scene(), "AVIF", icc_profile=spaces["Display P3"])
    for name, values in CICP.items():
        yield f"AVIF in {name}", _with_colours(pillow(scene(), "AVIF", quality=98), values)
    yield "PNG with alpha in Adobe RGB", pillow(clear(), "PNG", icc_profile=spaces["Adobe RGB"])
    palette = Image.fromarray(scene()).quantize(64)
    yield "PNG palette in Adobe RGB", pillow(palette, "PNG", icc_profile=spaces["Adobe RGB"])
    packed = chunk(b"iCCP", b"p\0\0" + zlib.compress(spaces["Adobe RGB"]))
    yield "PNG of 16 bits in Adobe RGB", png(deep(), 2, packed)
    for name, gamma in (("1.8", 1.8), ("2.2", 2.2), ("1", 1.0)):
        profile = profiles.grey_profile(gamma)
        yield f"grey JPEG with gamma {name}", pillow(grey(), "JPEG", icc_profile=profile)
        yield f"grey PNG with gamma {name}", pillow(grey(), "PNG", icc_profile=profile)
    cmyk = Image.fromarray(255 - scene()).convert("CMYK")
    yield "CMYK JPEG", pillow(cmyk, "JPEG", quality=95)
    inks = profiles.cmyk_profile()
    yield "CMYK JPEG with a profile", pillow(cmyk, "JPEG", quality=95, icc_profile=inks)


def described() -> Named:
    """PNG's own descriptions of colours, and which of several counts."""
    plain = pillow(scene(), "PNG")
    for value in (100_000, 55_556, 50_000, 45_455, 45_454, 45_000, 36_000, 30_000, 20_000):
        yield f"gAMA {value}", with_chunks(plain, gama(value))
    yield "grey with gAMA 100000", with_chunks(pillow(grey(), "PNG"), gama(100_000))
    yield "alpha with gAMA 100000", with_chunks(pillow(clear(), "PNG"), gama(100_000))
    yield "16 bits with gAMA 100000", png(deep(), 2, gama(100_000))
    palette = pillow(Image.fromarray(scene()).quantize(64), "PNG")
    yield "palette with gAMA 100000", with_chunks(palette, gama(100_000))
    for gamma, points in product((45_455, 55_556, 100_000), ("DISPLAY_P3", "ADOBE_RGB")):
        corners = chrm(getattr(profiles, points))
        yield f"gAMA {gamma} and cHRM {points}", with_chunks(plain, gama(gamma), corners)
    yield "cHRM alone", with_chunks(plain, chrm(profiles.ADOBE_RGB))
    yield "sRGB beside gAMA 100000", with_chunks(plain, chunk(b"sRGB", b"\0"), gama(100_000))
    swap = chunk(b"iCCP", b"p\0\0" + zlib.compress(swapped()))
    yield "iCCP beside gAMA 100000", with_chunks(plain, swap, gama(100_000))
    yield "iCCP beside sRGB", with_chunks(plain, swap, chunk(b"sRGB", b"\0"))
    for name, values in CICP.items():
        yield f"cICP {name}", with_chunks(plain, chunk(b"cICP", bytes((*values, 0, 1))))
    p3 = chunk(b"cICP", bytes((12, 13, 0, 1)))
    yield "cICP beside iCCP", with_chunks(plain, p3, swap)
    yield "cICP beside gAMA 100000", with_chunks(plain, p3, gama(100_000))


def transparent() -> Named:
    picture, alpha = clear(), slope()
    yield "PNG RGBA", pillow(picture, "PNG")
    yield "PNG LA", pillow(picture.convert("LA"), "PNG")
    palette = Image.fromarray(scene()).quantize(64)
    yield "PNG palette, one clear", pillow(palette, "PNG", transparency=7)
    yield "PNG palette, many clear", pillow(palette, "PNG", transparency=bytes(range(0, 256, 4)))
    yield "PNG RGB, one clear", pillow(_spotted(), "PNG", transparency=(10, 20, 30))
    spots = Image.fromarray(np.where(alpha > 128, 77, np.asarray(grey())).astype(np.uint8))
    yield "PNG grey, one clear", pillow(spots, "PNG", transparency=77)
    yield "PNG RGBA of 16 bits", png(np.dstack([deep(), alpha.astype(np.uint16) * 257]), 6)
    light = deep()[..., 1:2]
    yield "PNG LA of 16 bits", png(np.dstack([light, alpha.astype(np.uint16) * 257]), 4)
    one = chunk(b"tRNS", struct.pack(">H", int(light[20, 30, 0])))
    yield "PNG grey of 16 bits, one clear", png(light, 0, one)
    one = chunk(b"tRNS", struct.pack(">3H", *map(int, deep()[20, 30])))
    yield "PNG RGB of 16 bits, one clear", png(deep(), 2, one)
    bits = Image.fromarray(scene()).convert("1")
    yield "PNG of 1 bit, one clear", pillow(bits, "PNG", transparency=1)
    yield "WebP, lossy, alpha", pillow(picture, "WEBP", quality=90)
    yield "WebP, lossless, alpha", pillow(picture, "WEBP", lossless=True)
    yield "GIF, one clear", pillow(palette, "GIF", transparency=7)


def stored() -> Named:
    """Ways to store pixels."""
    picture = Image.fromarray(scene())
    for depth in (1, 2, 4, 8):
        few = picture.quantize(2**depth)
        yield f"PNG palette of {depth} bits", pillow(few, "PNG", bits=depth)
    for colours, depth in (
        (0, 1),
        (0, 2),
        (0, 4),
        (0, 8),
        (0, 16),
        (2, 8),
        (2, 16),
        (4, 8),
        (6, 16),
    ):
        name = f"interlaced PNG, type {colours}, {depth} bits"
        yield name, interlaced(colours, depth)
    yield "PNG of 16 bits", png(deep(), 2)
    yield "PNG of 16 bits, grey", png(deep()[..., :1], 0)
    yield "AVIF", pillow(picture, "AVIF", quality=95)
    yield "AVIF 4:4:4", pillow(picture, "AVIF", quality=95, subsampling="4:4:4")
    yield "AVIF grey", pillow(grey(), "AVIF", quality=95, subsampling="4:0:0")
    frames = [Image.fromarray(np.roll(scene(), n * 30, 1)) for n in range(3)]
    yield "animated WebP", pillow(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    yield "animated GIF", pillow(frames[0], "GIF", save_all=True, append_images=frames[1:])
    yield "animated PNG", pillow(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield "interlaced GIF", pillow(picture.quantize(64), "GIF", interlace=True)
    yield "GIF, not interlaced", pillow(picture.quantize(64), "GIF", interlace=False)
    yield "BMP", pillow(picture, "BMP")
    yield "BMP palette", pillow(picture.quantize(64), "BMP")
    yield "BMP of 1 bit", pillow(picture.convert("1"), "BMP")


def other_jpegs() -> Named:
    picture = Image.fromarray(scene())
    for sampling in ("4:4:4", "4:2:2", "4:2:0"):
        yield f"JPEG {sampling}", pillow(picture, "JPEG", quality=90, subsampling=sampling)
    yield "progressive JPEG", pillow(picture, "JPEG", progressive=True, quality=90)
    yield "JPEG in RGB", pillow(picture, "JPEG", keep_rgb=True, quality=90)
    yield "JPEG with restarts", pillow(picture, "JPEG", restart_marker_rows=1, quality=90)
    yield "grey JPEG", pillow(grey(), "JPEG", quality=90)
    yield "MPO", pillow(picture, "MPO", save_all=True, append_images=[picture.rotate(180)])


def cut_off() -> Named:
    """Files whose last part is missing; the rows that are there count."""
    smooth = Image.fromarray(scene()).resize((384, 256))
    rough = np.random.default_rng(0).integers(0, 64, (256, 384, 3), np.uint8)
    picture = Image.fromarray(np.asarray(smooth) // 4 * 3 + rough)
    for name, data in (
        ("JPEG", pillow(picture, "JPEG", quality=90)),
        ("progressive JPEG", pillow(picture, "JPEG", quality=90, progressive=True)),
        ("PNG", pillow(picture, "PNG")),
        ("GIF", pillow(picture.quantize(64), "GIF", interlace=False)),
    ):
        yield f"{name} without its last 2 bytes", data[:-2]
        yield f"{name} without a quarter", data[: len(data) * 3 // 4]


def gama(value: int) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", value))


def chrm(points: tuple[float, ...]) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(100_000 * each) for each in points)))


def _with_colours(avif: bytes, values: tuple[int, int]) -> bytes:
    """Change an AVIF's nclx."""
    place = avif.index(b"nclx") + 4
    return avif[:place] + struct.pack(">HH", *values) + avif[place + 4 :]


def interlaced(colours: int, depth: int) -> bytes:
    """An interlaced PNG (Adam7), which Pillow can't write."""
    samples = {0: scene()[..., :1], 2: scene(), 4: np.dstack([scene()[..., :1], slope()])}
    samples[6] = np.dstack([scene(), slope()])
    steps = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2))
    rows = b""
    for top, left, down, across in (*steps, (1, 0, 2, 1)):
        for row in samples[colours][top::down, left::across]:
            bits = np.unpackbits(row.reshape(-1, 1), axis=1)
            bits = np.hstack([bits, bits]) if depth == 16 else bits[:, :depth]
            rows += b"\0" + np.packbits(bits).tobytes()
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colours, 0, 0, 1)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _spotted() -> Image.Image:
    pixels = scene()
    pixels[slope() > 128] = (10, 20, 30)
    return Image.fromarray(pixels)


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    """Put chunks behind a PNG's header."""
    return data[:33] + b"".join(chunks) + data[33:]
