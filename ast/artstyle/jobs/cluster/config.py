"""Which cluster is used and how, and what is checked before anything is sent to it."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.errors import ClusterError

if TYPE_CHECKING:
    from artstyle.settings import Settings

AUTO = "auto"
PORT = 6379  # Ray's default for the head
SECURITY = "docs/SCALING.md explains how to make a token"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterConfig:
    """A cluster, and what a job takes of it. Raises `ClusterError`."""

    engine: str
    """``auto`` for the cluster that this machine is part of, or ray://HOST:PORT of its head."""
    gpus: float
    """Of a job; 0 computes on CPUs."""
    cpus: float
    large_levels: int
    """A job of so many levels has a GPU for itself."""
    network: bool
    """Whether it may be reached over a network, whose users must all be trusted."""

    def __post_init__(self) -> None:
        host, _, port = self.address.rpartition(":")
        if self.address != AUTO and not (host and port.isdigit() and int(port) < 2**16):
            raise ClusterError(
                f'ENGINE is "{self.engine}": it must be "local", "auto", or the address of the '
                f'cluster\'s head, as in "ray://127.0.0.1:{PORT}"'
            )
        if self.gpus < 0 or (self.gpus > 1 and self.gpus != int(self.gpus)):
            raise ClusterError(
                f"GPUS_PER_JOB is {self.gpus}: it must be a fraction of 1 or a whole number"
            )
        if not 0 < self.cpus <= 1024:
            raise ClusterError(f"CPUS_PER_JOB is {self.cpus}: it must be from above 0 to 1024")

    @property
    def address(self) -> str:
        """``auto`` or HOST:PORT."""
        return self.engine.removeprefix("ray://")

    def needs(self, settings: Settings | None = None) -> dict[str, float]:
        """What a job takes of a machine, in Ray's names; without settings, a small one."""
        gpus = max(1, self.gpus) if self.gpus and self._is_large(settings) else self.gpus
        return {name: n for name, n in (("CPU", self.cpus), ("GPU", gpus)) if n}

    def weight(self, settings: Settings) -> float:
        """How many small jobs would have room in place of this one."""
        return self.needs(settings)["GPU"] / self.gpus if self.gpus else 1

    def _is_large(self, settings: Settings | None) -> bool:
        return settings is not None and (settings.levels or 1) >= self.large_levels


def check(config: ClusterConfig, environment: Mapping[str, str]) -> None:
    """Check that the cluster can be used safely; raises `ClusterError`."""
    if sys.platform == "win32":
        raise ClusterError('Windows can\'t use a cluster: use Linux, or ENGINE = "local"')
    if importlib.util.find_spec("ray") is None:
        raise ClusterError(
            "ENGINE names a cluster, but Ray isn't installed: "
            "pip install -r requirements-cluster.txt"
        )
    _check_token(environment)
    if config.address != AUTO:
        check_address(config, config.address)


def _check_token(environment: Mapping[str, str]) -> None:
    """Without a token, anybody who reaches a cluster can run programs on all its machines."""
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


def check_address(config: ClusterConfig, address: str) -> None:
    """Refuse a cluster on a network unless the config allows it; raises `ClusterError`."""
    host = address.rpartition(":")[0].strip("[]")
    if not config.network and not _is_loopback(host):
        raise ClusterError(
            f"the cluster at {address} is on a network, whose users must all be trusted: "
            "set CLUSTER_NETWORK = True in config.py if they are"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
