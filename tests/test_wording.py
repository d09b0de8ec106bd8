import pytest

from artstyle.wording import duration, sentence


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (48, "48 s"),
        (99.4, "99 s"),
        (100, "1 min 40 s"),
        (200, "3 min 20 s"),
        (3599.4, "59 min 59 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_sentence_begins_large_and_keeps_the_rest() -> None:
    assert sentence(ValueError("the disk of ANN is full")) == "The disk of ANN is full"
    assert sentence("") == ""
