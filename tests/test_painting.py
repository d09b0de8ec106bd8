"""A whole clip: finished frames are kept, a stopped run goes on, the MP4 comes at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests import clips
from tests.test_scene import network, painting, settings
from torch import Tensor

from artstyle.errors import FramesOfAnother, NotForClips, StyleWeightsCount
from artstyle.pictures.pixels import Pixels
from artstyle.video import Excerpt, FrameProgress, paint, reading
from artstyle.video import painting as painting_module
from artstyle.video.painter import Step
from artstyle.video.painting import work_folder

COUNT = 5
CHANGES = ("seed", "memory", "style_weights", "keep_faces", "method")


class Inverting:
    """Paints a negative, in two iterations, and notes which frames it painted."""

    painted: list[int]

    def __init__(self, *_: object) -> None:
        self.scenes, self.begins_scene, self._number = 1, True, 0
        type(self).painted = []

    def paint(self, frame: Pixels, made: Pixels | None) -> Iterator[Step]:
        self._number += 1
        self.begins_scene = self._number == 1
        self.pixels = made
        if made is None:
            self.painted.append(self._number)
            yield Step(1, 2, 0.5)
            yield Step(2, 2, 0.25)
            self.pixels = 255 - frame


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return clips.write(tmp_path / "clip.mp4", clips.pictures(COUNT), sound="aac")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.mp4"


@pytest.fixture
def start(
    clip: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Iterator[FrameProgress]]:
    """Begins to paint the clip, quickly."""
    monkeypatch.setattr(painting_module, "Painter", Inverting)

    def begin(
        style: Tensor | Sequence[Tensor] | None = None, **said: Any
    ) -> Iterator[FrameProgress]:
        changes = {name: said.pop(name) for name in CHANGES if name in said}
        style = painting() if style is None else style
        return paint(clip, style, settings(**changes), out, network, **said)

    return begin


def stop_after(frames: int, run: Iterator[FrameProgress]) -> None:
    """Stop a run in the middle of the frame behind so many."""
    next(each for each in run if each.frame > frames)
    run.close()  # type: ignore[attr-defined]


def test_every_frame_is_painted_and_the_sound_is_kept(
    start: Callable[..., Iterator[FrameProgress]], clip: Path, out: Path
) -> None:
    items = list(start())
    assert [each.frame for each in items if each.pixels is not None] == [1, 2, 3, 4, 5]
    found = clips.decoded(out)
    assert len(found) == COUNT
    for frame, picture in zip(found, clips.pictures(COUNT), strict=True):
        assert np.median(np.abs(frame.astype(float) - (255 - picture))) < 8
    assert reading.check(out).sound


def test_progress_counts_frames_and_iterations_and_never_falls(
    start: Callable[..., Iterator[FrameProgress]],
) -> None:
    items = list(start())
    assert [(each.frame, each.iteration) for each in items[:5]] == [
        *((1, 1), (1, 2), (1, 2)),
        *((2, 1), (2, 2)),
    ]
    percents = [each.percent for each in items]
    assert percents == sorted(percents)
    assert percents[-2] < 100 == percents[-1]
    assert (items[-1].frames, items[-1].seconds_left) == (COUNT, 0)
    assert {each.frames for each in items} == {COUNT}


def test_a_run_that_was_stopped_goes_on_at_the_first_missing_frame(
    start: Callable[..., Iterator[FrameProgress]], out: Path
) -> None:
    stop_after(2, start())
    assert not out.exists()
    assert sorted(each.name for each in work_folder(out).glob("*.png")) == [
        "000001.png",
        "000002.png",
    ]
    items = list(start())
    assert Inverting.painted == [3, 4, 5]
    assert [each.resumed for each in items if each.pixels is not None] == [1, 2, 2, 2, 2]
    assert len(clips.decoded(out)) == COUNT


def test_a_stopped_run_and_a_whole_one_write_the_same_bytes(
    start: Callable[..., Iterator[FrameProgress]], out: Path
) -> None:
    list(start())
    whole = out.read_bytes()
    out.unlink()
    stop_after(3, start())
    list(start())
    assert out.read_bytes() == whole


def test_the_frames_are_deleted_once_the_clip_is_written(
    start: Callable[..., Iterator[FrameProgress]], out: Path
) -> None:
    list(start())
    assert not work_folder(out).exists()
    assert sorted(each.name for each in out.parent.iterdir()) == ["clip.mp4", "out.mp4"]


def test_frames_may_be_kept_elsewhere(
    start: Callable[..., Iterator[FrameProgress]], out: Path, tmp_path: Path
) -> None:
    stop_after(1, start(work=tmp_path / "elsewhere"))
    assert not work_folder(out).exists()
    assert (tmp_path / "elsewhere" / "000001.png").exists()


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 5},
        {"excerpt": Excerpt(0.25)},
        {"excerpt": Excerpt(rate=Fraction(4))},
        {"style": 1 - painting()},
        {"style": [painting(), 1 - painting()]},
        {"style_weights": (2,)},
    ],
    ids=["seed", "part", "rate", "painting", "paintings", "weights"],
)
def test_frames_of_something_else_are_never_mixed_in(
    other: dict[str, Any], start: Callable[..., Iterator[FrameProgress]]
) -> None:
    stop_after(2, start())
    with pytest.raises(FramesOfAnother):
        list(start(**other))
    list(start(**other, force=True))
    assert Inverting.painted[0] == 1


def test_another_clip_is_something_else_too(
    start: Callable[..., Iterator[FrameProgress]], clip: Path
) -> None:
    stop_after(2, start())
    clips.write(clip, clips.pictures(COUNT, seed=4))
    with pytest.raises(FramesOfAnother):
        list(start())


def test_more_memory_changes_no_frame(start: Callable[..., Iterator[FrameProgress]]) -> None:
    stop_after(2, start())
    list(start(memory=2_000_000_000))
    assert Inverting.painted == [3, 4, 5]


def test_a_frame_that_is_shown_longer_is_painted_once(
    start: Callable[..., Iterator[FrameProgress]], out: Path
) -> None:
    list(start(excerpt=Excerpt(rate=Fraction(16))))
    assert Inverting.painted == [1, 2, 3, 4, 5]
    assert len(clips.decoded(out)) == 2 * COUNT


def test_the_result_may_have_another_size(
    start: Callable[..., Iterator[FrameProgress]], out: Path
) -> None:
    list(start(output_size=48))
    assert clips.decoded(out)[0].shape == (48, 48, 3)


@pytest.mark.parametrize("said", [{"keep_faces": True}, {"method": "sketch"}])
def test_what_only_photos_can_have_is_refused_before_anything_is_written(
    said: dict[str, Any], start: Callable[..., Iterator[FrameProgress]], out: Path
) -> None:
    with pytest.raises(NotForClips) as caught:
        next(start(**said))
    assert caught.value.field in said
    assert not work_folder(out).exists()


def test_weights_that_are_not_one_for_each_painting_are_refused_too(
    start: Callable[..., Iterator[FrameProgress]], out: Path
) -> None:
    with pytest.raises(StyleWeightsCount):
        next(start([painting(), painting(4)], style_weights=(1, 2, 3)))
    assert not work_folder(out).exists()


def test_a_clip_is_painted_by_the_network(clip: Path, out: Path) -> None:
    items = list(
        paint(clip, painting(), settings(iterations=2), out, network, excerpt=Excerpt(0, 0.375))
    )
    assert [each.frame for each in items if each.pixels is not None] == [1, 2, 3]
    assert all(np.isfinite(each.loss) for each in items)
    assert len(clips.decoded(out)) == 3
