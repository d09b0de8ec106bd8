"""Parts of clips, and the constant rate that their frames get."""

from fractions import Fraction

import pytest

from artstyle.video.excerpt import Excerpt, steady

NAMES = "abcdefgh"


def shown(
    times: list[float], rate: float, excerpt: Excerpt | None = None, last: float = 0.1
) -> str:
    """The pictures shown, each by a letter: a capital one where another begins."""
    frames = zip(times, NAMES, strict=False)
    found = steady(frames, Fraction(str(rate)), excerpt or Excerpt(), last)
    return "".join(name.upper() if fresh else name for name, fresh in found)


def test_a_constant_rate_stays_as_it_is() -> None:
    assert shown([0, 0.1, 0.2, 0.3], 10) == "ABCD"


def test_rounded_times_repeat_and_skip_nothing() -> None:
    assert shown([0, 0.033, 0.067, 0.1, 0.133, 0.167], 30, last=0.033) == "ABCDEF"


def test_a_picture_that_lasts_is_repeated() -> None:
    assert shown([0, 0.1, 0.4, 0.5], 10) == "ABbbCD"


def test_pictures_between_two_instants_are_left_out() -> None:
    assert shown([0, 0.1, 0.2, 0.3, 0.4], 5) == "ACE"


def test_twice_the_rate_shows_each_twice() -> None:
    assert shown([0, 0.1, 0.2], 20) == "AaBbCc"


def test_the_last_one_lasts_as_long_as_is_said() -> None:
    assert shown([0, 0.1], 10, last=0.3) == "ABbb"


def test_a_part_begins_and_ends_where_it_is_asked_to() -> None:
    assert shown([0, 0.1, 0.2, 0.3, 0.4], 10, Excerpt(0.1, 0.3)) == "BC"


def test_a_part_begins_with_what_is_shown_then() -> None:
    assert shown([0, 0.5], 10, Excerpt(0.3, 0.6)) == "AaB"


def test_before_the_first_picture_the_first_is_shown() -> None:
    assert shown([0.2, 0.3], 10) == "AaaB"


def test_the_shortest_part_is_one_picture() -> None:
    assert shown([0, 0.1, 0.2], 10, Excerpt(0.1, 0.11)) == "B"


def test_a_part_beyond_the_end_is_empty() -> None:
    assert shown([0, 0.1], 10, Excerpt(3.0)) == ""


@pytest.mark.parametrize(
    ("excerpt", "clip", "seconds"),
    [
        (Excerpt(), 4.0, 4.0),
        (Excerpt(1.0), 4.0, 3.0),
        (Excerpt(1.0, 2.5), 4.0, 1.5),
        (Excerpt(1.0, 9.0), 4.0, 3.0),
        (Excerpt(5.0), 4.0, 0.0),
        (Excerpt(1.0, 2.0), None, 1.0),
        (Excerpt(1.0), None, None),
    ],
)
def test_a_part_is_as_long_as_the_clip_lets_it(
    excerpt: Excerpt, clip: float | None, seconds: float | None
) -> None:
    assert excerpt.seconds(clip) == seconds
