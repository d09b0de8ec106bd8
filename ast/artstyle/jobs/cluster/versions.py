"""What must be the same on every machine of a cluster, for pictures to be the same."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata

from artstyle import __version__


def versions() -> dict[str, str]:
    """The versions here; torch's without its build (cpu, cu128), which may differ."""
    return {
        "artstyle": __version__,
        "python": platform.python_version(),
        "torch": metadata.version("torch").partition("+")[0],
    }


def difference(wanted: Mapping[str, str]) -> str | None:
    """How this machine differs, for its user; None if it doesn't."""
    here = versions()
    other = [name for name in wanted if here.get(name) != wanted[name]]
    if not other:
        return None
    has = ", ".join(f"{name} {here.get(name, 'missing')} (not {wanted[name]})" for name in other)
    return f"the cluster's machine {platform.node()} has {has}: install the same everywhere"
