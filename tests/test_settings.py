"""Settings: what is refused and how it is told, presets, and what a device is given."""

import dataclasses
import json
import math
from typing import Any

import pytest

from artstyle import settings
from artstyle.errors import (
    Malformed,
    NoRealism,
    OutOfRange,
    SettingsError,
    TooNearZero,
    UnknownChoice,
)
from artstyle.settings import PRESETS, SETTINGS, Settings, preset


def made(name: str, value: Any) -> Any:
    """Make settings with one of them given, and read it back."""
    return getattr(Settings(**{name: value}), name)


CHOICES = {name: each for name, each in SETTINGS.items() if settings.KINDS[name] is str}


@pytest.mark.parametrize("name", CHOICES)
def test_an_unknown_choice_lists_the_valid_ones(name: str) -> None:
    with pytest.raises(UnknownChoice) as caught:
        made(name, "Fancy")
    valid = settings.choices(name)
    what = name.replace("_", " ")
    assert str(caught.value) == f'unknown {what} "Fancy": choose one of {", ".join(valid)}'
    for value in CHOICES[name].choices:
        assert made(name, value) == value


def test_a_colour_is_taken_where_a_setting_has_one() -> None:
    assert made("background", "#12aBcD") == "#12aBcD"
    assert settings.parse("background", " #12aBcD ") == "#12aBcD"
    for value in ("#12345", "#1234567", "12abcd", "#12abcg", "#١٢٣٤٥٦"):
        with pytest.raises(UnknownChoice, match="choose one of keep, white, black, #rrggbb"):
            made("background", value)
    with pytest.raises(UnknownChoice):
        made("start", "#12abcd")
    assert settings.bounds("background") == "keep, white, black, #rrggbb"


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("levels", 1, 6),
        ("iterations", 1, 100_000),
        ("seed", 0, 2**63 - 1),
        ("memory", 10**9, 10**15),
        ("base_size", 64, 2048),
        ("realism", 0, 1),
        ("content_weight", 0, 1000),
        ("style_weight", 0, 1000),
        ("tv_weight", 0, 1000),
        ("style_scale", 0.125, 4),
    ],
)
def test_a_range_includes_its_ends_and_nothing_beyond(name: str, low: float, high: float) -> None:
    assert made(name, low) == low
    assert made(name, high) == high
    step = 1 if isinstance(high, int) else 0.001
    for value in (low - step, high + step):
        with pytest.raises(SettingsError) as caught:
            made(name, value)
        assert str(caught.value).startswith(f"{name.replace('_', ' ')} must be from {low} to ")
        assert str(caught.value).endswith(f", but is {value}")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "3", [1], 1j, 10**400])
@pytest.mark.parametrize("name", ["levels", "seed", "tv_weight", "style_scale"])
def test_what_is_no_number_in_the_range_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"{name.replace('_', ' ')} must be"):
        made(name, value)


@pytest.mark.parametrize("name", ["levels", "iterations", "seed", "base_size"])
def test_what_is_counted_is_whole(name: str) -> None:
    value = 64.5 if name == "base_size" else 1.5
    with pytest.raises(SettingsError, match=f'must be a whole number, but is "{value}"'):
        made(name, value)


def test_weights_that_leave_nothing_to_do_are_refused() -> None:
    with pytest.raises(SettingsError, match="are both 0"):
        Settings(content_weight=0, style_weight=0)
    assert Settings(content_weight=0).style_weight == 1


def test_a_start_of_noise_needs_a_noise() -> None:
    with pytest.raises(SettingsError, match='start "noise" needs noise'):
        Settings(start="noise", noise="none")
    assert Settings(start="noise").noise == "structured"


def test_realism_is_refused_where_it_has_no_effect() -> None:
    usual = settings.default("realism")
    with pytest.raises(NoRealism, match="leave it out, or choose content loss") as caught:
        Settings(content_loss="features", realism=usual + 0.1)
    assert caught.value.field == "realism"
    assert Settings(content_loss="features", realism=usual).realism == usual
    with pytest.raises(NoRealism):
        preset("gatys", realism=1)
    assert preset("gatys", realism=1, content_loss="neighbors").realism == 1


def test_gatys_is_the_classical_algorithm() -> None:
    classical = preset("gatys")
    assert (classical.levels, classical.style_loss, classical.noise) == (1, "gram", "none")
    assert classical.content_loss == "features"


def test_changes_override_the_preset() -> None:
    changed = preset("gatys", levels=3, seed=7)
    assert (changed.levels, changed.seed, changed.style_loss) == (3, 7, "gram")
    assert PRESETS["gatys"].changes["levels"] == 1


def test_an_unknown_preset_or_setting_lists_the_valid_ones() -> None:
    with pytest.raises(SettingsError, match="one of preview, standard, high, max, pyramid, gatys"):
        preset("ultra")
    with pytest.raises(SettingsError, match=r'setting "speed": choose one of levels, realism, sty'):
        preset("high", speed=3)


