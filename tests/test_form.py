import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from artstyle import defaults, settings
from artstyle.lab import form
from artstyle.noise_levels import NoiseLevel
from artstyle.settings import SETTINGS

NOTHING: Mapping[str, Any] = {}


def fields(usual: Mapping[str, Any] = NOTHING) -> dict[str, form.Field]:
    every = [*form.main_fields(usual), *form.more_fields(usual)]
    return {each.name: each for each in every}


def test_every_setting_but_the_operators_has_a_field() -> None:
    hidden = {"device", "precision", "memory", "base_size"}
    assert list(fields()) and set(fields()) == set(SETTINGS) - hidden == set(form.names())


def test_five_are_always_shown_and_what_concerns_the_picture_leads_the_rest() -> None:
    five = ["levels", "realism", "style_scale", "colors", "keep_faces"]
    assert [each.name for each in form.main_fields({})] == five
    rest = [each.name for each in form.more_fields({})]
    assert rest[:3] == ["seed", "style_weights", "style_crop"]


def test_each_kind_of_setting_has_its_widget() -> None:
    widgets = {name: each.widget for name, each in fields().items()}
    assert widgets["levels"] == widgets["colors"] == "select"
    assert widgets["noise_levels"] == "text"
    assert widgets["iterations"] == widgets["style_scale"] == "number"
    assert widgets["seed"] == "digits"  # browsers' numbers are too short for it


def test_a_slider_reaches_from_bound_to_bound_in_powers_of_two_but_not_too_far() -> None:
    assert fields()["style_scale"].slider == form.Slider(-3, 2, 0.25, 0, linear=False)
    described = SETTINGS["content_weight"]  # 1e-6 … 1000
    assert form._slider(described, 0.08) == form.Slider(-4, 4, 0.25, 0, linear=False)
    assert fields()["tv_weight"].slider is None


def test_a_slider_that_reaches_0_is_linear_and_stops_at_the_default() -> None:
    usual = settings.default("realism")
    slider = fields()["realism"].slider
    assert slider == form.Slider(0, 1, 0.05, usual, linear=True)
    assert math.isclose(usual / slider.step, round(usual / slider.step))


def test_an_empty_field_stands_for_the_default() -> None:
    defaults = [fields()[name].default for name in ("content_weight", "seed", "iterations")]
    assert defaults == ["0.08", "0", "auto"]
    assert fields()["realism"].default == f"{settings.default('realism'):g}"


def test_a_select_offers_all_choices_and_nothing_else() -> None:
    for each in fields().values():
        if each.widget == "select":
            assert each.options == [(str(key), text) for key, text in each.setting.choices.items()]


def test_what_is_typed_gives_the_settings_back_with_another_seed() -> None:
    usual: dict[str, Any] = {"style_scale": 0.5, "network": "vgg16"}
    asked = settings.preset("gatys", seed=7, colors="photo")
    values, wrong = settings.parse_all(form.typed(asked, usual))
    assert not wrong and "seed" not in values
    assert replace(defaults.combine(usual, changes=values), seed=7) == asked


@pytest.mark.parametrize("usual", [{}, {"colors": "photo", "style_loss": "gram", "levels": 3}])
def test_each_recipe_gives_its_preset(usual: dict[str, Any]) -> None:
    made = {title: settings.parse_all(texts)[0] for title, texts in form.recipes(usual)}
    assert list(made) == ["Default", "Pyramid", "Classical", "Sketch"]
    for title, name in (("Default", None), ("Pyramid", "pyramid"), ("Classical", "gatys")):
        wanted = defaults.combine(usual, name, {} if name else {"levels": usual.get("levels", 2)})
        assert defaults.combine(usual, changes=made[title]) == wanted, title


def test_what_is_usual_is_what_an_empty_field_stands_for() -> None:
    usual: dict[str, Any] = {"seed": 2**40 + 1, "style_scale": 0.5, "realism": 0.75}
    usual |= {"colors": "photo", "noise_levels": (NoiseLevel(9, 0.5, 0.25, 0.5),)}
    made = fields(usual)
    names = ("seed", "style_scale", "realism", "noise_levels")
    shown = [str(2**40 + 1), "0.5", "0.75", "9:0.5:0.25:0.5"]
    assert [made[name].default for name in names] == shown
    assert made["style_scale"].slider == form.Slider(-2, 3, 0.25, 0, linear=False)
    assert made["colors"].default == "photo"
