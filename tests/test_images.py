"""Pictures in and out: what is accepted, what values come of it, what refusals say."""

import errno
import io
import logging
import os
import random
import resource
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageCms
from torch import Tensor

from artstyle.errors import OutputError, PictureError
from artstyle.formats import format_of
from artstyle.images import check, check_output, encode, load, read_metadata, save

Pixels = NDArray[Any]
ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 24, 20
RED, GREEN, BLUE, GREY = (200, 0, 0), (0, 200, 0), (0, 0, 200), (90, 90, 90)


def quadrants() -> Pixels:
    """Red and green above, blue and grey below."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[: HEIGHT // 2, : WIDTH // 2] = RED
    pixels[: HEIGHT // 2, WIDTH // 2 :] = GREEN
    pixels[HEIGHT // 2 :, : WIDTH // 2] = BLUE
    pixels[HEIGHT // 2 :, WIDTH // 2 :] = GREY
    return pixels


def noise(channels: int = 3, seed: int = 0) -> Pixels:
    """Draw a 16-bit picture: (H, W, C)."""
    return np.random.default_rng(seed).integers(0, 65536, (HEIGHT, WIDTH, channels), np.uint16)


def pillow(image: Image.Image | Pixels, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def flat(mode: str, colour: Any, **info: Any) -> Image.Image:
    image = Image.new(mode, (WIDTH, HEIGHT), colour)
    image.info.update(info)
    return image


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels: Pixels, colour_type: int, *extra: bytes) -> bytes:
    """Write a 16-bit PNG, which Pillow does for grey only."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + body


def tiff(pixels: Pixels, **changes: Any) -> bytes:
    """Write an uncompressed TIFF with the tags {number: values} of `changes` ("t262": [0])."""
    height, width, channels = pixels.shape
    data = pixels.tobytes()
    bits = [8 * pixels.dtype.itemsize] * channels
    tags = {256: [width], 257: [height], 258: bits, 259: [1], 262: [2], 273: [0]}
    tags |= {277: [channels], 278: [height], 279: [len(data)]}
    tags |= {int(key[1:]): value for key, value in changes.items()}
    after = 8 + 2 + 12 * len(tags) + 4
    tags[273] = [after + sum(4 * len(values) for values in tags.values() if len(values) > 1)]
    entries, more = b"", b""
    for tag, values in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}I", *values)
        place = packed if len(values) == 1 else struct.pack("<I", after + len(more))
        entries += struct.pack("<HHI", tag, 4, len(values)) + place
        more += packed if len(values) > 1 else b""
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    return head + entries + b"\0\0\0\0" + more + data


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def refusal(source: Any, name: str | None = None) -> str:
    """Load what must be refused, and give the message after the checks that hold for all."""
    with pytest.raises(PictureError) as caught:
        load(source, name)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(name or "the picture" if isinstance(source, bytes) else "")
    return message


def is_picture(picture: Tensor) -> bool:
    right = picture.dtype == torch.float32 and picture.ndim == 4 and picture.shape[:2] == (1, 3)
    return bool(right and picture.is_contiguous() and picture.min() >= 0 and picture.max() <= 1)


def colour(picture: Tensor, row: int = 0, column: int = 0) -> tuple[int, ...]:
    values = (255 * picture[0, :, row, column]).tolist()
    assert all(abs(value - round(value)) < 1e-3 for value in values)
    return tuple(round(value) for value in values)


REAL = {
    "JPEG": pillow(quadrants(), "JPEG", quality=95, subsampling=0),
    "PNG": pillow(quadrants(), "PNG"),
    "WebP": pillow(quadrants(), "WEBP", lossless=True),
    "WebP lossy": pillow(quadrants(), "WEBP", quality=95),
    "TIFF": pillow(quadrants(), "TIFF"),
    "TIFF LZW": pillow(quadrants(), "TIFF", compression="tiff_lzw"),
    "BMP": pillow(quadrants(), "BMP"),
    "GIF": pillow(quadrants(), "GIF"),
    "PNG palette": pillow(Image.fromarray(quadrants()).quantize(8), "PNG"),
    "PNG 16": png(noise(), 2),
    "PNG 16 alpha": png(noise(4), 6),
    "PNG 16 grey": png(noise(1), 0),
    "TIFF 16": tiff(noise()),
    "EXIF": pillow(quadrants(), "JPEG", exif=exif(6)),
    "ICC": pillow(
        quadrants(),
        "PNG",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    ),
}


