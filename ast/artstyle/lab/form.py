"""The form for a new picture: its settings as fields, made from their descriptions."""

import math
from dataclasses import dataclass

from artstyle import settings
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
    widget: str  # ``select``, ``checkbox``, ``number`` or ``text``
    options: list[tuple[str, str]]  # values and labels of a select
    slider: Slider | None


def names() -> list[str]:
    """The settings that the form and the API accept."""
    return [name for name, each in settings.SETTINGS.items() if each.in_form]


def fields(group: str) -> list[Field]:
    """The fields of a group of settings: sliders first, checkboxes last."""
    found = [_field(name) for name in names() if settings.SETTINGS[name].group == group]
    return sorted(found, key=lambda field: (not field.slider, field.widget == "checkbox"))


def _field(name: str) -> Field:
    described, kind = settings.SETTINGS[name], settings.KINDS[name]
    value = getattr(settings.Settings(), name)
    widget = "text" if (described.high or 0) > EXACT else "number"
    if kind is bool or described.choices:
        widget = "checkbox" if kind is bool else "select"
    default = "auto" if value is None else f"{value:g}" if kind in (int, float) else str(value)
    options = [(str(choice), label) for choice, label in described.choices.items()]
    if any(name in preset.changes for preset in settings.PRESETS.values()):
        options.insert(0, BY_PRESET)
    slider = _slider(described, value) if described.slider else None
    return Field(name, described, default, widget, options, slider)


def _slider(described: Setting, default: float) -> Slider:
    assert described.low is not None and described.high is not None
    least = described.low or described.least
    if not least:  # powers of two would never get to 0
        return Slider(described.low, described.high, 0.05, default, linear=True)
    low = math.ceil(math.log2(least / default))
    high = math.floor(math.log2(described.high / default))
    return Slider(max(-POWERS, low), min(POWERS, high), 0.25, 0, linear=False)


def typed(asked: settings.Settings, preset_name: str | None) -> dict[str, str]:
    """What to type into the form for these settings: those that differ from their preset."""
    base = settings.preset(preset_name) if preset_name else settings.Settings()
    values = {name: getattr(asked, name) for name in names()}
    texts = {
        name: ("on" if value else "") if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value != getattr(base, name)
    }
    return {"preset": preset_name or "", **texts}
