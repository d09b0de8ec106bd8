"""The form for a new picture: its settings as fields, made from their descriptions."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from artstyle import defaults, settings
from artstyle.settings import DEFAULT_LEVELS, PRESETS, Setting

MAIN = (
    "levels",
    "realism",
    "style_scale",
    "colors",
    "keep_faces",
)  # always shown; the rest unfolds
RECIPES = ("pyramid", "gatys", "sketch")  # presets that say more than a size
POWERS = 4  # of two, at most, that a slider goes up and down from the default
EXACT = 2**53  # the largest whole number that a browser's number field keeps


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


def main_fields(usual: Mapping[str, Any]) -> list[Field]:
    """The fields that everybody sees. ``usual`` are the settings of whoever chooses none."""
    return [_field(name, getattr(defaults.combine(usual), name)) for name in MAIN]


def more_fields(usual: Mapping[str, Any]) -> list[Field]:
    """All others."""
    values = defaults.combine(usual)
    return [_field(name, getattr(values, name)) for name in names() if name not in MAIN]


def recipes(usual: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """What to type for the default and for each procedure, whatever was typed before."""
    yield "Default", typed_at_first(usual)
    for name in RECIPES:
        yield PRESETS[name].title, typed(defaults.combine(usual, name), usual)


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
    return [(str(each), label) for each, label in settings.SETTINGS[name].choices.items()]


def _slider(described: Setting, default: float) -> Slider:
    assert described.low is not None and described.high is not None
    least = described.low or described.least
    if not least:  # powers of two would never get to 0
        return Slider(described.low, described.high, 0.05, default, linear=True)
    low = math.ceil(math.log2(least / default))
    high = math.floor(math.log2(described.high / default))
    return Slider(max(-POWERS, low), min(POWERS, high), 0.25, 0, linear=False)


def typed(asked: settings.Settings, usual: Mapping[str, Any]) -> dict[str, str]:
    """What to type into the form for these settings: what differs from the usual ones.

    Selects always have a value. The seed is left out, so that another picture comes of it.
    """
    base = defaults.combine(usual)
    values = {name: getattr(asked, name) for name in names() if name != "seed"}
    values["levels"] = asked.levels or DEFAULT_LEVELS
    return {
        name: settings.typed(name, value)
        for name, value in values.items()
        if value is not None
        if value != getattr(base, name) or _widget(name, getattr(base, name)) == "select"
    }


def typed_at_first(usual: Mapping[str, Any]) -> dict[str, str]:
    """What the form is filled with for somebody who has these usual settings."""
    return typed(defaults.combine(usual), usual)