# What is accepted


@pytest.mark.parametrize("kind", REAL)
def test_every_format_becomes_a_float_picture(kind: str) -> None:
    picture = load(REAL[kind])
    assert is_picture(picture)
    turned = kind == "EXIF"
    assert picture.shape[2:] == ((WIDTH, HEIGHT) if turned else (HEIGHT, WIDTH))


@pytest.mark.parametrize("kind", ["PNG", "WebP", "TIFF", "TIFF LZW", "BMP", "GIF", "PNG palette"])
def test_lossless_formats_keep_every_pixel(kind: str) -> None:
    expected = torch.from_numpy(quadrants()).permute(2, 0, 1)[None] / 255
    torch.testing.assert_close(load(REAL[kind]), expected, rtol=0, atol=1e-7)


def test_bytes_paths_strings_and_streams_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(REAL["PNG"])
    expected = load(REAL["PNG"])
    for source in (path, str(path), io.BytesIO(REAL["PNG"])):
        assert torch.equal(load(source), expected)


def test_the_content_decides_and_not_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(REAL["PNG"])
    assert check(path).format == "PNG"
    assert torch.equal(load(path), load(REAL["PNG"]))


def test_the_first_of_several_frames_counts() -> None:
    frames = [flat("RGB", RED), flat("RGB", GREEN)]
    for kind in ("GIF", "TIFF", "WEBP", "PNG", "MPO"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = pillow(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert load(data)[0, :, 5, 5].argmax() == 0, kind


def test_a_phones_multi_picture_file_is_a_jpeg() -> None:
    second = [flat("RGB", GREEN)]
    data = pillow(flat("RGB", RED), "MPO", save_all=True, append_images=second)
    assert check(data).format == "MPO"
    assert is_picture(load(data))


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [("1", 1, 255), ("1", 0, 0), ("L", 77, 77), ("P", 0, 0)],
)
def test_grey_and_black_and_white_become_equal_channels(
    mode: str, value: int, expected: int
) -> None:
    picture = load(pillow(flat(mode, value), "PNG"))
    assert colour(picture) == (expected, expected, expected)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile_is_ink_on_white(kind: str) -> None:
    cyan = load(pillow(flat("CMYK", (255, 0, 0, 0)), kind))[0, :, 5, 5]
    assert cyan[0] < 0.01
    assert cyan[1:].min() > 0.99
    black = load(pillow(flat("CMYK", (0, 0, 0, 255)), kind))
    assert black.max() < 0.01


# Alpha


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pillow(flat("RGBA", (200, 0, 0, 0)), "PNG"), (255, 255, 255)),
        (pillow(flat("RGBA", (200, 0, 0, 255)), "PNG"), RED),
        (pillow(flat("LA", (0, 0)), "PNG"), (255, 255, 255)),
        (pillow(flat("PA", (3, 0)), "TIFF"), (255, 255, 255)),
        (pillow(flat("P", 0), "PNG", transparency=0), (255, 255, 255)),
        (pillow(flat("P", 0), "GIF", transparency=0), (255, 255, 255)),
        (pillow(flat("RGB", RED), "PNG", transparency=RED), (255, 255, 255)),
        (pillow(flat("RGB", RED), "PNG", transparency=GREEN), RED),
        (pillow(flat("L", 7), "PNG", transparency=7), (255, 255, 255)),
        (pillow(flat("L", 7), "PNG", transparency=8), (7, 7, 7)),
        (pillow(flat("RGBA", (200, 0, 0, 0)), "WEBP", lossless=True), (255, 255, 255)),
    ],
)
def test_what_is_clear_shows_white(data: bytes, expected: tuple[int, ...]) -> None:
    assert colour(load(data), 5, 5) == expected


def test_half_clear_colours_mix_with_white_without_rounding() -> None:
    picture = load(pillow(flat("RGBA", (100, 0, 255, 51)), "PNG"))  # 51/255 is one fifth
    expected = torch.tensor([0.8 + 0.2 * 100 / 255, 0.8, 1.0])
    torch.testing.assert_close(picture[0, :, 0, 0], expected, rtol=0, atol=1e-6)


# 16 bits


