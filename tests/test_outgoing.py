"""A result on its way to Telegram: a photo to look at, and a file in full size."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.telegram_limits import check_photo

from artstyle.bot import outgoing as pictures
from artstyle.bot.outgoing import SHOWN, Outgoing, outgoing


def noise(width: int, height: int) -> bytes:
    """Make a picture that no format makes much smaller."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


def plain(width: int, height: int, bgr: tuple[int, int, int] = (0, 100, 200)) -> bytes:
    pixels = np.full((height, width, 3), bgr, np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


def sent(folder: Path, png: bytes) -> Outgoing:
    path = folder / "result.png"
    path.write_bytes(png)
    return outgoing(path)


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((256, 341), (256, 341)),
        ((SHOWN, 100 + SHOWN // 20), (SHOWN, 100 + SHOWN // 20)),
        ((SHOWN + 2, 1281), (SHOWN, 1280)),
        ((3000, 4000), (1920, 2560)),
        ((5120, 256), (2560, 128)),  # as long as Telegram takes them
        ((100, 2000), (100, 2000)),
    ],
)
def test_a_result_becomes_a_photo_no_larger_than_is_shown(
    size: tuple[int, int], shown: tuple[int, int], tmp_path: Path
) -> None:
    photo = sent(tmp_path, plain(*size)).photo
    assert (opened(photo).format, opened(photo).size) == ("JPEG", shown)
    assert photo is not None
    check_photo(photo)


def test_even_the_worst_photo_fits(tmp_path: Path) -> None:
    photo = sent(tmp_path, noise(SHOWN, SHOWN)).photo
    assert opened(photo).size == (SHOWN, SHOWN)
    assert photo is not None
    check_photo(photo)


def test_colours_stay_what_they_are(tmp_path: Path) -> None:
    red, green, blue = opened(sent(tmp_path, plain(64, 64)).photo).convert("RGB").getpixel((9, 9))  # type: ignore[misc]
    assert np.allclose((red, green, blue), (200, 100, 0), atol=3)


@pytest.mark.parametrize("size", [(2001, 100), (64, 1300), (60_000, 256)])
def test_a_ribbon_is_no_photo_but_a_file(size: tuple[int, int], tmp_path: Path) -> None:
    png = plain(*size)
    assert sent(tmp_path, png) == Outgoing(None, png, "picture.png")


def test_a_result_of_just_the_size_that_telegram_takes_is_sent_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    png = noise(300, 200)
    monkeypatch.setattr(pictures, "FILE", len(png))
    result = sent(tmp_path, png)
    assert (result.file, result.file_name) == (png, "picture.png")
    monkeypatch.setattr(pictures, "FILE", len(png) - 1)
    assert sent(tmp_path, png).file_name == "picture.jpg"


def test_too_large_a_result_is_a_jpeg_in_full_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "FILE", 100_000)
    monkeypatch.setattr(pictures, "SHOWN", 128)
    result = sent(tmp_path, noise(300, 200))
    assert (opened(result.file).format, opened(result.file).size) == ("JPEG", (300, 200))
    assert opened(result.photo).size == (128, 85)
    assert result.file_name == "picture.jpg"
    assert result.file is not None and len(result.file) <= 100_000


def test_a_jpeg_is_as_good_as_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    png, sizes = noise(300, 200), []
    for limit in (130_000, 100_000, 70_000, 50_000):
        monkeypatch.setattr(pictures, "FILE", limit)
        file = sent(tmp_path, png).file
        assert file is not None and len(file) <= limit
        sizes.append(len(file))
    assert sizes == sorted(set(sizes), reverse=True)


def test_what_fits_in_no_form_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "FILE", 10)
    result = sent(tmp_path, noise(300, 200))
    assert result.file is None and opened(result.photo).size == (300, 200)
    result = sent(tmp_path, plain(66_000, 4))  # longer than a JPEG may be
    assert (result.photo, result.file) == (None, None)
