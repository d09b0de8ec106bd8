"""The form for a new picture: its settings as fields, made from their descriptions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from artstyle import defaults, settings
from artstyle.settings import Setting

POWERS = 4  # of two, at most, that a slider goes up and down from the default
EXACT = 2**53  # the largest whole number that a browser's number field keeps
BY_PRESET = ("", "as the preset says")


@dataclass(frozen=True, slots=True)
class Slider:
    """A slider's range: of the value itself, or of powers of two around the default."""

    low: float
    high: float
    step: float
    start: float  # where the default is
    linear: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One setting in the form."""

    name: str
    setting: Setting
    default: str  # what an empty field stands for
    widget: str  # ``select``, ``checkbox``, ``number``, ``digits`` or ``text``
    options: list[tuple[str, str]]  # values and labels of a select
    slider: Slider | None


def names() -> list[str]:
    """The settings that the form and the API accept."""
    return [name for name, each in settings.SETTINGS.items() if each.in_form]


def fields(group: str, usual: Mapping[str, Any]) -> list[Field]:
    """The fields of a group of settings: sliders first, checkboxes last.

    ``usual`` are the settings of whoever chooses none.
    """
    values = defaults.combine(usual)
    found = [
        _field(name, getattr(values, name))
        for name in names()
        if settings.SETTINGS[name].group == group
    ]
    return sorted(found, key=lambda field: (not field.slider, field.widget == "checkbox"))


def _field(name: str, value: Any) -> Field:
    described = settings.SETTINGS[name]
    number = settings.KINDS[name] in (int, float)
    default = "auto"
    if value is not None:
        default = f"{value:.15g}" if number else settings.typed(name, value)
    slider = _slider(described, value) if described.slider else None
    return Field(name, described, default, _widget(name, value), _options(name), slider)


def _widget(name: str, value: Any) -> str:
    described, kind = settings.SETTINGS[name], settings.KINDS[name]
    if kind is bool:  # an empty checkbox sends nothing, which stands for the usual value
        return "select" if value else "checkbox"
    if described.choices:
        return "select"
    if kind is tuple:
        return "text"
    return "digits" if (described.high or 0) > EXACT else "number"


def _options(name: str) -> list[tuple[str, str]]:
    if settings.KINDS[name] is bool:
        return [("on", "yes"), ("off", "no")]
    options = [(str(each), label) for each, label in settings.SETTINGS[name].choices.items()]
    return [BY_PRESET, *options] if _in_presets(name) else options


def _in_presets(name: str) -> bool:
    return any(name in preset.changes for preset in settings.PRESETS.values())


def _slider(described: Setting, default: float) -> Slider:
    assert described.low is not None and described.high is not None
    least = described.low or described.least
    if not least:  # powers of two would never get to 0
        return Slider(described.low, described.high, 0.05, default, linear=True)
    low = math.ceil(math.log2(least / default))
    high = math.floor(math.log2(described.high / default))
    return Slider(max(-POWERS, low), min(POWERS, high), 0.25, 0, linear=False)


def typed(
    asked: settings.Settings, preset_name: str | None, usual: Mapping[str, Any]
) -> dict[str, str]:
    """What to type into the form for these settings: those that differ from their preset."""
    base = defaults.combine(usual, preset_name)
    values = {name: getattr(asked, name) for name in names()}
    texts = {
        name: settings.typed(name, value)
        for name, value in values.items()
        if value is not None and value != getattr(base, name)
    }
    return {"preset": preset_name or "", **_selected(base), **texts}


def typed_at_first(usual: Mapping[str, Any]) -> dict[str, str]:
    """What the form is filled with for somebody who has these usual settings."""
    texts = _selected(defaults.combine(usual))
    if "levels" not in usual:
        return {"preset": settings.DEFAULT_PRESET, **texts}
    only = {"levels": usual["levels"]}
    for name, preset in settings.PRESETS.items():
        if preset.changes == only:
            return {"preset": name, **texts}
    return {"preset": settings.DEFAULT_PRESET, "levels": str(usual["levels"]), **texts}


def _selected(base: settings.Settings) -> dict[str, str]:
    """The options of selects that have none for "as the preset says", if not the first ones."""
    return {
        name: settings.typed(name, value)
        for name in names()
        if (value := getattr(base, name)) != settings.default(name)
        if _widget(name, value) == "select" and not _in_presets(name)
    }
