"""What must be the same on every machine of a cluster, for pictures to be the same."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata

from artstyle import __version__


def versions() -> dict[str, str]:
    """List the versions here; of torch without the build (cpu, cu128), which may differ."""
    return {
        "artstyle": __version__,
        "python": platform.python_version(),
        "torch": metadata.version("torch").partition("+")[0],
    }


def difference(wanted: Mapping[str, str]) -> str | None:
    """Word what is otherwise here, None if nothing is."""
    here = versions()
    other = [name for name in wanted if here.get(name) != wanted[name]]
    if not other:
        return None
    told = ", ".join(f"{name} {here.get(name, 'missing')} (not {wanted[name]})" for name in other)
    return f"the machine {platform.node()} of the cluster has {told}: install the same everywhere"
