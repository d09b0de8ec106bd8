from artstyle.progress import LossParts, Milestones


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
