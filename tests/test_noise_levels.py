"""Noise levels as they are typed, stored and refused."""

import json
from typing import Any

import msgspec
import pytest

from artstyle import settings
from artstyle.errors import SettingsError
from artstyle.noise_levels import NoiseLevel, parse, typed
from artstyle.settings import Settings

LEVELS = (NoiseLevel(9, 0.3, 0.2, 0.2), NoiseLevel("constant", 0.2, 0, 1e-2))
TEXT = "9:0.3:0.2:0.2,constant:0.2:0:0.01"


def test_a_list_is_read_as_it_is_written() -> None:
    assert parse("noise_levels", " 9:.3:0.2:0.2, constant:0.2:0.0:1e-2") == LEVELS
    assert typed(LEVELS) == TEXT
    assert settings.parse("noise_levels", TEXT) == LEVELS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("9", '"9" is no noise level: write SPOTS:CENTRAL:PERIPHERAL:DISPERSION'),
        ("9:0.3:0.2:0.2,", '"" is no noise level'),
        ("9:0.3:0.2:0.2:1", "is no noise level"),
        ("9.5:0.3:0.2:0.2", "is no noise level"),
        ("-9:0.3:0.2:0.2", "is no noise level"),
        ("²:0.3:0.2:0.2", "is no noise level"),
        ("9:0.3:0.2:nan", "is no noise level"),
        ("dots:0.3:0.2:0.2", "is no noise level"),
        ("0:0.3:0.2:0.2", "spots of a noise level must be from 1 to 8192, but is 0"),
        ("9:11:0.2:0.2", "central of a noise level must be from 0 to 10, but is 11"),
        ("9:1:1:0", "dispersion of a noise level must be from 0.01 to 100, but is 0"),
        (",".join(["pixel:1:1:1"] * 17), "noise levels must be 1 to 16 levels, but are 17"),
    ],
)
def test_a_bad_list_is_refused_in_one_line(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.parse("noise_levels", text)
    assert told in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.field == "noise_levels"


@pytest.mark.parametrize(
    "value",
    [
        [],
        "9:0.3:0.2:0.2",
        9,
        [9],
        [None],
        {"spots": 9},
        [{"spots": 9}],
        [{"spots": 9, "central": 1, "peripheral": 1, "colour": 1}],
        [NoiseLevel(9, "0.3", 0.2)],  # type: ignore[arg-type]
        [NoiseLevel(9.5, 0.3, 0.2)],  # type: ignore[arg-type]
        [NoiseLevel(True, 0.3, 0.2)],
        [NoiseLevel(9, float("nan"), 0.2)],
    ],
)
def test_what_is_no_list_of_levels_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(noise_levels=value)
    assert caught.value.field == "noise_levels"


def test_levels_survive_json_by_both_of_its_ways() -> None:
    made = Settings(noise_levels=list(LEVELS), noise_factor=0.5)  # type: ignore[arg-type]
    assert made.noise_levels == LEVELS and hash(made)
    assert Settings(**json.loads(json.dumps(made.as_dict()))) == made
    assert msgspec.json.decode(msgspec.json.encode(made), type=Settings) == made


@pytest.mark.parametrize("given", [{"noise_levels": LEVELS}, {"noise_factor": 0.5}])
def test_without_noise_they_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match='has no effect with noise "none"'):
        Settings(noise="none", **given)


def test_they_are_shown_as_they_are_typed() -> None:
    shown = settings.shown("noise_levels", LEVELS)
    assert settings.parse("noise_levels", shown) == LEVELS
    assert settings.shown("noise_levels", None) == "those of the noise"
