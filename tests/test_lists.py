"""Weights and parts of paintings as they are typed, stored and refused."""

import json
import re
from typing import Any

import msgspec
import pytest

from artstyle import settings
from artstyle.errors import SettingsError
from artstyle.settings import Settings

TYPED = {
    "style_weights": ("2,1,0.5", (2.0, 1.0, 0.5)),
    "style_crop": ("0,0,1,1/0.2,0.25,0.5,0.75", ((0, 0, 1, 1), (0.2, 0.25, 0.5, 0.75))),
}


@pytest.mark.parametrize("name", TYPED)
def test_a_list_is_read_as_it_is_written(name: str) -> None:
    text, value = TYPED[name]
    assert settings.parse(name, text) == settings.parse(name, f" {text} ") == value
    assert settings.typed(name, value) == text
    assert settings.parse(name, settings.shown(name, value)) == value
    assert settings.shown(name, None) == settings.SETTINGS[name].unset
    assert re.search(settings.schema(name)["pattern"], text)
    third = 1 / 3
    value = (third, third, third, third) if name == "style_weights" else ((third,) * 4,)
    again = settings.parse(name, settings.typed(name, value))
    assert settings.typed(name, again) == settings.typed(name, value)


@pytest.mark.parametrize("name", TYPED)
def test_lists_survive_json_by_both_of_its_ways(name: str) -> None:
    made = Settings(**{name: json.loads(json.dumps(TYPED[name][1]))})
    assert getattr(made, name) == TYPED[name][1] and hash(made)
    assert Settings(**json.loads(json.dumps(made.as_dict()))) == made
    assert msgspec.json.decode(msgspec.json.encode(made), type=Settings) == made


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("style_weights", "a", 'style weights must be one to four numbers, like 2,1, but is "a"'),
        ("style_weights", "2,", "one to four numbers"),
        ("style_weights", "1,1,1,1,1", "one to four numbers"),
        ("style_weights", "nan", "one to four numbers"),
        ("style_weights", "-1,2", "one to four numbers"),
        ("style_weights", "1,1001", "must be from 0 to 1000, but is 1001"),
        ("style_weights", "0,0", "style weights are all 0: raise one of them"),
        ("style_crop", "0,0,1", "left, top, width and height as shares"),
        ("style_crop", "0,0,1,1/", "left, top, width and height as shares"),
        ("style_crop", "/".join(["0,0,1,1"] * 5), "left, top, width and height as shares"),
        ("style_crop", "0,0,0,1", "0,0,0,1 is no part of a painting"),
        ("style_crop", "0.5,0,0.6,1", "0.5,0,0.6,1 is no part of a painting"),
        ("style_crop", "0,1,1,0.1", "is no part of a painting"),
        ("style_crop", "0,0,200,100", "are shares from 0 to 1"),
    ],
)
def test_a_bad_list_is_refused_in_one_line(name: str, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.parse(name, text)
    assert told in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.field == name


@pytest.mark.parametrize("name", TYPED)
@pytest.mark.parametrize(
    "value", ["1", 1, [], {}, [None], [True], [[]], [[0, 0, 1, None]], [float("nan")], [[0, 0, 1]]]
)
def test_what_is_no_such_list_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(**{name: value})
    assert caught.value.field == name
