"""Which cluster is used and how, and what must be so before anything is sent to it."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.errors import BadInput

if TYPE_CHECKING:
    from artstyle.settings import Settings

AUTO = "auto"
PORT = 6379  # of a head that was started without naming one
SECURITY = "docs/SCALING.md tells how to make a token"


class ClusterError(BadInput):
    """The cluster can't be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPlan:
    """A cluster, and what a job takes of it."""

    address: str
    """``auto`` for the cluster that this machine is part of, or HOST:PORT of its head."""
    gpus: float
    """Of a job; 0 computes on CPUs."""
    cpus: float
    large_levels: int
    """A job of so many levels has a GPU for itself."""
    network: bool
    """Whether it may be reached over a network: everybody in that must be trusted."""

    def __post_init__(self) -> None:
        """Refuse what no machine can give."""
        if self.gpus < 0 or (self.gpus > 1 and self.gpus != int(self.gpus)):
            raise ClusterError(f"GPUS_PER_JOB is {self.gpus}: take a part of 1, or a whole number")
        if not 0 < self.cpus <= 1024:
            raise ClusterError(f"CPUS_PER_JOB is {self.cpus}: it must be more than 0")

    def needs(self, settings: Settings | None = None) -> dict[str, float]:
        """Tell what a job, or one that isn't large, takes of a machine, in Ray's names."""
        gpus = max(1, self.gpus) if self.gpus and self._is_large(settings) else self.gpus
        return {name: n for name, n in (("CPU", self.cpus), ("GPU", gpus)) if n}

    def weight(self, settings: Settings) -> float:
        """Tell in the place of how many others a job runs."""
        return self.needs(settings)["GPU"] / self.gpus if self.gpus else 1

    def _is_large(self, settings: Settings | None) -> bool:
        return settings is not None and (settings.levels or 1) >= self.large_levels


def plan(engine: str, *, gpus: float, cpus: float, large_levels: int, network: bool) -> ClusterPlan:
    """Read what config.py says of a cluster; raises `ClusterError`."""
    address = engine.removeprefix("ray://")
    host, _, port = address.rpartition(":")
    if address != AUTO and not (host and port.isdigit() and int(port) < 2**16):
        raise ClusterError(
            f'ENGINE is "{engine}": it must be "local", "auto", or the address of the '
            f'cluster\'s head, as in "ray://127.0.0.1:{PORT}"'
        )
    return ClusterPlan(
        address=address, gpus=gpus, cpus=cpus, large_levels=large_levels, network=network
    )


def check(plan: ClusterPlan, environment: Mapping[str, str]) -> None:
    """Raise `ClusterError` unless it can be attached to, and safely."""
    if sys.platform == "win32":
        raise ClusterError('a cluster can\'t be used from Windows: use Linux, or ENGINE = "local"')
    if importlib.util.find_spec("ray") is None:
        raise ClusterError(
            "ENGINE names a cluster, but Ray isn't installed: "
            "pip install -r requirements-cluster.txt"
        )
    _check_token(environment)
    if plan.address != AUTO:
        check_address(plan, plan.address)


def _check_token(environment: Mapping[str, str]) -> None:
    """Anybody who reaches a cluster without a token can run programs on all its machines."""
    if environment.get("RAY_AUTH_MODE") != "token":
        raise ClusterError(
            "a cluster is used with its token alone: set RAY_AUTH_MODE=token in the environment, "
            f"here and on every machine of it ({SECURITY})"
        )
    if environment.get("RAY_AUTH_TOKEN"):
        return
    path = Path(environment.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token")
    if not path.is_file():
        raise ClusterError(f"the cluster's token isn't in {path} ({SECURITY})")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ClusterError(f"others can read the cluster's token: chmod 600 {path}")


def check_address(plan: ClusterPlan, address: str) -> None:
    """Raise `ClusterError` for a cluster on a network, unless that was asked for."""
    host = address.rpartition(":")[0].strip("[]")
    if not plan.network and not _is_loopback(host):
        raise ClusterError(
            f"the cluster at {address} is on a network, whose users must all be trusted: "
            "set CLUSTER_NETWORK = True in config.py if they are"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
