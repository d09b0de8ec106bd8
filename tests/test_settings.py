"""Settings: what is refused and how it is told, presets, and what a device is given."""

import dataclasses
import json
import math
from typing import Any

import pytest

from artstyle import settings
from artstyle.errors import SettingsError
from artstyle.settings import PRESETS, Settings, preset


def made(name: str, value: Any) -> Any:
    """Make settings with one of them given, and read it back."""
    return getattr(Settings(**{name: value}), name)


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("network", settings.NETWORKS),
        ("optimizer", settings.OPTIMIZERS),
        ("schedule", settings.SCHEDULES),
        ("style_loss", settings.STYLE_LOSSES),
        ("start", settings.STARTS),
        ("noise", settings.NOISES),
        ("device", settings.DEVICES),
        ("precision", settings.PRECISIONS),
    ],
)
def test_an_unknown_choice_lists_the_valid_ones(name: str, valid: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError) as caught:
        made(name, "Fancy")
    what = name.replace("_", " ")
    assert str(caught.value) == f'unknown {what} "Fancy": choose one of {", ".join(valid)}'
    for value in valid:
        assert made(name, value) == value


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("levels", 1, 6),
        ("iterations", 1, 100_000),
        ("seed", 0, 2**63 - 1),
        ("base_size", 64, 1024),
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
        assert str(caught.value).startswith(f"{name.replace('_', ' ')} must be from {low:g} to ")
        assert str(caught.value).endswith(f", but is {value}")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "3", [1], 1j, 10**400])
@pytest.mark.parametrize("name", ["levels", "seed", "tv_weight", "style_scale"])
def test_what_is_no_number_in_the_range_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"{name.replace('_', ' ')} must be"):
        made(name, value)


@pytest.mark.parametrize("name", ["levels", "iterations", "seed", "base_size"])
def test_what_is_counted_is_whole(name: str) -> None:
    value = 64.5 if name == "base_size" else 1.5
    with pytest.raises(SettingsError, match=f"must be a whole number, but is {value}"):
        made(name, value)


def test_weights_that_leave_nothing_to_do_are_refused() -> None:
    with pytest.raises(SettingsError, match="are both 0"):
        Settings(content_weight=0, style_weight=0)
    assert Settings(content_weight=0).style_weight == 1


def test_a_start_of_noise_needs_a_noise() -> None:
    with pytest.raises(SettingsError, match='start "noise" needs a noise'):
        Settings(start="noise", noise="none")
    assert Settings(start="noise").noise == "structured"


def test_presets_raise_the_levels_one_by_one() -> None:
    levels = [preset(name).levels for name in ("preview", "standard", "high", "max")]
    assert levels == [1, 2, 3, 4]


def test_gatys_is_the_classical_algorithm() -> None:
    classical = preset("gatys")
    assert (classical.levels, classical.style_loss, classical.noise) == (1, "gram", "none")


def test_a_change_goes_before_the_preset() -> None:
    changed = preset("gatys", levels=3, seed=7)
    assert (changed.levels, changed.seed, changed.style_loss) == (3, 7, "gram")
    assert PRESETS["gatys"]["levels"] == 1


def test_an_unknown_preset_lists_the_valid_ones() -> None:
    with pytest.raises(SettingsError) as caught:
        preset("ultra")
    assert str(caught.value) == (
        'unknown preset "ultra": choose one of preview, standard, high, max, gatys'
    )


def test_an_unknown_setting_lists_the_valid_ones() -> None:
    with pytest.raises(SettingsError, match=r'setting "speed": .* are levels, iterations, seed'):
        preset("high", speed=3)


@pytest.mark.parametrize(
    ("given", "device", "levels", "iterations"),
    [
        # two stages of warm-up come before that of each level
        ({}, "cpu", 1, sum(settings.STAGE_ITERATIONS[:3])),
        ({"levels": 2}, "cpu", 2, sum(settings.STAGE_ITERATIONS[:4])),
        ({"schedule": "joint"}, "cpu", 1, settings.JOINT_ITERATIONS),
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
    given = Settings(levels=2, keep_colors=True, style_scale=0.5)
    assert Settings(**json.loads(json.dumps(given.as_dict()))) == given


def test_settings_stay_as_they_are() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().seed = 3  # type: ignore[misc]
