"""Decoding: alpha, 16 bits, orientation."""

import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.pictures import (
    GREEN,
    HEIGHT,
    RED,
    WIDTH,
    Pixels,
    chunk,
    colour,
    exif,
    flat,
    is_picture,
    noise,
    on_white,
    pillow,
    png,
    quadrants,
    refusal,
    tiff,
)

from artstyle.pictures import formats, read
from artstyle.pictures.read import check, decode, examine, load

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
    assert colour(on_white(data), 5, 5) == expected


def test_half_clear_colours_mix_with_white_without_rounding() -> None:
    picture = on_white(pillow(flat("RGBA", (100, 0, 255, 51)), "PNG"))  # 51/255 is one fifth
    expected = torch.tensor([0.8 + 0.2 * 100 / 255, 0.8, 1.0])
    torch.testing.assert_close(picture[0, :, 0, 0], expected, rtol=0, atol=HALF_STEP)


# 16 bits

HALF_STEP = 0.51 / 65535  # values are rounded to 16 bits


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
    torch.testing.assert_close(picture, expected, rtol=0, atol=HALF_STEP)


@pytest.mark.parametrize("write", [lambda p: png(p, 2), tiff])
def test_16_bit_colours_keep_their_order_and_place(write: Callable[[Pixels], bytes]) -> None:
    pixels = noise()
    expected = torch.from_numpy((pixels / 65535).transpose(2, 0, 1).copy()).float()[None]
    torch.testing.assert_close(load(write(pixels)), expected, rtol=0, atol=HALF_STEP)


def test_compressed_16_bit_tiffs_are_read_from_a_file(tmp_path: Path) -> None:
    pixels = noise()
    cv2.imwrite(str(tmp_path / "a.tif"), pixels[..., ::-1])
    expected = torch.from_numpy((pixels / 65535).transpose(2, 0, 1).copy()).float()[None]
    torch.testing.assert_close(load(tmp_path / "a.tif"), expected, rtol=0, atol=HALF_STEP)


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
    values = on_white(data)[0, :, 3, 3]
    torch.testing.assert_close(values, torch.tensor(expected).float(), rtol=0, atol=HALF_STEP)


