"""Optical flow: identities of moving, flows that are known, and where they can't be trusted."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests import clips

from artstyle.video import flow

HEIGHT, WIDTH = 72, 96


def grey(height: int = HEIGHT, width: int = WIDTH, seed: int = 0) -> flow.Grey:
    return np.ascontiguousarray(clips.texture(height, width, seed)[..., 1])


def constant(right: float, down: float, height: int = HEIGHT, width: int = WIDTH) -> flow.Flow:
    return np.full((height, width, 2), (right, down), np.float32)


def inner(values: NDArray[np.float32], margin: int = 12) -> NDArray[np.float32]:
    return values[margin:-margin, margin:-margin]


def test_no_flow_changes_no_bit() -> None:
    picture = np.random.default_rng(0).random((HEIGHT, WIDTH, 3), np.float32)
    assert np.array_equal(flow.warp(picture, constant(0, 0)), picture)


def test_a_flow_of_whole_pixels_shifts_the_picture() -> None:
    picture = np.random.default_rng(0).random((HEIGHT, WIDTH, 3), np.float32)
    moved = flow.warp(picture, constant(3, -2))
    assert np.array_equal(moved[2:, :-3], picture[:-2, 3:])


def test_what_comes_from_outside_repeats_the_edge() -> None:
    picture = np.random.default_rng(0).random((HEIGHT, WIDTH), np.float32)
    assert np.array_equal(flow.warp(picture, constant(-5, 0))[:, 2], picture[:, 0])


def test_the_grid_is_the_place_of_every_pixel() -> None:
    places = flow.grid(constant(1, 1))
    assert places[7, 5].tolist() == [5, 7]
    assert places.shape == (HEIGHT, WIDTH, 2)


def test_a_known_shift_is_found() -> None:
    whole = grey(HEIGHT, WIDTH + 8)
    before, after = whole[:, :WIDTH], whole[:, 4 : WIDTH + 4]  # all moves 4 px to the left
    motion = flow.between(np.ascontiguousarray(before), np.ascontiguousarray(after))
    assert inner(motion.back[..., 0]) == pytest.approx(4, abs=0.5)
    assert inner(motion.back[..., 1]) == pytest.approx(0, abs=0.5)
    assert motion.seen[:, :-8].mean() > 0.95
    assert not motion.seen[12:-12, -3:].any()  # this part was out of the picture


def test_the_same_frame_twice_is_certain_everywhere() -> None:
    motion = flow.between(grey(), grey())
    assert motion.seen.all()
    assert motion.sure.all()
    assert np.abs(motion.back).max() < 0.05


def test_what_a_square_uncovers_was_not_seen() -> None:
    before, after = (clips.pictures(7)[number][..., 0] for number in (1, 4))
    motion = flow.between(np.ascontiguousarray(before), np.ascontiguousarray(after))
    top, left, step = 64 // 3, 4 + clips.STEP, 3 * clips.STEP
    uncovered = motion.seen[top + 3 : top + 17, left + 1 : left + step - 1]
    still = motion.seen[:, 50:]
    assert uncovered.mean() < 0.5
    assert still.mean() > 0.95


def test_edges_of_moving_things_are_unsure() -> None:
    before, after = (clips.pictures(3)[number][..., 0] for number in (0, 1))
    motion = flow.between(np.ascontiguousarray(before), np.ascontiguousarray(after))
    assert motion.sure.mean() < motion.seen.mean()
    assert not (motion.sure & ~motion.seen).any()


def test_luma_is_what_flow_is_measured_on() -> None:
    picture = torch.tensor([1.0, 0.5, 0.0]).view(1, 3, 1, 1).expand(1, 3, 4, 5)
    assert flow.grey(picture).tolist() == [[round(255 * (0.299 + 0.2935))] * 5] * 4
