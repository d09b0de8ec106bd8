"""How far a clip is, and how long the rest takes."""

import pytest

from artstyle.video.progress import PAINTED, FrameClock


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr("time.monotonic", watch)
    return watch


def test_later_frames_tell_the_time_left(watch: Watch) -> None:
    clock = FrameClock(10)
    watch.now += 60
    clock.end_frame(begins_scene=True)
    clock.reach(1, 1.0)
    assert clock.seconds_left == 9 * 60  # as far as is known
    for frame, seconds in ((2, 4), (3, 6)):
        watch.now += seconds
        clock.end_frame(begins_scene=False)
        clock.reach(frame, 1.0)
    assert clock.seconds_left == 7 * 5
    assert clock.seconds == 70


def test_frames_that_were_there_take_no_time(watch: Watch) -> None:
    clock = FrameClock(4)
    watch.now += 30
    clock.skip_frame()
    watch.now += 8
    clock.end_frame(begins_scene=False)
    clock.reach(2, 1.0)
    assert clock.seconds_left == 2 * 8


def test_the_percentage_is_of_all_frames_and_never_falls(watch: Watch) -> None:
    clock = FrameClock(4)
    clock.reach(1, 0.5)
    assert clock.percent == pytest.approx(PAINTED / 8)
    clock.reach(1, 0.25)
    assert clock.percent == pytest.approx(PAINTED / 8)
    clock.reach(4, 1.0)
    assert clock.percent == pytest.approx(PAINTED)
    clock.end(4)
    assert (clock.percent, clock.seconds_left) == (100, 0)


def test_more_frames_than_the_header_promised_are_counted(watch: Watch) -> None:
    clock = FrameClock(2)
    clock.reach(3, 1.0)
    assert clock.frames == 3
    assert clock.percent == pytest.approx(PAINTED)
