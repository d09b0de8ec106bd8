"""Colour profiles become sRGB."""

import logging
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image
from tests.pictures import (
    GREEN,
    HEIGHT,
    REAL,
    RED,
    WIDTH,
    chunk,
    colour,
    flat,
    noise,
    on_white,
    pillow,
    png,
    quadrants,
    srgb,
    swapped,
)

from artstyle.pictures.read import load

# Colour profiles


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
    half = on_white(pillow(flat("RGBA", (255, 0, 0, 51)), "PNG", icc_profile=swapped()))
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
        picture = load(pillow(quadrants(), "PNG", icc_profile=profile), "content")
    assert torch.equal(picture, load(REAL["PNG"]))
    assert "the photo: its colour profile can't be used" in caplog.text
