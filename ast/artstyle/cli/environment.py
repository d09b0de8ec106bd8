"""Settings of config.py from the environment: ``AST_<NAME>``, read by the type of each."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from artstyle import settings
from artstyle.errors import ArgumentError, SettingsError

PREFIX = "AST_"
NOT_SETTINGS = {"ROOT"}  # capital names of config.py that nobody changes


def names(config: ModuleType) -> list[str]:
    """The settings that config.py has, in its order."""
    found = [name for name in vars(config) if name.isupper() and not name.startswith("_")]
    return [name for name in found if name not in NOT_SETTINGS]


def overlay(config: ModuleType, environ: Mapping[str, str]) -> None:
    """Set what the environment has of config.py's settings; empty variables count as unset.

    Entries of a dict are replaced one by one. Raises `ArgumentError`, which names the variable.
    """
    hints = get_type_hints(config)
    for name in names(config):
        if text := environ.get(PREFIX + name, "").strip():
            value = getattr(config, name)
            read = _read(name, text, _hint(value, hints.get(name)), value)
            setattr(config, name, {**value, **read} if isinstance(value, dict) else read)


def _hint(value: Any, annotated: Any) -> Any:
    """A setting's type: the annotated one without its None, else that of the value."""
    if annotated is not None:
        given = [each for each in get_args(annotated) if each is not NoneType]
        return given[0] if NoneType in get_args(annotated) and len(given) == 1 else annotated
    match value:
        case list() if value:
            return list[_hint(value[0], None)]  # type: ignore[misc]
        case tuple():
            return tuple[tuple(_hint(each, None) for each in value)]  # type: ignore[misc]
        case dict() if value:
            return dict[str, _hint(next(iter(value.values())), None)]  # type: ignore[misc]
    return Path if isinstance(value, Path) else type(value)


def _read(name: str, text: str, hint: Any, value: Any) -> Any:
    if name.lower() in settings.SETTINGS:  # an algorithm's default, typed as anywhere else
        try:
            return settings.parse(name.lower(), text)
        except SettingsError as error:
            raise ArgumentError(f"{PREFIX}{name}: {error}") from error
    wanted, read = READERS.get(hint) or ("like " + _example(hint, value), _json(hint, value))
    try:
        return read(text)
    except (ValueError, msgspec.DecodeError) as error:
        raise ArgumentError(f'{PREFIX}{name} must be {wanted}, but is "{text}"') from error


def _switch(text: str) -> bool:
    if text.lower() not in settings.YES + settings.NO:
        raise ValueError(text)
    return text.lower() in settings.YES


def _whole(text: str) -> int:
    return int(_not_negative(int(text)))


def _number(text: str) -> float:
    return _not_negative(float(text))


def _not_negative(number: float) -> float:
    if not 0 <= number < math.inf:
        raise ValueError(number)
    return number


READERS: Mapping[Any, tuple[str, Callable[[str], Any]]] = {
    bool: ("on or off", _switch),
    int: ("a whole number, 0 or more", _whole),
    float: ("a number, 0 or more", _number),
    str: ("text", str),
    Path: ("a path", Path),
}


def _json(hint: Any, value: Any) -> Callable[[str], Any]:
    """A reader of lists and dicts; those of a dict may only have its keys."""

    def read(text: str) -> Any:
        found = msgspec.json.decode(text, type=hint)
        if isinstance(value, dict) and value and not found.keys() <= value.keys():
            raise ValueError(text)
        return found

    return read


def _example(hint: Any, value: Any) -> str:
    example = value if isinstance(value, dict) else _made_up(hint)
    return f"{json.dumps(example)} in JSON"


def _made_up(hint: Any) -> Any:
    """A value of this type, to show its notation."""
    kinds = [_made_up(each) for each in get_args(hint)]
    if get_origin(hint) is dict:
        return {kinds[0]: kinds[1]}
    plain: dict[Any, object] = {int: 1, float: 1.5, bool: True}
    return kinds or plain.get(hint, "...")
