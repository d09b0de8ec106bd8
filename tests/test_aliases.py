"""Earlier names of settings."""

from typing import Any

import pytest

from artstyle import aliases
from artstyle.errors import Malformed, NamedTwice
from artstyle.settings import Settings


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"keep_colors": True, "seed": 5}, {"colors": "photo", "seed": 5}),
        ({"keep_colors": False}, {"colors": "painting"}),
        ({"keep_colors": "On"}, {"colors": "photo"}),
        ({"keep_colors": "0"}, {"colors": "painting"}),
        ({"keep_colors": True, "colors": None}, {"colors": "photo"}),
        ({"keep_colors": None, "colors": "match"}, {"colors": "match"}),
        ({"keep_colors": None}, {"colors": None}),
        ({"seed": 5}, {"seed": 5}),
    ],
)
def test_an_earlier_name_becomes_todays(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert aliases.renamed(given) == wanted


@pytest.mark.parametrize("value", ["maybe", 3])
def test_what_is_neither_on_nor_off_is_refused(value: object) -> None:
    with pytest.raises(Malformed, match=f'keep colors must be "on" or "off", but is "{value}"'):
        aliases.renamed({"keep_colors": value})


def test_a_contradiction_is_refused_with_both_names() -> None:
    with pytest.raises(NamedTwice) as caught:
        aliases.renamed({"keep_colors": False, "colors": "photo"})
    assert str(caught.value) == (
        'keep colors "off" means colors "painting", but colors is "photo": leave one of them out'
    )


@pytest.mark.parametrize(("colors", "kept"), [("painting", False), ("photo", True)])
def test_what_earlier_versions_could_say_has_their_name(colors: str, kept: bool) -> None:
    values = aliases.earlier(Settings(colors=colors).as_dict())
    assert values["keep_colors"] is kept and "colors" not in values
    assert aliases.renamed(values) == Settings(colors=colors).as_dict()


def test_what_earlier_versions_couldnt_say_has_todays_name() -> None:
    assert aliases.earlier(Settings(colors="match").as_dict()) == Settings(colors="match").as_dict()