@pytest.mark.parametrize(
    "data",
    [
        png(np.full((HEIGHT, WIDTH, 1), 30000, np.uint16), 0),
        pillow(np.full((HEIGHT, WIDTH), 30000, np.uint16), "TIFF"),
        pillow(flat("I;16B", 30000), "TIFF"),
        pillow(np.full((HEIGHT, WIDTH), 30000, np.uint16), "TIFF", compression="tiff_lzw"),
        png(np.full((HEIGHT, WIDTH, 3), 30000, np.uint16), 2),
        tiff(np.full((HEIGHT, WIDTH, 1), 65535 - 30000, np.uint16), t262=[0]),  # white is zero
        tiff(np.full((HEIGHT, WIDTH, 3), 30000, np.uint16)),
    ],
)
def test_16_bits_keep_their_precision(data: bytes) -> None:
    picture = load(data)
    expected = torch.full((1, 3, HEIGHT, WIDTH), 30000 / 65535)
    torch.testing.assert_close(picture, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("write", [lambda p: png(p, 2), tiff])
def test_16_bit_colours_keep_their_order_and_place(write: Callable[[Pixels], bytes]) -> None:
    pixels = noise()
    expected = torch.from_numpy((pixels / 65535).transpose(2, 0, 1).copy()).float()[None]
    torch.testing.assert_close(load(write(pixels)), expected, rtol=0, atol=1e-6)


def test_compressed_16_bit_tiffs_are_read_from_a_file(tmp_path: Path) -> None:
    pixels = noise()
    cv2.imwrite(str(tmp_path / "a.tif"), pixels[..., ::-1])
    expected = torch.from_numpy((pixels / 65535).transpose(2, 0, 1).copy()).float()[None]
    torch.testing.assert_close(load(tmp_path / "a.tif"), expected, rtol=0, atol=1e-6)


RGBA16 = np.broadcast_to(np.array([10000, 0, 20000, 32768], np.uint16), (HEIGHT, WIDTH, 4))
ALPHA16 = 32768 / 65535


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png(RGBA16, 6), [1 + ALPHA16 * (v / 65535 - 1) for v in (10000, 0, 20000)]),
        (tiff(RGBA16, t338=[2]), [1 + ALPHA16 * (v / 65535 - 1) for v in (10000, 0, 20000)]),
        (tiff(RGBA16, t338=[1]), [1 - ALPHA16 + v / 65535 for v in (10000, 0, 20000)]),
        (tiff(RGBA16, t338=[0]), [v / 65535 for v in (10000, 0, 20000)]),  # not an alpha
        (png(RGBA16[..., [0, 3]], 4), [1 + ALPHA16 * (10000 / 65535 - 1)] * 3),
        (png(RGBA16[..., :3], 2, chunk(b"tRNS", struct.pack(">HHH", 10000, 0, 20000))), [1] * 3),
        (png(RGBA16[..., :1], 0, chunk(b"tRNS", struct.pack(">H", 10000))), [1] * 3),
        (png(RGBA16[..., :1], 0, chunk(b"tRNS", struct.pack(">H", 10001))), [10000 / 65535] * 3),
    ],
)
def test_16_bit_alpha_mixes_with_white(data: bytes, expected: list[float]) -> None:
    values = load(data)[0, :, 3, 3]
    torch.testing.assert_close(values, torch.tensor(expected).float(), rtol=0, atol=1e-6)


