"""Milestones, the parts of a loss, and the estimate of the time left."""

from types import SimpleNamespace

import pytest

from artstyle import progress
from artstyle.progress import ENTRY, OVERHEAD, Clock, LossParts, Milestones, work
from artstyle.style.pyramid import Stage


def test_milestones_come_once_each_in_a_slow_run() -> None:
    milestones = Milestones()
    seen = [mark for percent in range(1, 101) for mark in milestones.reached(percent)]
    assert seen == [20, 40, 60, 80, 100]


def test_a_fast_run_skips_none() -> None:
    milestones = Milestones()
    assert milestones.reached(19.9) == []
    assert milestones.reached(65) == [20, 40, 60]
    assert milestones.reached(65) == []
    assert milestones.reached(100) == [80, 100]


def test_parts_sum_to_the_loss() -> None:
    assert LossParts(0.5, 0.25, 0.125).total == 0.875


class Played:
    """A clock whose time a test sets."""

    def __init__(
        self,
        stages: list[Stage],
        monkeypatch: pytest.MonkeyPatch,
        seconds: float = 0.0,
        percent: float = 0.0,
        expected: float | None = None,
    ) -> None:
        self.now = 50.0
        monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.clock = Clock(stages, seconds, percent, expected)

    def play(self, stage: int, *seconds: float, done: int = 0, ended: bool = False) -> list[float]:
        """Let iterations of one stage take so long; gives the percentages."""
        self.clock.begin(stage, done)
        percents = []
        for number, each in enumerate(seconds, 1):
            self.now += each
            self.clock.reach(done + number, ended=ended and number == len(seconds))
            percents.append(self.clock.percent)
        return percents


def stage(pixels: int, iterations: int) -> Stage:
    """A stage whose iteration is so much work, the overhead included."""
    return Stage(((1, pixels - OVERHEAD),), iterations)


SMALL, LARGE = stage(20_000, 10), stage(100_000, 10)


def test_entering_a_stage_takes_time_once(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played([stage(20_000, 20)], monkeypatch)
    played.play(0, 8.0, 1.0, 1.0, 1.0)
    # sixteen iterations are left, and the evaluation of the last picture
    assert played.clock.seconds_left == pytest.approx(17)
    assert played.clock.percent == pytest.approx(100 * 11 / 28)


def test_where_earlier_runs_were_measured_the_first_number_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Played([SMALL, LARGE], monkeypatch, expected=66.0)
    played.play(0, 3.0)  # the first iteration takes far longer than its share, 0.5 s
    assert played.clock.seconds_left == pytest.approx(66, rel=0.1)
    assert played.clock.percent == pytest.approx(100 * 3 / 69, rel=0.1)


def test_a_slower_machine_than_expected_shows_by_and_by(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played([SMALL, LARGE], monkeypatch, expected=66.0)
    played.play(0, 3.0, *[1.0] * 9, ended=True)  # as the work makes expect
    assert played.clock.seconds_left == pytest.approx(13 * 5 * 66 / 78, rel=0.1)
    played.play(1, 30.0, *[10.0] * 4)  # twice as slow
    assert played.clock.seconds_left == pytest.approx((5 + 1) * 10)


def test_the_work_of_a_run_is_that_of_its_stages() -> None:
    assert work([SMALL, LARGE]) == 120_000 * (ENTRY + 10 + 1)


def test_later_stages_are_estimated_by_their_work_at_the_pace_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Played([SMALL, LARGE], monkeypatch)
    played.play(0, 3.0, *[1.0] * 4)  # it took two iterations to enter, as expected
    assert played.clock.seconds_left == pytest.approx(5 + 1 + 5 * (ENTRY + 10 + 1))


def test_what_a_small_stage_took_to_enter_counts_little_for_a_large_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Played([SMALL, LARGE], monkeypatch)
    played.play(0, 13.0, *[1.0] * 4)  # six times as expected: 12 s, not 2 s
    entry = 10 * (10 + 12) / (10 + 2)
    assert played.clock.seconds_left == pytest.approx(5 + 1 + entry + 5 * (10 + 1))


def test_the_larger_stages_set_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played([SMALL, LARGE, stage(400_000, 10)], monkeypatch)
    played.play(0, 3.0, *[1.0] * 8, 2.0, ended=True)
    played.play(1, 6.0, *[2.0] * 4)  # not 5 s each, as the small one makes expect
    pace = (1 + 2) / 120_000
    entry = ENTRY * pace * 400_000
    entry *= (entry + 2 + 4) / (entry + ENTRY * pace * 120_000)
    last = entry + 11 * pace * 400_000
    assert played.clock.seconds_left == pytest.approx(6 * 2 + last)


def test_the_percentage_never_falls_and_is_100_only_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Played([SMALL, LARGE], monkeypatch)
    percents = played.play(0, *[0.1] * 10, ended=True)
    percents += played.play(1, *[9.0] * 5, *[0.2] * 5, ended=True)
    assert percents == sorted(percents)
    assert percents[0] > 0 and percents[-2] < 100 and percents[-1] == 100
    assert played.clock.seconds_left == 0


def test_a_clock_that_does_not_move_is_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played([SMALL, LARGE], monkeypatch)
    percents = played.play(0, *[0.0] * 10, ended=True) + played.play(1, *[0.0] * 9)
    assert percents == sorted(percents) and percents[0] > 0 and percents[-1] < 100
    assert 0 < played.clock.seconds_left < 1


def test_a_stage_that_ends_early_has_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played([SMALL, LARGE], monkeypatch)
    played.play(0, 1.0, 1.0, 1.0, 1.0, ended=True)
    assert (played.clock.iteration, played.clock.iterations) == (4, 14)
    assert played.play(1, *[5.0] * 6, ended=True)[-1] == 100
    assert (played.clock.iteration, played.clock.iterations) == (10, 10)


def test_a_resumed_run_knows_the_pace_and_does_not_fall_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Played([SMALL, LARGE], monkeypatch, 60.0, 70.0)
    played.play(1, 12.0, done=5)
    assert (played.clock.iteration, played.clock.iterations) == (16, 20)
    assert (played.clock.seconds, played.clock.percent) == (72, 70)
    each = 72 / (12 * 20_000 + (ENTRY + 6) * 100_000) * 100_000
    assert played.clock.seconds_left == pytest.approx(5 * each)
    played.play(1, 2.0, 2.0, 2.0, done=6)
    assert played.clock.seconds_left == pytest.approx(2 * 2)
    assert played.clock.percent == pytest.approx(100 * 78 / 82)
