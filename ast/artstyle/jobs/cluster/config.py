"""What a job takes of a cluster, and what is checked before anything is sent there."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.errors import ClusterError
from artstyle.settings import DEFAULT_LEVELS, Settings

if TYPE_CHECKING:
    from artstyle.jobs.engine_choice import EngineChoice

AUTO = "auto"
SECURITY = "docs/SCALING.md explains how to make a token"


def needs(choice: EngineChoice, settings: Settings | None = None) -> dict[str, float]:
    """What a job takes of a machine, in Ray's names; without settings, a small one."""
    gpus = choice.gpus_per_job
    if gpus and settings and (settings.levels or DEFAULT_LEVELS) >= choice.large_levels:
        gpus = max(1, gpus)
    return {name: n for name, n in (("CPU", choice.cpus_per_job), ("GPU", gpus)) if n}


def weight(choice: EngineChoice, settings: Settings) -> float:
    """How many small jobs would have room in place of this one."""
    gpus = choice.gpus_per_job
    return needs(choice, settings)["GPU"] / gpus if gpus else 1


def check(choice: EngineChoice, environment: Mapping[str, str]) -> None:
    """Check that the cluster can be used safely; raises `ClusterError`."""
    _check_numbers(choice)
    if sys.platform == "win32":
        raise ClusterError('Windows can\'t use a cluster: use Linux, or ENGINE = "local"')
    if importlib.util.find_spec("ray") is None:
        raise ClusterError(
            "ENGINE names a cluster, but Ray isn't installed: "
            "pip install -r requirements-cluster.lock"
        )
    check_token(environment)
    if choice.address != AUTO:
        check_address(choice, choice.address)


def _check_numbers(choice: EngineChoice) -> None:
    host, _, port = choice.address.rpartition(":")
    if choice.address != AUTO and not (host and port.isdigit() and int(port) < 2**16):
        raise ClusterError(
            f'ENGINE is "{choice.engine}": it must be "local", "auto", or the address of the '
            'cluster\'s head, as in "ray://127.0.0.1:6379"'
        )
    gpus, cpus = choice.gpus_per_job, choice.cpus_per_job
    if gpus < 0 or (gpus > 1 and gpus != int(gpus)):
        raise ClusterError(f"GPUS_PER_JOB is {gpus}: it must be a fraction of 1 or a whole number")
    if not 0 < cpus <= 1024:
        raise ClusterError(f"CPUS_PER_JOB is {cpus}: it must be more than 0, and at most 1024")


def check_token(environment: Mapping[str, str]) -> None:
    """Check that there is a token; raises `ClusterError`.

    Without one, anybody who reaches a cluster can run programs on all its machines.
    """
    if environment.get("RAY_AUTH_MODE") != "token":
        raise ClusterError(
            "clusters without a token are refused: set RAY_AUTH_MODE=token in the environment, "
            f"here and on all its machines ({SECURITY})"
        )
    if environment.get("RAY_AUTH_TOKEN"):
        return
    path = Path(environment.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token")
    if not path.is_file():
        raise ClusterError(f"the cluster's token isn't in {path} ({SECURITY})")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ClusterError(f"others can read the cluster's token: chmod 600 {path}")
    if not os.access(path, os.R_OK):
        raise ClusterError(f"the cluster's token in {path} can't be read: start as its owner")


def check_address(choice: EngineChoice, address: str) -> None:
    """Refuse a cluster on a network unless config.py allows it; raises `ClusterError`."""
    host = address.rpartition(":")[0].strip("[]")
    if not choice.network and not _is_loopback(host):
        raise ClusterError(
            f"the cluster at {address} is on a network, whose users must all be trusted: "
            "set CLUSTER_NETWORK = True in config.py if they are"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
