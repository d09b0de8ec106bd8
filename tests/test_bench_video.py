"""The bench of clips: its own clip, and the flicker that it measures."""

import numpy as np
import video

SIZE = 96


def test_the_clip_moves_and_its_flow_explains_it() -> None:
    frames = video.clip(4, SIZE)
    assert {frame.shape for frame in frames} == {(SIZE, SIZE, 3)}
    still = np.abs(frames[0].astype(float) - frames[3]).mean()
    assert video.flicker(frames, frames) < still / 3


def test_what_changes_without_motion_flickers_by_as_much() -> None:
    frames = [video.clip(1, SIZE)[0]] * 3
    painted = [np.full((SIZE, SIZE, 3), value, np.uint8) for value in (100, 110, 90)]
    assert video.flicker(painted, frames) == 15
    assert video.flicker(frames, frames) == 0
