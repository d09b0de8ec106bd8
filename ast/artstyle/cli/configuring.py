"""The servers' configuration: config.py, a file over it, the environment over both."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import artstyle
from artstyle import configuration, defaults
from artstyle.cli import environment
from artstyle.configuration import SOURCE, Config
from artstyle.errors import ArgumentError

Usual = Callable[[], Mapping[str, Any]]  # gives the names of a config.py, its __file__ too


def module(name: str) -> Usual:
    """Reads a config.py that can be imported by its name."""

    def usual() -> Mapping[str, Any]:
        with configuration.telling(Path(f"{name}.py")):
            return vars(importlib.import_module(name))

    return usual


def installed() -> Mapping[str, Any]:
    """The config.py that comes with the package; in a checkout, the checkout's own."""
    package = Path(artstyle.__file__).parent
    places = package / "share" / SOURCE, package.parents[1] / SOURCE
    return configuration.namespace(next(place for place in places if place.is_file()))


def read(usual: Usual, file: Path | None, environ: Mapping[str, str]) -> Config:
    """Read config.py, what ``file`` changes of it, and what the environment changes of both.

    Raises `ArgumentError`.
    """
    base = usual()
    values = configuration.known(base, SOURCE)
    _check_complete(values)
    values = _typed(values, values, SOURCE)
    defaults.read(values)  # so that its mistakes aren't told as those of the file
    folders, source = [Path(base["__file__"]).absolute().parent], SOURCE
    if file is not None:
        source = file.name
        values |= _typed(configuration.run(file), values, source)
        folders.insert(0, file.absolute().parent)
    values |= environment.read(values, environ)
    return Config(
        folders=tuple(folders),
        algorithm=defaults.read(values, source),
        **{name.lower(): values[name] for name in configuration.types()},
    )


def _check_complete(values: Mapping[str, Any]) -> None:
    for name in configuration.types():
        if name not in values:
            raise ArgumentError(f"{SOURCE} has no {name}: docs/CONFIG.md has its usual value")


def _typed(given: Mapping[str, Any], before: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The given values, those of the servers by their types; raises `ArgumentError`."""
    found = dict(given)
    for name in given.keys() & configuration.types().keys():
        try:
            found[name] = configuration.checked(name, given[name], before[name])
        except ValueError as error:
            wanted = configuration.wanted(name, before[name])
            raise ArgumentError(
                f"{name} in {source} must be {wanted}, but is {given[name]!r}"
            ) from error
    return found
