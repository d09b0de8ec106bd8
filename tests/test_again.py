"""The settings of another picture like a finished one."""

from itertools import pairwise
from typing import Any

import pytest

from artstyle.jobs.again import AGAIN, FACTOR, LEAST, MOST, STEP, again
from artstyle.settings import MAX_LEVELS, Settings

USUAL = Settings()


def pressed(what: str, asked: Settings, most: int = 3) -> Settings:
    changed = again(what, asked, asked.resolved("cpu"), most)
    assert changed is not None
    return changed


def changes(before: Settings, after: Settings) -> dict[str, Any]:
    return {name: new for name, new in after.as_dict().items() if new != before.as_dict()[name]}


def test_a_button_changes_one_thing_and_keeps_the_rest() -> None:
    asked = Settings(iterations=40, style_scale=2.0, seed=3)
    assert {what: changes(asked, pressed(what, asked)) for what in AGAIN} == {
        "stronger": {"realism": max(0, USUAL.realism - STEP)},
        "weaker": {"realism": round(USUAL.realism + STEP, 2)},
        "colors": {"colors": "photo"},
        "swapped": {},
        "larger": {"levels": 3},
    }


def test_larger_goes_on_from_the_size_that_was_used() -> None:
    asked = Settings()
    for used in (asked.resolved("cpu"), asked.resolved("cuda"), asked):
        assert again("larger", asked, used, 3) == Settings(levels=3)  # iterations follow from it
    assert again("larger", asked, Settings(levels=1), 3) == Settings(levels=2)


@pytest.mark.parametrize(("levels", "most"), [(3, 3), (1, 1), (2, 1), (MAX_LEVELS, 99)])
def test_larger_is_refused_beyond_what_is_allowed(levels: int, most: int) -> None:
    asked = Settings(levels=levels)
    assert again("larger", asked, asked, most) is None
    for what in set(AGAIN) - {"larger"}:
        assert again(what, asked, asked, most) is not None  # what is there may be made again


@pytest.mark.parametrize("what", ["stronger", "weaker"])
@pytest.mark.parametrize("given", [{}, {"content_loss": "features"}, {"realism": 0.333}])
def test_a_button_pressed_again_and_again_changes_the_picture_up_to_an_end(
    what: str, given: dict[str, Any]
) -> None:
    asked = [Settings(**given)]
    while len(asked) < 30:
        asked.append(pressed(what, asked[-1]))
    end = next(i for i in range(1, 30) if asked[i] == asked[i - 1])
    assert asked[end:] == [asked[-1]] * (30 - end)  # and no error
    for before, after in pairwise(asked[:end]):
        assert len(changes(before, after)) == 1
    for values in ([each.realism for each in asked], [each.content_weight for each in asked]):
        assert values == sorted(values, reverse=what == "stronger")
        assert all(len(str(value)) <= 8 for value in values)  # 0.3, not 0.30000000000000004
    assert asked[-1].content_weight == (LEAST if what == "stronger" else MOST)
    if asked[-1].content_loss == "neighbors":
        assert asked[-1].realism == (0 if what == "stronger" else 1)


@pytest.mark.parametrize(("what", "end"), [("stronger", 0), ("weaker", 1)])
def test_beyond_the_end_of_realism_a_button_changes_the_content_weight(
    what: str, end: float
) -> None:
    weight = USUAL.content_weight
    wanted = weight / FACTOR if what == "stronger" else weight * FACTOR
    for asked in (Settings(realism=end), Settings(content_loss="features")):
        changed = changes(asked, pressed(what, asked))
        assert changed == {"content_weight": pytest.approx(wanted)}


@pytest.mark.parametrize("realism", [0.004, 0.1, 0.996])
def test_a_button_takes_realism_to_its_end_and_not_beyond(realism: float) -> None:
    stronger = pressed("stronger", Settings(realism=realism)).realism
    weaker = pressed("weaker", Settings(realism=realism)).realism
    assert 0 <= stronger < realism < weaker <= 1


@pytest.mark.parametrize("weight", [0.0, 1e-6, 0.004, 6.0, 1000.0])
def test_beyond_its_end_a_button_never_does_the_contrary(weight: float) -> None:
    painted, photographic = (Settings(content_weight=weight, realism=end) for end in (0, 1))
    assert pressed("stronger", painted).content_weight <= weight
    assert pressed("weaker", photographic).content_weight >= weight
