"""A clip's frames in their order: scenes, motion, and what an earlier run has painted."""

import numpy as np
import pytest
from tests import clips
from tests.test_scene import network, painting, settings

from artstyle.pictures import save
from artstyle.pictures.pixels import Pixels
from artstyle.transfer import stylize
from artstyle.video import flow
from artstyle.video.painter import Painter, _carried
from artstyle.video.scene import Scene


def painter(**said: object) -> Painter:
    return Painter([painting()], settings(**said), network())


def paint(painter: Painter, frames: list[clips.Picture], made: list[Pixels] = []) -> list[Pixels]:  # noqa: B006
    """Paint all frames but those that were made before."""
    found = []
    for number, frame in enumerate(frames):
        for _ in painter.paint(frame, made[number] if number < len(made) else None):
            pass
        found.append(painter.pixels)
    return found


def test_the_first_frame_is_the_picture_of_a_normal_run() -> None:
    import torch

    from artstyle.pictures.pixels import planes_of

    (frame,) = clips.pictures(1)
    (painted,) = paint(painter(), [frame])
    content = torch.from_numpy(planes_of(frame))[None]
    run = stylize(content, painting(), settings(), network())
    assert np.array_equal(painted, save.eight_bit(run.picture))


def test_a_run_that_was_stopped_gives_the_same_frames() -> None:
    frames = clips.pictures(4)
    whole = paint(painter(), frames)
    for stopped in (1, 2, 3):
        again = paint(painter(), frames, whole[:stopped])
        assert all(np.array_equal(*each) for each in zip(whole, again, strict=True))


def test_frames_follow_the_motion() -> None:
    frames = clips.pictures(4)
    painted = paint(painter(iterations=10), frames)
    for before, after, old, new in zip(frames, frames[1:], painted, painted[1:], strict=False):
        motion = flow.between(*(np.ascontiguousarray(each[..., 1]) for each in (before, after)))
        moved = flow.warp(old.astype(np.float32), motion.back)
        assert np.abs(moved - new)[motion.sure].mean() < 10


def test_a_cut_begins_a_scene_with_a_run_of_its_own() -> None:
    first, second = clips.pictures(2), clips.pictures(2, seed=7)
    both = painter()
    painted = paint(both, [*first, *second])
    assert both.scenes == 2
    assert np.array_equal(painted[2], paint(painter(), second)[0])


def test_nothing_is_painted_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = clips.pictures(3)
    monkeypatch.setattr(Scene, "__init__", None)
    assert paint(painter(), frames, frames) == frames


def test_noise_of_what_comes_into_view_is_its_own() -> None:
    places = flow.grid(np.zeros((8, 10, 2), np.float32))
    seen = np.ones((8, 10), bool)
    seen[:, 5] = False
    back = np.full((8, 10, 2), (2, 0), np.float32)
    carried = _carried(places, flow.Motion(back, seen, seen))
    assert carried[4, 3].tolist() == [5, 4]
    assert carried[4, 5].tolist() == [5, 4]
    twice = _carried(carried, flow.Motion(back, seen, seen))
    assert twice[4, 1].tolist() == [5, 4]
