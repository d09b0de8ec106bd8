"""Earlier names of settings, understood wherever somebody may still use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from artstyle import settings
from artstyle.errors import Malformed, NamedTwice


@dataclass(frozen=True, slots=True)
class Switch:
    """An earlier setting, on or off, and what it means today."""

    setting: str
    on: str
    off: str


ALIASES: Mapping[str, Switch] = {"keep_colors": Switch("colors", on="photo", off="painting")}


def renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under today's names; an alias may be typed, and ``None`` if it says nothing.

    Raises `SettingsError`, also for an alias that contradicts its setting.
    """
    found = {name: value for name, value in values.items() if name not in ALIASES}
    for name in ALIASES.keys() & values.keys():
        alias, value = ALIASES[name], values[name]
        if value is None:
            found.setdefault(alias.setting, None)
            continue
        meant = alias.on if _is_on(name, value) else alias.off
        given = found.get(alias.setting) or meant
        if given != meant:
            said = settings.typed(name, _is_on(name, value))
            raise NamedTwice(name, said, alias.setting, meant, str(given))
        found[alias.setting] = meant
    return found


def earlier(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under their earlier names, as far as those can say them."""
    found = dict(values)
    for name, alias in ALIASES.items():
        if found[alias.setting] in (alias.on, alias.off):
            found[name] = found.pop(alias.setting) == alias.on
    return found


def schema(name: str) -> dict[str, Any]:
    """The JSON schema of an alias, as a form sends it."""
    alias = ALIASES[name]
    told = f"An earlier name: on is {alias.setting} {alias.on}, off is {alias.off}."
    return {**settings.SWITCH_SCHEMA, "deprecated": True, "description": told}


def _is_on(name: str, value: object) -> bool:
    if isinstance(value, str):
        return settings.switch(name, value)
    if not isinstance(value, bool):
        raise Malformed(name, kind="switch", value=str(value))
    return value
