import math
import re
from itertools import pairwise

import pytest

from artstyle.jobs.history import LossPoint
from artstyle.lab.plot import BOTTOM, LEFT, RIGHT, TOP, Curve, Scale, loss_plot
from artstyle.progress import LossParts


def point(iteration: int, *losses: float, stage: int = 1) -> LossPoint:
    """One point whose finest size is 128 px if there are two levels, else 64 px."""
    sizes = ((128, 192), (64, 96))[-len(losses) :]
    return LossPoint(iteration, stage, sizes, tuple(LossParts(x, x, x) for x in losses))


def lines(svg: str) -> list[list[tuple[float, float]]]:
    """The places of every curve, in the order they are drawn."""
    paths = re.findall(r'class="plot-line" d="M([^"]*)"', svg)
    return [
        [(float(x), float(y)) for x, y in (pair.split() for pair in path.split("L"))]
        for path in paths
    ]


def test_nothing_comes_of_nothing_and_of_what_is_no_number() -> None:
    assert loss_plot([]) == loss_plot([point(1, math.nan), point(2, math.inf)]) == ""


def test_one_point_is_a_dot_in_each_curve() -> None:
    svg = loss_plot([point(1, 0.5)])
    assert lines(svg) == [[(LEFT, 119.0)]] * 4  # level, or a nearly level range: in the middle
    assert svg.count("<circle") == 4


def test_a_curve_goes_from_edge_to_edge_on_a_logarithmic_scale() -> None:
    level = lines(loss_plot([point(1, 100.0), point(2, 10.0), point(3, 1.0)]))[0]
    middle_x, middle_y = (LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2
    assert level == [(LEFT, TOP), (middle_x, middle_y), (RIGHT, BOTTOM)]


def test_each_level_and_each_part_has_a_curve_of_its_own() -> None:
    svg = loss_plot([point(1, 3.0), point(2, 2.0, 1.0, stage=2)])
    kinds = re.findall(r'<g class="([^"]*)"', svg)
    assert kinds == ["curve-1", "curve-2", "curve-content", "curve-style", "curve-tv"]
    assert [len(line) for line in lines(svg)] == [2, 1, 2, 2, 2]


def test_the_parts_are_summed_over_the_levels() -> None:
    assert "the loss is 9: content 3, style 3, smoothness 3." in loss_plot([point(1, 2.0, 1.0)])


def test_zero_and_tiny_losses_lie_on_the_ground() -> None:
    svg = loss_plot([point(1, 1.0), point(2, 1e-30), point(3, 0.0)])
    assert [y for _, y in lines(svg)[0]] == [TOP, BOTTOM, BOTTOM]
    assert "nan" not in svg and "inf" not in svg


def test_a_loss_of_zero_throughout_can_be_drawn() -> None:
    assert len(lines(loss_plot([point(1, 0.0), point(2, 0.0)]))) == 4


def test_points_that_are_no_number_are_left_out() -> None:
    svg = loss_plot([point(1, 2.0), point(2, math.nan), point(3, 1.0)])
    assert len(lines(svg)[0]) == 2 and "nan" not in svg


@pytest.mark.parametrize("many", [400, 401, 799, 800, 5000])
def test_thousands_of_points_are_thinned_and_the_last_is_kept(many: int) -> None:
    line = lines(loss_plot([point(n, 1 + 1 / n) for n in range(1, many + 1)]))[0]
    assert 200 <= len(line) <= 400
    assert line[0][0] == LEFT and line[-1][0] == RIGHT


def test_stages_are_parted_and_called_by_their_size() -> None:
    svg = loss_plot([point(1, 3.0), point(2, 3.0), point(3, 2.0, 1.0, stage=2)])
    assert svg.count('class="plot-stage"') == 2  # one in each panel
    assert svg.count(">64 px</text>") == 3  # the stage in both, and the level at the end
    assert svg.count(">128 px</text>") == 3


def test_labels_of_short_stages_do_not_lie_over_each_other() -> None:
    stages = [(1, 1, 64), *((90 + n, n, 32 * 2**n) for n in range(1, 9))]
    parts = (LossParts(1, 1, 1),)
    svg = loss_plot([LossPoint(at, stage, ((side, side),), parts) for at, stage, side in stages])
    above = re.findall(rf'x="([\d.]+)" y="{TOP - 7}" text-anchor="start">(\d+ px)<', svg)
    places = [float(x) for x, _ in above[: len(above) // 2]]
    assert places == sorted(places)
    assert all(after - before >= 30 for before, after in pairwise(places))


def test_labels_at_the_end_do_not_lie_over_each_other() -> None:
    svg = loss_plot([point(1, 5.0), point(2, 1.0)])  # all three parts are the same
    ends = re.findall(rf'x="{RIGHT + 8}" y="([\d.]+)"', svg)[-3:]
    assert [float(b) - float(a) for a, b in pairwise(ends)] == [13.0, 13.0]
    assert all(TOP <= float(y) <= BOTTOM + 4 for y in ends)


def test_panels_are_pictures_with_a_title_and_without_inline_style_or_script() -> None:
    svg = loss_plot([point(1, 1.0)])
    assert svg.count('role="img"><title>') == 2
    assert not re.search(r"style=|<script|<style|on\w+=", svg)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.01, 10.0, [0.01, 0.1, 1.0, 10.0]),
        (0.9, 11.0, [1.0, 3.0, 10.0]),
        (0.9, 6.0, [1.0, 2.0, 5.0]),
        (1.4, 3.1, [1.5, 2.0, 3.0]),
        (1.01, 1.02, [1.01]),
    ],
)
def test_ticks_are_round_and_more_than_two_where_it_can_be(
    low: float, high: float, ticks: list[float]
) -> None:
    assert Scale(1, 2, low, high).ticks() == ticks


def test_a_scale_leaves_out_what_is_far_below() -> None:
    scale = Scale.over([Curve("", "", [(1, 1.0), (2, 1e-9)])])
    assert (scale.low, scale.high) == (1e-5, 1.0)
