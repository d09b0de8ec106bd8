"""Defaults from config.py, and how they combine with a preset and with what somebody chooses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artstyle import configuration, settings
from artstyle.errors import ArgumentError, SettingsError

# Settings that refine another one: chosen for one of its values, they don't suit the others.
REFINES = {
    "realism": "content_loss",
    "noise_levels": "noise",
    "noise_factor": "noise",
    "start": "noise",
}


def read(values: Mapping[str, Any], source: str = configuration.SOURCE) -> dict[str, Any]:
    """The settings of the algorithm that config.py gives a value; ``None`` gives none.

    A text is read as it is typed on the command line. Raises `ArgumentError`, which names the line.
    """
    found: dict[str, Any] = {}
    try:
        for name in configuration.algorithm():
            value = values.get(name.upper())
            if value is not None:
                found[name] = _checked(name, value)
        combine(found)
    except SettingsError as error:
        raise ArgumentError(f"{error.field.upper()} in {source}: {error}") from error
    return found


def _checked(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return settings.parse(name, value)
    settings.check(name, value)
    return value


def read_file(path: Path) -> dict[str, Any]:
    """The settings of another file like config.py; raises `ArgumentError`."""
    return read(configuration.run(path), path.name)


def fitting(defaults: Mapping[str, Any], paintings: int) -> dict[str, Any]:
    """The defaults without weights and crops that suit another number of paintings."""
    weights, crops = defaults.get("style_weights"), defaults.get("style_crop")
    unfit = {"style_weights": weights and len(weights) != paintings}
    unfit["style_crop"] = crops and len(crops) > paintings
    return {name: value for name, value in defaults.items() if not unfit.get(name)}


def combine(
    defaults: Mapping[str, Any], preset: str | None = None, changes: Mapping[str, Any] | None = None
) -> settings.Settings:
    """What is chosen overrides the preset, and the preset overrides the defaults.

    A default that refines another setting is left out where that one is chosen otherwise: a
    realism for ``neighbors`` doesn't stop anybody from choosing ``features``. Raises
    `SettingsError`.
    """
    asked = {**(settings.preset_changes(preset) if preset else {}), **(changes or {})}
    usual = dict(defaults)
    for name, other in REFINES.items():
        before = defaults.get(other, settings.default(other))
        if asked.get(other, before) != before:
            usual.pop(name, None)
    return settings.Settings(**{**usual, **asked})
