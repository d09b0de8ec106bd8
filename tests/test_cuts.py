"""Scene cuts, and what is none."""

import itertools

import numpy as np
import pytest
from tests import clips

from artstyle.video import flow
from artstyle.video.cuts import is_cut
from artstyle.video.flow import Grey


def grey(picture: clips.Picture) -> Grey:
    return np.ascontiguousarray(picture[..., 1])


def cut(before: Grey, after: Grey) -> bool:
    return is_cut(before, after, flow.between(before, after))


def scene(seed: int = 0, count: int = 6) -> list[Grey]:
    return [grey(each) for each in clips.pictures(count, seed=seed)]


@pytest.mark.parametrize("seed", range(4))
def test_another_picture_is_a_cut(seed: int) -> None:
    assert cut(scene(10 * seed)[-1], scene(10 * seed + 5)[0])


def test_motion_is_no_cut() -> None:
    frames = scene()
    assert not any(cut(*each) for each in itertools.pairwise(frames))


def test_two_flat_scenes_are_told_by_their_brightness() -> None:
    dark, light = np.full((64, 64), 40, np.uint8), np.full((64, 64), 200, np.uint8)
    assert cut(dark, light)


def test_a_slow_fade_is_no_cut() -> None:
    frame = scene()[0].astype(float)
    frames = [np.rint(frame * share).astype(np.uint8) for share in (1, 0.93, 0.86, 0.79)]
    assert not any(cut(*each) for each in itertools.pairwise(frames))


def test_noise_of_a_camera_is_no_cut() -> None:
    random = np.random.default_rng(0)
    first, second = (
        np.clip(frame + random.normal(0, 8, frame.shape), 0, 255).astype(np.uint8)
        for frame in scene()[:2]
    )
    assert not cut(first, second)


def test_a_camera_that_moves_fast_is_no_cut() -> None:
    wide = grey(clips.texture(64, 128, 3))
    assert not cut(np.ascontiguousarray(wide[:, :64]), np.ascontiguousarray(wide[:, 6:70]))
