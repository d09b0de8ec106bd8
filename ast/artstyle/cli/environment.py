"""Settings of config.py from the environment: ``AST_<NAME>``, read by the type of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from artstyle import aliases, configuration, settings
from artstyle.errors import ArgumentError, SettingsError

PREFIX = "AST_"


def read(before: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """What the environment sets, over the values ``before``; empty variables count as unset.

    Raises `ArgumentError`, which names the variable.
    """
    possible = [*configuration.names(), *map(str.upper, aliases.ALIASES)]
    given = {name: environ.get(PREFIX + name, "").strip() for name in possible}
    found = {name: _read(name, text, before.get(name)) for name, text in given.items() if text}
    try:
        return configuration.renamed(found)
    except SettingsError as error:
        raise ArgumentError(f"{PREFIX}{error.field.upper()}: {error}") from error


def _read(name: str, text: str, before: Any) -> Any:
    if name.lower() in aliases.ALIASES:
        return text
    if name.lower() in settings.SETTINGS:  # an algorithm's default, typed as anywhere else
        try:
            return settings.parse(name.lower(), text)
        except SettingsError as error:
            raise ArgumentError(f"{PREFIX}{name}: {error}") from error
    reader = READERS.get(configuration.plain_type(name), json.loads)
    try:
        return configuration.checked(name, reader(text), before)
    except ValueError as error:
        wanted = _wanted(name, before)
        raise ArgumentError(f'{PREFIX}{name} must be {wanted}, but is "{text}"') from error


def _switch(text: str) -> bool:
    if text.lower() not in settings.YES + settings.NO:
        raise ValueError(text)
    return text.lower() in settings.YES


READERS: Mapping[Any, Callable[[str], Any]] = {bool: _switch, int: int, float: float, str: str}


def _wanted(name: str, before: Any) -> str:
    kind = configuration.plain_type(name)
    if kind is bool:
        return "on or off"
    return configuration.wanted(name, before) + ("" if kind in READERS else " in JSON")
