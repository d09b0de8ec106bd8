"""TIFF files with 16 bits that keep each channel by itself."""

import zlib
from typing import Any

import numpy as np
import pytest
from tests.pictures import HEIGHT, WIDTH, Pixels, noise, tiff

from artstyle.pictures.planar import with_directory
from artstyle.pictures.read import decode

FULL = 65535


def planar(pixels: Pixels, order: str = "<", rows: int = HEIGHT, **tags: Any) -> bytes:
    """Such a file, in strips of so many rows; ``tags`` are more entries."""
    channels = pixels.shape[2]
    planes = [pixels[..., c].astype(f"{order}u2") for c in range(channels)]
    strips = [
        plane[top : top + rows].tobytes() for plane in planes for top in range(0, HEIGHT, rows)
    ]
    if tags.get("t259") == (8,):
        strips = [zlib.compress(strip) for strip in strips]
    offsets = [8 + sum(map(len, strips[:i])) for i in range(len(strips))]
    entries = {256: (WIDTH,), 257: (HEIGHT,), 258: (16,) * channels, 259: (1,), 262: (2,)}
    entries |= {277: (channels,), 278: (rows,), 284: (2,)}
    entries |= {273: tuple(offsets), 279: tuple(map(len, strips))}
    entries |= {int(name[1:]): value for name, value in tags.items()}
    head = b"II*\0" if order == "<" else b"MM\0*"
    return with_directory(head + bytes(4) + b"".join(strips), entries)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("rows", [HEIGHT, 7])
@pytest.mark.parametrize("compression", [1, 8])
def test_channels_are_read_one_by_one(order: str, rows: int, compression: int) -> None:
    data = planar(noise(), order, rows, t259=(compression,))
    assert np.array_equal(decode(data), noise())


def test_a_fourth_channel_is_the_alpha() -> None:
    assert np.array_equal(decode(planar(noise(4), t338=(2,))), noise(4))


def test_they_are_turned_upright_as_others_are() -> None:
    turned = decode(planar(noise(), t274=(6,)))
    assert np.array_equal(turned, decode(tiff(noise(), t274=[6])))
    assert turned.shape[:2] == (WIDTH, HEIGHT)
