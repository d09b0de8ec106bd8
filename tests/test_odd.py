"""Odd files come in right, or are refused for what is wrong with them."""

import numpy as np
import pytest
from PIL import Image
from tests import odd
from tests.pictures import Pixels, pillow
from tests.valid import scene

from artstyle.errors import PictureError
from artstyle.pictures.alpha import over
from artstyle.pictures.pixels import planes_of
from artstyle.pictures.read import examine

CLOSE = 0.025  # mean absolute difference, of 1


def test_odd_files_come_in_right_or_are_refused_truly() -> None:
    wrong = {
        name: seen for name, (data, right) in odd.files().items() if (seen := compare(data, right))
    }
    assert not wrong


@pytest.mark.parametrize("more", [0, 20])
def test_a_progressive_jpeg_is_there_once_its_first_scan_is(more: int) -> None:
    data = pillow(scene(), "JPEG", quality=95, progressive=True)
    second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    decoded = examine(data[: second + more])
    assert decoded.missing == 0
    assert np.abs(brightness(decoded.pixels) - brightness(scene())).mean() < 255 * CLOSE


def brightness(pixels: Pixels) -> Pixels:
    """Of blocks of 8 × 8 pixels."""
    grey = np.asarray(Image.fromarray(pixels).convert("L"), float)
    means: Pixels = grey.reshape(8, 8, 12, 8).mean((1, 3))
    return means


def compare(data: bytes, right: odd.Right) -> str:
    """What is wrong with what comes of a file."""
    try:
        pixels = examine(data).pixels
    except PictureError as error:
        return "" if type(error) is right else f"{type(error).__name__}: {error}"
    if isinstance(right, type):
        return "it is taken"
    ours = over(planes_of(pixels), "white").transpose(1, 2, 0)
    if ours.shape != right.shape:
        return f"it has the shape {ours.shape}"
    difference = float(np.abs(ours - right / 255).mean())
    return "" if difference < CLOSE else f"it differs by {difference:.3f}"
