"""Masks from files: white is 1, black and transparent are 0."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from artstyle import load_mask
from artstyle.errors import PictureUnknown
from artstyle.pictures import read


def file(pixels: Any, mode: str, kind: str = "PNG", **said: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8), mode).save(buffer, kind, **said)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_white_is_exactly_one_and_black_nothing(mode: str) -> None:
    grey = np.zeros((24, 32), np.uint8)
    grey[:, 16:] = 255
    grey[:, 24:] = 51
    pixels = grey if mode == "L" else np.stack([grey] * 3, -1)
    mask = load_mask(file(pixels, mode))
    assert mask.shape == (1, 1, 24, 32) and mask.dtype is torch.float32
    assert mask[0, 0, 0, [0, 20]].tolist() == [0, 1]
    assert mask[0, 0, 0, 30].item() == pytest.approx(0.2, abs=1e-4)


def test_colours_count_by_their_brightness_and_transparent_places_not_at_all() -> None:
    pixels = np.full((24, 32, 4), 255, np.uint8)
    pixels[:, 8:16, :3] = (0, 255, 0)
    pixels[:, 16:24, 3] = 0
    mask = load_mask(file(pixels, "RGBA"))[0, 0, 0, [0, 10, 20]]
    assert mask.tolist() == pytest.approx([1, 0.587, 0], abs=1e-4)


def test_a_mask_is_turned_as_its_exif_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    grey = np.zeros((24, 32), np.uint8)
    grey[16:] = 255
    path = tmp_path / "mask.png"
    path.write_bytes(file(grey, "L", exif=exif))
    mask = load_mask(path)
    assert mask.shape[-2:] == (32, 24) == read.load(path).shape[-2:]
    assert mask[0, 0, 0, [0, 20]].tolist() == [1, 0]


def test_what_is_no_picture_is_refused_by_its_role() -> None:
    with pytest.raises(PictureUnknown) as caught:
        load_mask(b"no picture", "style_mask_2")
    assert caught.value.role == "style_mask_2"
