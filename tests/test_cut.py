"""Files that are cut off: what there is of them is taken, and what is missing is counted."""

import logging
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from tests.pictures import Pixels, pillow, tiff

from artstyle.errors import PictureDamaged, PictureError, PictureHalf
from artstyle.pictures.cut import complete_jpeg, empty_rows
from artstyle.pictures.planar import with_directory
from artstyle.pictures.read import decode, examine

SIDE = 96
SHAPE = (SIDE, SIDE, 3)


def smooth() -> Pixels:
    """Colours that lossy formats keep, no two rows alike and none of them grey."""
    across, down = np.meshgrid(np.linspace(0, 90, SIDE), np.linspace(0, 120, SIDE))
    return np.stack([across + 20, down + 40, across + down + 30], axis=2).astype(np.uint8)


def rough() -> Pixels:
    return np.random.default_rng(5).integers(1, 255, SHAPE, np.uint8)


WRITERS: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: pillow(rough(), "JPEG", quality=90),
    "JPEG with restarts": lambda: pillow(rough(), "JPEG", quality=90, restart_marker_rows=1),
    "progressive JPEG": lambda: pillow(smooth(), "JPEG", quality=95, progressive=True),
    "grey JPEG": lambda: pillow(rough()[..., 0], "JPEG", quality=90),
    "CMYK JPEG": lambda: pillow(Image.fromarray(rough()).convert("CMYK"), "JPEG", quality=90),
    "WebP": lambda: pillow(rough(), "WEBP", quality=90),
    "lossless WebP": lambda: pillow(rough(), "WEBP", lossless=True),
    "GIF": lambda: pillow(Image.fromarray(rough()).quantize(64), "GIF"),
    "TIFF": lambda: tiff(rough()),
    "BMP": lambda: pillow(rough(), "BMP"),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_few_bytes_less_cost_a_few_rows(kind: str) -> None:
    data = WRITERS[kind]()
    whole = decode(data).astype(int)
    for short in (1, 2, 3, 7, 20):
        taken = examine(data[:-short])
        assert taken.missing is not None or np.array_equal(taken.pixels, whole)
        assert (taken.missing or 0) <= 0.34  # a row of blocks may have 16 pixels, times two
        there = slice(34, SIDE) if kind == "BMP" else slice(0, SIDE - 34)  # BMP's last row is first
        assert np.abs(taken.pixels.astype(int) - whole)[there].mean() < 12


@pytest.mark.parametrize("kind", [each for each in WRITERS if "progressive" not in each])
def test_the_share_that_is_missing_grows_until_the_picture_is_refused(kind: str) -> None:
    data, shares = WRITERS[kind](), []
    for percent in range(98, 4, -6):
        try:
            taken = examine(data[: len(data) * percent // 100])
        except PictureHalf as error:
            assert 0 <= error.percent <= 50
            shares.append(1.0)
        except PictureDamaged:
            shares.append(1.0)  # its header isn't whole
        else:
            assert taken.missing is not None
            assert taken.pixels.shape == SHAPE
            shares.append(taken.missing)
    assert shares == sorted(shares)
    assert shares[0] < 0.2
    assert shares[-1] == 1


def test_a_progressive_jpeg_is_taken_from_its_first_complete_scan_on() -> None:
    data = WRITERS["progressive JPEG"]()
    scans = [place for place in range(len(data)) if data.startswith(b"\xff\xda", place)]
    taken = examine(data[: scans[1] - 10])  # within the tables of the second scan
    assert taken.missing == 0
    assert np.abs(taken.pixels.astype(int) - smooth()).mean() < 12
    with pytest.raises(PictureError):
        examine(data[: scans[0] + 30])


def test_a_segment_that_is_cut_off_itself_is_left_out() -> None:
    data = WRITERS["progressive JPEG"]()
    place = data.index(b"\xff\xc4", data.index(b"\xff\xda"))  # a table between two scans
    assert complete_jpeg(data[: place + 9]) == data[:place] + b"\xff\xd9"


def test_a_whole_jpeg_and_one_without_a_scan_are_left_alone() -> None:
    data = WRITERS["JPEG"]()
    assert complete_jpeg(data) is None
    assert complete_jpeg(data[: data.index(b"\xff\xda")]) is None


def deflated(pixels: Pixels, rows: int) -> tuple[bytes, list[int]]:
    """A TIFF with its directory first, and the offsets of its strips of so many rows."""
    strips = [zlib.compress(pixels[top : top + rows].tobytes()) for top in range(0, SIDE, rows)]
    lengths = [len(strip) for strip in strips]
    offsets = [1024 + sum(lengths[:i]) for i in range(len(strips))]
    entries = {256: (SIDE,), 257: (SIDE,), 258: (8, 8, 8), 259: (8,), 262: (2,), 277: (3,)}
    entries |= {273: tuple(offsets), 278: (rows,), 279: tuple(lengths)}
    head = with_directory(b"II*\0" + bytes(4), entries).ljust(1024, b"\0")
    return head + b"".join(strips), offsets


def test_compressed_tiffs_are_taken_strip_by_strip() -> None:
    data, offsets = deflated(rough(), 8)
    assert np.array_equal(decode(data), rough())
    taken = examine(data[: offsets[-2] + 50])
    assert taken.missing == 16 / SIDE
    assert np.array_equal(taken.pixels[:-16], rough()[:-16])


def test_damage_in_a_whole_file_stays_an_error() -> None:
    data, offsets = deflated(rough(), 8)
    with pytest.raises(PictureDamaged):
        decode(data[: offsets[3] + 20] + bytes(100) + data[offsets[3] + 120 :])


def test_one_warning_names_the_share(caplog: pytest.LogCaptureFixture) -> None:
    data = tiff(rough())
    with caplog.at_level(logging.WARNING):
        decode(data[: -SIDE * 3 * 24], "content")
    assert caplog.messages == ["the photo is cut off: 25 % of it is missing; choose the whole file"]


def test_empty_rows_are_counted_from_the_bottom() -> None:
    pixels = rough()
    pixels[70:] = 128
    image = Image.fromarray(pixels)
    assert empty_rows(image) == empty_rows(image, (128,)) == 26 / SIDE
    assert empty_rows(image, (0,)) == 0
    assert empty_rows(Image.new("L", (20, 20), 7)) == 1