def test_12_bit_tiffs_reach_white() -> None:
    packed = np.frombuffer(b"\xab\xca\xbc" * (HEIGHT * WIDTH // 2), np.uint8)
    rows = packed.reshape(HEIGHT, WIDTH * 3 // 2, 1)
    picture = load(tiff(rows, t256=[WIDTH], t258=[12], t262=[1]))
    expected = torch.full((1, 3, HEIGHT, WIDTH), 0xABC / 4095)
    torch.testing.assert_close(picture, expected, rtol=0, atol=HALF_STEP)


def test_float_tiffs_between_0_and_1_are_taken_as_they_are() -> None:
    picture = load(pillow(flat("F", 0.123456), "TIFF"))
    torch.testing.assert_close(picture, torch.full_like(picture, 0.123456), rtol=0, atol=HALF_STEP)


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_float_tiffs_of_another_range_are_refused(value: float) -> None:
    assert "outside 0 to 1" in refusal(pillow(flat("F", value), "TIFF"))


def test_pixels_that_would_be_shown_wrongly_are_refused() -> None:
    assert "stores its pixels as separate planes" in refusal(tiff(noise(4), t284=[2], t262=[5]))
    assert "stores its pixels as channels of an unusual kind" in refusal(tiff(noise(), t262=[6]))


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
        torch.testing.assert_close(load(data)[0, 1], expected, rtol=0, atol=HALF_STEP)


@pytest.mark.parametrize("value", [0, 9, 77])
def test_an_unknown_orientation_is_ignored(value: int) -> None:
    assert load(pillow(quadrants(), "PNG", exif=exif(value))).shape[2:] == (HEIGHT, WIDTH)


def test_broken_exif_doesnt_keep_a_photo_out() -> None:
    data = pillow(quadrants(), "JPEG", exif=b"Exif\0\0garbage, and no TIFF header")
    assert is_picture(load(data))


# Large pictures


LARGE: dict[str, Callable[[Pixels], bytes]] = {
    "JPEG": lambda pixels: pillow(pixels, "JPEG", quality=97, subsampling=0),
    "progressive JPEG": lambda pixels: pillow(pixels, "JPEG", quality=97, progressive=True),
    "PNG": lambda pixels: pillow(pixels, "PNG"),
    "PNG 16": lambda pixels: png(pixels.astype(np.uint16) * 257, 2),
    "WebP": lambda pixels: pillow(pixels, "WEBP", lossless=True),
    "TIFF": lambda pixels: pillow(pixels, "TIFF"),
    "GIF": lambda pixels: pillow(pixels, "GIF"),
}


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("reduction", [2, 4])
def test_very_large_pictures_are_shrunk_while_they_are_decoded(
    kind: str, reduction: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = np.zeros((30, 40, 3), np.uint8)
    small[:15], small[15:, :20] = (200, 100, 50), (0, 150, 250)
    pixels = small.repeat(8, axis=0).repeat(8, axis=1)
    monkeypatch.setattr(formats, "WHOLE_PIXELS", pixels.size // 3 // reduction**2)
    decoded = decode(LARGE[kind](pixels)).astype(int)
    expected = pixels[::reduction, ::reduction].astype(int)
    assert decoded.shape == expected.shape
    assert np.abs(decoded - expected).mean() < 3


def test_a_large_jpeg_that_is_cut_off_is_shrunk_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(2).integers(0, 255, (160, 240, 3), np.uint8)
    monkeypatch.setattr(formats, "WHOLE_PIXELS", 120 * 80)
    data = pillow(pixels, "JPEG", quality=90)
    taken = examine(data[: len(data) * 3 // 4])
    assert taken.pixels.shape == (80, 120, 3)
    assert taken.missing == pytest.approx(0.25, abs=0.1)


def test_loading_shrinks_only_what_is_large_and_not_below_what_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = pillow(np.random.default_rng(2).integers(0, 255, (100, 150, 3), np.uint8), "PNG")
    assert load(data, enough=20).shape == (1, 3, 100, 150)
    monkeypatch.setattr(read, "LARGE", 14_999)
    for enough, height in ((20, 20), (33, 34), (34, 50), (51, 100), (300, 100), (None, 100)):
        assert load(data, enough=enough).shape[2] == height


def test_integer_grey_of_32_bits_has_the_range_that_its_values_fit_into() -> None:
    for peak in (255, 65535, 2**31 - 1):
        pixels = np.full((HEIGHT, WIDTH), peak // 3, np.int32)
        pixels[0, 0], pixels[0, 1] = peak, 0
        picture = load(pillow(Image.fromarray(pixels), "TIFF"))
        assert picture[0, :, 0, :3].mean(0).tolist() == pytest.approx([1, 0, 1 / 3], abs=2e-3)
    unsigned = tiff(np.full((HEIGHT, WIDTH, 1), 3 << 30, np.uint32), t262=[1])
    assert load(unsigned)[0, 0, 0, 0] == pytest.approx(0.75, abs=1e-4)


def test_lab_becomes_srgb() -> None:
    # CIELAB (50, 0, 0) is a grey of 119; (53.2, 80.1, 67.2) is sRGB's red
    for lab, expected in (((128, 128, 128), 119), ((136, 208, 195), (255, 0, 0))):
        picture = 255 * load(pillow(flat("LAB", lab), "TIFF"))[0, :, 0, 0]
        assert picture.tolist() == pytest.approx(np.broadcast_to(expected, 3).tolist(), abs=12)


def test_metadata_other_than_exif_doesnt_turn_a_picture() -> None:
    xmp = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>"""
    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    for data in (
        pillow(quadrants(), "JPEG", xmp=xmp),
        pillow(quadrants(), "WEBP", xmp=xmp),
        pillow(quadrants(), "PNG", pnginfo=text),
        pillow(quadrants(), "TIFF", tiffinfo={700: xmp}),
    ):
        assert load(data).shape[2:] == (HEIGHT, WIDTH)


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_photos_of_phones_are_read_and_turned(kind: str) -> None:
    pillow_heif.register_heif_opener()
    pixels = quadrants().repeat(4, axis=0).repeat(4, axis=1)
    for orientation, turns in ((1, 0), (6, -1), (3, 2), (8, 1)):
        data = pillow(pixels, kind, quality=95, exif=exif(orientation))
        expected = np.rot90(pixels, turns).astype(int)
        decoded = decode(data).astype(int)
        assert decoded.shape == expected.shape
        assert np.abs(decoded - expected).mean() < 4
        header = check(data)
        assert (header.height, header.width) == expected.shape[:2]