@pytest.mark.parametrize(
    ("given", "device", "levels", "iterations"),
    [
        # two stages of warm-up come before that of each level
        ({}, "cpu", 2, sum(settings.STAGE_ITERATIONS[:4])),
        ({"levels": 1}, "cpu", 1, sum(settings.STAGE_ITERATIONS[:3])),
        ({"schedule": "joint"}, "cpu", 2, settings.JOINT_ITERATIONS),
        ({}, "cuda", 2, settings.GPU_ITERATIONS),
        ({}, "mps", 2, settings.GPU_ITERATIONS),
        ({"levels": 3, "iterations": 9}, "cuda", 3, 9),
    ],
)
def test_what_was_left_open_suits_the_device(
    given: dict[str, Any], device: str, levels: int, iterations: int
) -> None:
    resolved = Settings(**given).resolved(device)
    assert (resolved.levels, resolved.iterations) == (levels, iterations)
    assert resolved.resolved(device) == resolved


def test_a_dictionary_of_settings_makes_the_same_settings() -> None:
    given = Settings(levels=2, colors="photo", style_scale=0.5)
    assert Settings(**json.loads(json.dumps(given.as_dict()))) == given


def test_settings_stay_as_they_are() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().seed = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("levels", " 3 ", 3),
        ("style_scale", "0,5", 0.5),
        ("noise", "none", "none"),
        ("memory", "1.5G", 1_500_000_000),
        ("memory", "1500 MB", 1_500_000_000),
    ],
)
def test_typed_values_are_read_by_the_settings_kind(name: str, text: str, value: Any) -> None:
    parsed = settings.parse(name, text)
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "error", "message"),
    [
        ("levels", "many", Malformed, 'levels must be a whole number, but is "many"'),
        ("levels", "1.5", Malformed, 'levels must be a whole number, but is "1.5"'),
        ("levels", "9", OutOfRange, "levels must be from 1 to 6, but is 9"),
        ("style_scale", "x", Malformed, 'style scale must be a number, but is "x"'),
        ("style_scale", "nan", OutOfRange, "style scale must be from 0.125 to 4, but is nan"),
        ("tv_weight", "1e-9", TooNearZero, "tv weight must be 0 or at least 1e-06"),
        ("memory", "6", Malformed, 'memory must be a size like 6G or 900M, but is "6"'),
        ("memory", "4T", Malformed, 'memory must be a size like 6G or 900M, but is "4T"'),
    ],
)
def test_what_cant_be_read_is_refused_with_the_field_and_its_limits(
    name: str, text: str, error: type[SettingsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        settings.parse(name, text)
    assert caught.value.field == name
    assert str(caught.value) == message


def test_all_typed_values_are_read_and_each_wrong_one_is_named() -> None:
    values, wrong = settings.parse_all({"levels": "2", "seed": "", "noise": "x", "tv_weight": "-1"})
    assert values == {"levels": 2}
    assert {name: type(error) for name, error in wrong.items()} == {
        "noise": UnknownChoice,
        "tv_weight": OutOfRange,
    }


def test_the_schema_has_the_bounds() -> None:
    assert (
        settings.schema("style_scale").items()
        >= {"type": "number", "minimum": 0.125, "maximum": 4, "title": "Stroke size"}.items()
    )
    assert settings.schema("optimizer")["enum"] == ["lbfgs", "adam"]
    assert settings.schema("tv_weight")["anyOf"] == [
        {"const": 0},
        {"type": "number", "minimum": 1e-6, "maximum": 1000},
    ]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("levels", 2, "512 px"),
        ("levels", None, "2: 512 px"),
        ("colors", "match", "the painting's, matched to the photo's"),
        ("content_weight", 0.08, "0.08"),
        ("optimizer", "lbfgs", "L-BFGS"),
        ("base_size", 128, "128 px"),
    ],
)
def test_values_are_shown_as_people_write_them(name: str, value: object, shown: str) -> None:
    assert settings.shown(name, value) == shown


def test_every_setting_is_described() -> None:
    for name, described in SETTINGS.items():
        assert described.label and described.help.endswith("."), name
        settings.check(name, settings.default(name))
        for value in (*described.choices, *described.words.values()):
            settings.check(name, value)


def test_the_presets_sizes_rise_before_those_of_the_classical_procedures() -> None:
    sizes = [each.size for each in PRESETS.values()]
    assert sizes == ["256 px", "512 px", "1024 px", "2048 px", "512 px", "256 px", "512 px"]


def test_without_a_preset_a_picture_is_that_of_the_default_preset() -> None:
    assert preset(settings.DEFAULT_PRESET).resolved("cpu") == Settings().resolved("cpu")
