"""What runs on the cluster's machines: a job's work as a stream of reports."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata

from artstyle import __version__
from artstyle.errors import ClusterError
from artstyle.jobs.messages import Ended, Outcome, Report, decode_order, encode, failed


def versions() -> dict[str, str]:
    """What must be the same on every machine, for pictures to be the same.

    torch's version is without its build (cpu, cu128), which may differ. The program itself
    computes nothing, so torch may be missing there, and is left out.
    """
    found = {"artstyle": __version__, "python": platform.python_version()}
    with suppress(metadata.PackageNotFoundError):
        found["torch"] = metadata.version("torch").partition("+")[0]
    return found


def difference(wanted: Mapping[str, str]) -> str | None:
    """How this machine differs, for its user; None if it doesn't."""
    here = versions()
    if "torch" not in here:
        return f"the cluster's machine {platform.node()} has no torch: install it there"
    other = [name for name in wanted if here.get(name) != wanted[name]]
    if not other:
        return None
    has = ", ".join(f"{name} {here.get(name, 'missing')} (not {wanted[name]})" for name in other)
    return f"the cluster's machine {platform.node()} has {has}: install the same everywhere"


def stream(wanted: Mapping[str, str], order: bytes, id: str) -> Iterator[bytes | str]:
    """Name the machine, run a job and yield its reports, encoded; the last one is its end."""
    import ray

    yield str(ray.get_runtime_context().get_node_id())
    for report in _reports(wanted, order, id):  # Ray needs a generator all the way
        yield encode(report)


def _reports(wanted: Mapping[str, str], order: bytes, id: str) -> Iterator[Report]:
    try:
        if (other := difference(wanted)) is not None:  # the order might not even be readable
            raise ClusterError(other)
        from artstyle.jobs.worker import Work

        yield from filter(None, Work(decode_order(order)).reports())
        yield Ended(Outcome.DONE)
    except Exception as error:
        yield failed(id, error)
