"""What config.py may set, and how a file like it is read."""

from __future__ import annotations

import difflib
import json
import math
import os
import runpy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from artstyle import aliases, settings
from artstyle.errors import ArgumentError, SettingsError, printable

SOURCE = "config.py"
OTHERS = ("folders", "algorithm")  # what a `Config` has beside the settings of the servers
PLAIN = {
    bool: "True or False",
    int: "a whole number, 0 or more",
    float: "a number, 0 or more",
    str: "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What config.py sets, there in capitals. Its comments say what each is for."""

    folders: tuple[Path, ...]  # where relative paths are looked for, one after the other
    algorithm: Mapping[str, Any]  # the settings that have a value
    pairs: list[tuple[str, str]]
    presets: list[str]
    sample_photos: str
    sample_paintings: str
    host: str
    port: int
    allowed_hosts: list[str]
    trusted_proxies: list[str]
    callback_hosts: list[str]
    connections: int
    data: str
    keep_days: float
    keep_jobs: int
    workers: dict[str, int]
    large_levels: int
    unfinished: int
    per_owner: int
    engine: str
    gpus_per_job: float
    cpus_per_job: float
    cluster_network: bool
    upload_bytes: int
    uploads_at_once: int
    upload_seconds: float
    clip_seconds: float
    clip_bytes: int
    bot_users: list[int]
    bot_admins: list[int]
    bot_most_levels: int
    bot_daily: int | None
    bot_longest_wait: float | None
    bot_intermediate: str | None
    album_pause: float
    album_longest: float
    bot_metrics_port: int | None

    def path(self, name: str) -> Path:
        """A file or folder beside the file that ``--config`` names, else beside config.py."""
        places = [folder / name for folder in self.folders]
        return next((place for place in places if place.exists()), places[0])


def algorithm() -> list[str]:
    """The settings of the algorithm that config.py may have."""
    return [name for name, each in settings.SETTINGS.items() if each.group != "experiment"]


@cache
def types() -> dict[str, Any]:
    """The types of the servers' settings."""
    found = get_type_hints(Config)
    return {name.upper(): kind for name, kind in found.items() if name not in OTHERS}


def names() -> list[str]:
    """The settings that config.py has, in its order."""
    return [*map(str.upper, algorithm()), *types()]


def run(path: Path) -> dict[str, Any]:
    """The settings in a file like config.py; raises `ArgumentError`."""
    return known(namespace(path), path.name)


def namespace(path: Path) -> dict[str, Any]:
    """All names that a Python file defines; raises `ArgumentError`."""
    with telling(path):
        return runpy.run_path(str(path))


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Tell in one line why a Python file can't be run; raises `ArgumentError`."""
    try:
        yield
    except OSError as error:
        raise ArgumentError(f"{error.filename or path} can't be read ({error.strerror})") from error
    except (Exception, SystemExit) as error:
        reason = printable(f"{type(error).__name__}: {error}")
        raise ArgumentError(f"{path} can't be run ({reason})") from error


def known(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The settings among the names of a file; raises `ArgumentError` for a name that is none.

    Settings are in capitals. A file may define more names for itself, in small letters or with an
    underscore first. Earlier names of settings become today's.
    """
    possible = [*names(), *map(str.upper, aliases.ALIASES)]
    found = {name: each for name, each in values.items() if name.isupper() and name[0] != "_"}
    for name in found:
        if name not in possible:
            near = difflib.get_close_matches(name, possible, 1)
            advice = f"did you mean {near[0]}?" if near else "docs/CONFIG.md lists them"
            raise ArgumentError(f"{name} in {source} is no setting: {advice}")
    try:
        return renamed(found)
    except SettingsError as error:
        raise ArgumentError(f"{error.field.upper()} in {source}: {error}") from error


def renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings in capitals under today's names; raises `SettingsError`."""
    small = aliases.renamed({name.lower(): value for name, value in values.items()})
    return {name.upper(): value for name, value in small.items()}


def checked(name: str, value: Any, before: Any) -> Any:
    """The value of a server's setting as its type has it, over the one ``before``.

    Entries of a dict are replaced one by one, and no others may be added. Raises `ValueError`.
    """
    try:
        found = msgspec.convert(msgspec.to_builtins(value, enc_hook=os.fspath), types()[name])
    except (msgspec.MsgspecError, TypeError) as error:
        raise ValueError(str(error)) from error
    if isinstance(found, int | float) and not 0 <= found < math.inf:
        raise ValueError("it is out of range")
    if not isinstance(found, dict):
        return found
    if not found.keys() <= before.keys():
        raise ValueError("it has other entries")
    return {**before, **found}


def wanted(name: str, before: Any) -> str:
    """What the value of a server's setting must be, in words."""
    kind = plain_type(name)
    example = before if isinstance(before, dict) else _made_up(kind)
    return PLAIN.get(kind) or f"like {json.dumps(example)}"


def plain_type(name: str) -> Any:
    """The type of a server's setting, without its None."""
    kind = types()[name]
    parts = get_args(kind)
    return next(each for each in parts if each is not NoneType) if NoneType in parts else kind


def _made_up(kind: Any) -> Any:
    """A value of this type, to show its notation."""
    parts = [_made_up(each) for each in get_args(kind)]
    if get_origin(kind) is dict:
        return {parts[0]: parts[1]}
    plain: dict[Any, object] = {int: 1, float: 1.5, bool: True}
    return parts or plain.get(kind, "...")
