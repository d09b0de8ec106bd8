"""Decoded pixels: scaling, averaging, depth, turning."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from artstyle.pictures.pixels import Pixels, averaged, planes_of, shortened, strips, upright


def test_strips_cover_every_row_once() -> None:
    for multiple in (1, 2, 6):
        rows = [*strips(1000, 40_000, multiple)]
        assert rows[0].start == 0
        assert rows[-1].stop == 1000
        assert all(a.stop == b.start for a, b in pairwise(rows))
        assert all(row.start % multiple == 0 for row in rows)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_blocks_are_averaged(depth: type[np.unsignedinteger[Any]]) -> None:
    pixels: Pixels = (
        np.random.default_rng(0).integers(0, np.iinfo(depth).max, (6, 9, 3)).astype(depth)
    )
    blocks = pixels.reshape(2, 3, 3, 3, 3).mean((1, 3)) / np.iinfo(depth).max
    np.testing.assert_allclose(averaged(pixels, 3), blocks.transpose(2, 0, 1), atol=1e-6)
    np.testing.assert_allclose(planes_of(pixels, 3), averaged(pixels, 3))


def test_what_is_left_over_at_an_edge_counts_alone() -> None:
    pixels = np.arange(5, dtype=np.uint8).reshape(1, 5, 1).repeat(3, axis=2)
    means = averaged(pixels, 2)[0] * 255
    np.testing.assert_allclose(means, [[0.5, 2.5, 4]], atol=1e-5)


def test_clear_pixels_dont_colour_their_neighbours() -> None:
    pixels = np.array([[[200, 0, 0, 255], [0, 255, 0, 0]]], np.uint8).repeat(2, axis=0)
    means = averaged(pixels, 2)[:, 0, 0] * 255
    np.testing.assert_allclose(means, [200, 0, 0, 127.5], atol=1e-4)


def test_large_pictures_are_averaged_strip_by_strip() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (2001, 3000, 3), np.uint8)
    np.testing.assert_allclose(planes_of(pixels, 4), averaged(pixels, 4), atol=1e-6)


def test_an_opaque_alpha_and_needless_depth_are_dropped() -> None:
    pixels = np.full((4, 4, 4), 257 * 9, np.uint16)
    assert shortened(pixels).tolist() == np.full((4, 4, 4), 9).tolist()
    pixels[..., 3] = 65535
    assert shortened(pixels).shape == (4, 4, 3)
    pixels[0, 0, 0] += 1
    assert shortened(pixels).dtype == np.uint16


def test_turning_a_quarter() -> None:
    pixels = np.array([[[1], [2]]], np.uint8)
    assert upright(pixels, 6)[..., 0].tolist() == [[1], [2]]
    assert upright(pixels, 8)[..., 0].tolist() == [[2], [1]]
