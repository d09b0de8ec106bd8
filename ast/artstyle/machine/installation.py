"""Whether torch is there and can be imported, so that a program ends before any job fails."""

from __future__ import annotations

import importlib.util

from artstyle.errors import TorchBroken, TorchMissing


def find_torch() -> None:
    """Look for torch without importing it, which would take seconds; raises `TorchMissing`."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:  # a folder with that name, but no package in it
        raise TorchMissing


def import_torch() -> None:
    """Import torch; raises `TorchBroken` if that fails, as with a wheel for another system."""
    try:
        import torch  # noqa: F401  # kept in sys.modules
    except Exception as error:  # a library that can't be loaded is an OSError, and there are more
        raise TorchBroken(f"{type(error).__name__}: {error}") from error