def test_12_bit_tiffs_reach_white() -> None:
    packed = np.frombuffer(b"\xab\xca\xbc" * (HEIGHT * WIDTH // 2), np.uint8)
    rows = packed.reshape(HEIGHT, WIDTH * 3 // 2, 1)
    picture = load(tiff(rows, t256=[WIDTH], t258=[12], t262=[1]))
    expected = torch.full((1, 3, HEIGHT, WIDTH), 0xABC / 4095)
    torch.testing.assert_close(picture, expected, rtol=0, atol=1e-6)


def test_float_tiffs_between_0_and_1_are_taken_as_they_are() -> None:
    picture = load(pillow(flat("F", 0.123456), "TIFF"))
    torch.testing.assert_close(picture, torch.full_like(picture, 0.123456), rtol=0, atol=1e-7)


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_float_tiffs_of_another_range_are_refused(value: float) -> None:
    assert "outside 0 to 1" in refusal(pillow(flat("F", value), "TIFF"))


def test_pixels_that_would_be_shown_wrongly_are_refused() -> None:
    assert "stores its pixels as I" in refusal(pillow(flat("I", 5), "TIFF"))
    assert "stores its pixels as LAB" in refusal(pillow(flat("LAB", (50, 0, 0)), "TIFF"))
    assert "separate planes" in refusal(tiff(noise(), t284=[2]))


def test_the_thumbnail_of_a_raw_file_isnt_taken_for_the_photo() -> None:
    assert "camera raw" in refusal(tiff(quadrants(), t254=[1]))
    assert "camera raw" in refusal(tiff(quadrants(), t50706=[1]))


# Orientation

CORNERS = {  # EXIF 2.3, tag 0x0112: where the stored top left and top right are seen
    1: ("top left", "top right"),
    2: ("top right", "top left"),
    3: ("bottom right", "bottom left"),
    4: ("bottom left", "bottom right"),
    5: ("top left", "bottom left"),
    6: ("top right", "bottom right"),
    7: ("bottom right", "top right"),
    8: ("bottom left", "top left"),
}
SIXTEEN = quadrants().astype(np.uint16) * 257
ORIENTED: dict[str, Callable[[int], bytes]] = {
    "JPEG": lambda o: pillow(quadrants(), "JPEG", quality=100, subsampling=0, exif=exif(o)),
    "PNG": lambda o: pillow(quadrants(), "PNG", exif=exif(o)),
    "WebP": lambda o: pillow(quadrants(), "WEBP", lossless=True, exif=exif(o)),
    "TIFF": lambda o: tiff(quadrants(), t274=[o]),
    "PNG 16": lambda o: png(SIXTEEN, 2, chunk(b"eXIf", exif(o)[6:])),
    "TIFF 16": lambda o: tiff(SIXTEEN, t274=[o]),
}


@pytest.mark.parametrize("orientation", CORNERS)
@pytest.mark.parametrize("kind", ORIENTED)
def test_pictures_are_turned_upright(kind: str, orientation: int) -> None:
    data = ORIENTED[kind](orientation)
    picture = load(data)
    for wanted, place in zip((RED, GREEN), CORNERS[orientation], strict=True):
        row, column = -3 if "bottom" in place else 2, -3 if "right" in place else 2
        difference = 255 * picture[0, :, row, column] - torch.tensor(wanted)
        assert difference.abs().max() < 3, place
    header = check(data)
    assert (header.height, header.width) == picture.shape[2:]


def test_16_bit_grey_is_turned_too() -> None:
    pixels = noise(1)
    expected = torch.from_numpy(pixels[..., 0] / 65535).float().rot90(-1)
    for data in (png(pixels, 0, chunk(b"eXIf", exif(6)[6:])), tiff(pixels, t262=[1], t274=[6])):
        torch.testing.assert_close(load(data)[0, 1], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("value", [0, 9, 77])
def test_an_unknown_orientation_is_ignored(value: int) -> None:
    assert load(pillow(quadrants(), "PNG", exif=exif(value))).shape[2:] == (HEIGHT, WIDTH)


def test_broken_exif_doesnt_keep_a_photo_out() -> None:
    data = pillow(quadrants(), "JPEG", exif=b"Exif\0\0garbage, and no TIFF header")
    assert is_picture(load(data))


# Colour profiles


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped() -> bytes:
    """An RGB profile whose red primary is sRGB's green and the reverse."""
    profile = srgb()
    return profile.replace(b"rXYZ", b"?").replace(b"gXYZ", b"rXYZ").replace(b"?", b"gXYZ")


def icc(space: bytes, kind: bytes, pcs: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Write an ICC v2 profile (ICC.1:2001-04, sections 6.1 to 6.3)."""
    offset, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for tag, data in tags.items():
        table += struct.pack(">4sII", tag, offset + len(body), len(data))
        body += data.ljust(-(-len(data) // 4) * 4, b"\0")
    size = offset + len(body)
    head = struct.pack(">I4sI4s4s4s12s4s", size, b"", 0x02100000, kind, space, pcs, b"", b"acsp")
    head = head.ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)  # D50
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


WHITE = b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061)


def linear_grey() -> bytes:
    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)  # no entries: the identity
    return icc(b"GRAY", b"mntr", b"XYZ ", {b"wtpt": WHITE, b"kTRC": curve})


def black_inks() -> bytes:
    """Make a CMYK profile by which paper is Lab (50, 0, 0) and any full ink is black."""
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    ramp = bytes(range(256))
    grid = bytes([128, 128, 128]) + bytes([0, 128, 128]) * 15
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + 4 * ramp + grid + 3 * ramp
    return icc(b"CMYK", b"prtr", b"Lab ", {b"wtpt": WHITE, b"A2B0": lut})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_rgb_profiles_are_converted_to_srgb(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    data = pillow(flat("RGB", RED), kind, icc_profile=swapped(), **options)
    assert load(data)[0, :, 5, 5].tolist() == pytest.approx([0, 200 / 255, 0], abs=2 / 255)


def test_16_bit_and_palette_and_clear_pictures_are_converted_too() -> None:
    red16 = np.broadcast_to(np.array([51400, 0, 0], np.uint16), (HEIGHT, WIDTH, 3))
    profile = chunk(b"iCCP", b"swapped\0\0" + zlib.compress(swapped()))
    palette = Image.fromarray(quadrants()).quantize(8)
    for data in (png(red16, 2, profile), pillow(palette, "PNG", icc_profile=swapped())):
        assert colour(load(data), 2, 2) == GREEN
    half = load(pillow(flat("RGBA", (255, 0, 0, 51)), "PNG", icc_profile=swapped()))
    assert half[0, :, 0, 0].tolist() == pytest.approx([0.8, 1, 0.8], abs=1 / 255)


@pytest.mark.parametrize("sixteen", [False, True])
def test_grey_profiles_are_converted_to_srgb(sixteen: bool) -> None:
    chunk_ = chunk(b"iCCP", b"linear\0\0" + zlib.compress(linear_grey()))
    deep = png(np.full((HEIGHT, WIDTH, 1), 128 * 257, np.uint16), 0, chunk_)
    data = deep if sixteen else pillow(flat("L", 128), "PNG", icc_profile=linear_grey())
    level = 1.055 * (128 / 255) ** (1 / 2.4) - 0.055  # sRGB's curve: 0.7366
    assert load(data)[0, :, 0, 0].tolist() == pytest.approx([level] * 3, abs=1.5 / 255)


def test_cmyk_profiles_are_converted_to_srgb() -> None:
    data = pillow(flat("CMYK", (128, 0, 0, 0)), "TIFF", icc_profile=black_inks())
    lightness = 100 * 128 / 255 * 127 / 255  # half of a full ink: half the paper's Lab L
    linear = ((lightness + 16) / 116) ** 3
    level = 1.055 * linear ** (1 / 2.4) - 0.055
    assert load(data)[0, :, 0, 0].tolist() == pytest.approx([level] * 3, abs=2 / 255)


def test_srgb_profiles_change_nothing_and_cost_no_precision() -> None:
    profile = chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(srgb()))
    pixels = noise()
    assert torch.equal(load(png(pixels, 2, profile)), load(png(pixels, 2)))


@pytest.mark.parametrize("profile", [b"garbage", srgb()[:200], linear_grey(), black_inks()])
def test_unusable_profiles_are_left_out_with_a_warning(
    profile: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        picture = load(pillow(quadrants(), "PNG", icc_profile=profile), "holiday.png")
    assert torch.equal(picture, load(REAL["PNG"]))
    assert "holiday.png" in caplog.text


# Limits


def claiming(kind: str, width: int, height: int) -> bytes:
    """Rewrite the header of a small file so that it claims another size."""
    data = bytearray(REAL[kind])
    if kind == "PNG":
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return bytes(data[:8]) + chunk(b"IHDR", header) + chunk(b"IDAT", b"")
    if kind == "JPEG":
        start = data.index(b"\xff\xc0") + 5
        data[start : start + 4] = struct.pack(">HH", height, width)
    elif kind == "GIF":
        data[6:10] = struct.pack("<HH", width, height)
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", width, height)
    elif kind == "WebP lossy":
        data[26:30] = struct.pack("<HH", width, height)
    else:
        return tiff(quadrants(), t256=[width], t257=[height])
    return bytes(data)


@pytest.mark.parametrize("size", [(13000, 13000), (20000, 20000)])  # Pillow warns, Pillow raises
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF"])
def test_bombs_are_refused_by_their_header(kind: str, size: tuple[int, int]) -> None:
    data = claiming(kind, *size)
    assert len(data) < 5000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = refusal(data, "bomb")
    assert message.startswith(f"bomb is {size[0]} x {size[1]} pixels")
    assert "100 megapixels" in message


def test_a_webp_bomb_is_refused_before_its_canvas_is_made() -> None:
    assert "100 megapixels" in refusal(claiming("WebP lossy", 16383, 16383))


def test_what_pillow_finds_large_and_we_dont_passes_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check(claiming("PNG", 10000, 10000)).width == 10000
    assert "megapixels" in refusal(claiming("PNG", 10001, 10000))


def test_pillows_grumbles_about_damaged_exif_reach_nobody() -> None:
    data = pillow(quadrants(), "JPEG", exif=exif(6)[:-6])
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        Image.open(io.BytesIO(data)).getexif()
        assert len(seen) == 1
        assert is_picture(load(data))
        assert len(seen) == 1


def test_pillows_own_limits_are_left_to_others() -> None:
    load(REAL["PNG"])
    with pytest.warns(Image.DecompressionBombWarning):
        Image.open(io.BytesIO(claiming("PNG", 10000, 10000)))


@pytest.mark.parametrize("size", [(1, 1), (15, 15), (3, 2000), (2000, 15)])
def test_tiny_pictures_are_refused(size: tuple[int, int]) -> None:
    message = refusal(pillow(Image.new("RGB", size), "PNG"))
    assert f"{size[0]} x {size[1]}" in message
    assert "16" in message


def test_ribbons_are_refused_and_the_limits_themselves_arent() -> None:
    message = refusal(pillow(Image.new("RGB", (16, 321)), "PNG"))
    assert "16 x 321" in message
    assert "20 times" in message
    assert load(pillow(Image.new("RGB", (320, 16)), "PNG")).shape == (1, 3, 16, 320)
    assert load(pillow(Image.new("RGB", (16, 16)), "PNG")).shape == (1, 3, 16, 16)


# Refusals


def test_a_missing_file_is_named_with_its_path(tmp_path: Path) -> None:
    message = refusal(tmp_path / "nowhere" / "a.jpg")
    assert message.startswith("a.jpg doesn't exist")
    assert str(tmp_path / "nowhere") in message


def test_folders_empty_files_and_pipes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refusal(tmp_path).startswith(f"{tmp_path.name} is a folder")
    assert refusal(tmp_path / "empty.jpg").startswith("empty.jpg is empty")
    assert refusal(tmp_path / "pipe.jpg").startswith("pipe.jpg isn't a regular file")
    assert refusal(b"").startswith("the picture is empty")
    assert refusal(io.BytesIO(b""), "upload").startswith("upload is empty")


def test_denied_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jpg").write_bytes(REAL["JPEG"])

    def deny(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)  # root, who runs tests, may read anything
    assert refusal(tmp_path / "a.jpg").startswith("a.jpg can't be read: permission denied")


@pytest.mark.parametrize("path", ["a\0b.jpg", "x" * 300 + ".jpg", "\ud800/\n.jpg", ""])
def test_impossible_paths_are_refused_on_one_encodable_line(path: str) -> None:
    assert refusal(path).encode()


def test_text_named_jpg_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("Dear diary, " * 100)
    message = refusal(path)
    assert message.startswith("notes.jpg isn't a picture in a format that's supported")
    assert "JPEG, PNG, WebP, TIFF, BMP, GIF" in message


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "CR3 (camera raw)"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "MP4 or MOV (a video)"),
        (b"II*\0\x10\0\0\0CR\2\0", "CR2 (camera raw)"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!DOCTYPE html>\n<html>", "HTML (a web page)"),
        (b"%PDF-1.7\n", "PDF"),
        (b"8BPS\0\1", "PSD (Photoshop)"),
        (b"\0\0\1\0\1\0", "ICO"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\xff\x0a\xfa", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x4f\xff\x51\0", "JPEG 2000"),
    ],
)
def test_other_formats_are_called_by_their_name(head: bytes, name: str) -> None:
    message = refusal(head + bytes(100), "IMG_1")
    assert message.startswith(f"IMG_1 is in the format {name}, which isn't supported")
    assert "save it as JPEG or PNG first" in message


def test_pillows_own_samples_of_other_formats_are_recognised() -> None:
    image = Image.fromarray(quadrants())
    samples = {"AVIF": "AVIF", "JPEG2000": "JPEG 2000", "PDF": "PDF", "ICO": "ICO", "EPS": "EPS"}
    for kind, name in samples.items():
        assert format_of(pillow(image, kind)[:4096]) == name


@pytest.mark.parametrize(
    "kind", ["JPEG", "PNG", "WebP", "TIFF", "TIFF LZW", "BMP", "GIF", "PNG 16"]
)
def test_half_a_file_is_refused_as_damaged(kind: str) -> None:
    data = REAL[kind][: len(REAL[kind]) // 2]
    assert refusal(data, "half").startswith("half is damaged")


@pytest.mark.parametrize("kind", REAL)
def test_damaged_files_load_or_are_refused_and_nothing_else(kind: str) -> None:
    chance, data = random.Random(kind), REAL[kind]
    cuts = [data[: len(data) * part // 40] for part in range(40)] + [data[:-12], data]
    outcomes = {attempt(cut) for cut in cuts} | {attempt(flipped(data, chance)) for _ in range(80)}
    assert outcomes == {True, False}  # some load, some are refused; what else is raised fails


def test_a_false_chunk_length_reserves_no_memory() -> None:
    """OpenCV takes 2 GB for this, and seconds, before it finds the file too short."""
    data = REAL["PNG 16"]
    start = data.index(b"IDAT")
    false = data[: start - 4] + struct.pack(">I", 2_000_000_000) + data[start:]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(false, "liar").startswith("liar is damaged")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kB


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Change 1 to 4 bytes, half of them in the header."""
    broken = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        end = min(len(data), 100) if chance.random() < 0.5 else len(data)
        broken[chance.randrange(end)] = chance.randrange(256)
    return bytes(broken)


def attempt(data: bytes) -> bool:
    try:
        picture = load(data)
    except PictureError as error:
        assert "\n" not in str(error)
        return False
    assert is_picture(picture)
    assert check(data).width == picture.shape[3]
    return True


def test_checking_needs_no_torch(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(REAL["PNG"])
    code = (
        "import sys; from artstyle.images import check, check_output; "
        f"check({str(path)!r}); check_output({str(path)!r}); sys.exit('torch' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "ast")}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )


# Saving


def gradient(height: int = HEIGHT, width: int = WIDTH) -> Tensor:
    return torch.linspace(0, 1, 3 * height * width).reshape(1, 3, height, width)


@pytest.mark.parametrize(
    ("ending", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("JPEG", "JPEG"), ("webp", "WEBP")]
)
def test_the_ending_decides_the_format(tmp_path: Path, ending: str, kind: str) -> None:
    path = tmp_path / f"out.{ending}"
    save(gradient(64, 64), path, {"levels": 3})
    assert check(path).format == kind
    assert (load(path) - gradient(64, 64)).abs().mean() < 0.01
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_png_rounds_to_the_nearest_of_256_and_clips() -> None:
    picture = torch.zeros(1, 3, 16, 16)
    picture[0, :, 0, 0] = torch.tensor([100.4 / 255, 100.6 / 255, 1.0])
    picture[0, :, 0, 1] = torch.tensor([-0.5, 1.5, 0.0])
    loaded = load(encode(picture, "png"))
    assert colour(loaded, 0, 0) == (100, 101, 255)
    assert colour(loaded, 0, 1) == (0, 255, 0)


def test_what_was_loaded_from_8_bits_is_saved_unchanged() -> None:
    picture = load(REAL["PNG"])
    assert torch.equal(load(encode(picture, "png")), picture)


def test_jpeg_keeps_colour_at_full_resolution() -> None:
    image = Image.open(io.BytesIO(encode(gradient(), "jpeg")))
    assert [tuple(part[1:3]) for part in image.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]


def test_half_precision_and_pictures_with_gradients_can_be_saved() -> None:
    assert is_picture(load(encode(gradient().to(torch.bfloat16), "png")))
    assert is_picture(load(encode(gradient().requires_grad_(), "webp")))


@pytest.mark.parametrize(("format", "longest"), [("webp", 16383), ("jpeg", 65500)])
def test_a_side_that_the_format_cant_hold_is_refused(
    tmp_path: Path, format: str, longest: int
) -> None:
    assert encode(torch.zeros(1, 3, 1, longest), format)
    with pytest.raises(OutputError, match=f"{longest}; save as PNG"):
        save(torch.zeros(1, 3, 1, longest + 1), tmp_path / f"a.{format}")
    assert not list(tmp_path.iterdir())
    assert encode(torch.zeros(1, 3, 1, longest + 1), "png")


def test_settings_come_back_from_a_png(tmp_path: Path) -> None:
    settings = {
        "style": "Große Welle 神奈川 \udcff",
        "levels": 3,
        "tv": 0.5,
        "seed": None,
        "all": [1],
    }
    save(gradient(), tmp_path / "a.png", settings | {"path": Path("a/b")})
    assert read_metadata(tmp_path / "a.png") == settings | {"path": "a/b"}
    assert Image.open(tmp_path / "a.png").info["Software"] == "artstyle"


@pytest.mark.parametrize("text", [None, "no JSON", "[1, 2]", "[" * 100_000])
def test_pictures_without_settings_say_so(tmp_path: Path, text: str | None) -> None:
    extra = [] if text is None else [chunk(b"tEXt", b"artstyle\0" + text.encode())]
    (tmp_path / "a.png").write_bytes(png(noise(), 2, *extra))
    with pytest.raises(PictureError, match=r"^a\.png holds no settings of artstyle"):
        read_metadata(tmp_path / "a.png")


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_where_and_when_a_photo_was_taken_doesnt_reach_the_output(
    tmp_path: Path, ending: str
) -> None:
    tags = Image.Exif()
    tags[0x010F] = "SpyCamera"
    tags.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    data = pillow(quadrants(), "JPEG", exif=tags, comment=b"SpyCamera", icc_profile=swapped())
    assert data.count(b"SpyCamera") == 2
    save(load(data), tmp_path / f"a.{ending}", {"levels": 1})
    written = (tmp_path / f"a.{ending}").read_bytes()
    assert not any(mark in written for mark in (b"SpyCamera", b"Exif", b"EXIF", b"eXIf", b"acsp"))
    assert not Image.open(io.BytesIO(written)).getexif()


@pytest.mark.parametrize("name", ["out.gif", "out", "out.tar.gz", ".png", "out.png.txt"])
def test_other_endings_are_refused_with_the_valid_ones(tmp_path: Path, name: str) -> None:
    for refuse in (check_output, lambda path: save(gradient(), path)):
        with pytest.raises(OutputError, match=r"\.png, \.jpg, \.jpeg, \.webp"):
            refuse(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(OutputError, match="gif can't be written; use one of png, jpeg, webp"):
        encode(gradient(), "gif")


def test_a_good_place_for_the_output_passes_and_stays_empty(tmp_path: Path) -> None:
    check_output(tmp_path / "out.PNG")
    assert not list(tmp_path.iterdir())


def test_bad_places_for_the_output_are_refused_beforehand(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    for place, words in {
        tmp_path / "folder.png": "is a folder",
        tmp_path / "nowhere" / "a.png": "nowhere doesn't exist; create it first",
        tmp_path / "file" / "a.png": "file doesn't exist",
        Path("/proc/a.png"): "can't be written",
        tmp_path / ("x" * 5000) / "a.png": "can't be written",
    }.items():
        with pytest.raises(OutputError, match=words) as caught:
            check_output(place)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a\0.png", "x" * 300 + ".png"])
def test_impossible_names_for_the_output_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="can't be written"):
        save(gradient(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def fill_the_disk(path: Path, data: bytes) -> int:
    with path.open("wb") as file:
        file.write(data[: len(data) // 2])
    raise OSError(errno.ENOSPC, "No space left on device")


def interrupt(path: Path, data: bytes) -> int:
    with path.open("wb") as file:
        file.write(data[: len(data) // 2])
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("failure", "error"), [(fill_the_disk, OutputError), (interrupt, KeyboardInterrupt)]
)
def test_a_failed_save_leaves_the_folder_as_it_was(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: Callable[[Path, bytes], int],
    error: type[BaseException],
) -> None:
    (tmp_path / "a.png").write_bytes(b"an older result")
    monkeypatch.setattr(Path, "write_bytes", failure)
    with pytest.raises(error, match="No space left" if error is OutputError else None):
        save(gradient(), tmp_path / "a.png")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"an older result"


def test_saving_replaces_an_older_result_and_heeds_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"an older result")
    plain = path.stat().st_mode
    save(gradient(), path)
    assert check(path).format == "PNG"
    assert path.stat().st_mode == plain
