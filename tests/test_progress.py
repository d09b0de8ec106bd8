"""Milestones, the parts of a loss, and the estimate of the time left."""

from types import SimpleNamespace

import pytest

from artstyle.progress import Clock, LossParts, Milestones
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


def test_what_is_left_is_guessed_from_what_this_process_has_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = SimpleNamespace(seconds=50.0)
    monkeypatch.setattr("artstyle.progress.time", SimpleNamespace(monotonic=lambda: now.seconds))
    clock = Clock([Stage(((10, 10),), 4), Stage(((20, 10),), 10)], seconds=1000.0)
    clock.begin(1, done=5)
    now.seconds += 2
    clock.reach(clock.done + 1, ended=False)
    assert (clock.iteration, clock.iterations) == (10, 14)
    assert clock.seconds == 1002
    assert clock.seconds_left == pytest.approx(4 * 2)
    now.seconds += 4
    clock.reach(clock.done + 1, ended=False)
    assert clock.seconds_left == pytest.approx(3 * 3)
