"""The engine that config.py chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from artstyle.configuration import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    engine: str  # ``local`` for this process; ``auto`` or ``ray://HOST:PORT`` for a cluster
    workers: Mapping[str, int]  # in this process: jobs at the same time, by device
    large_levels: int  # a job of so many levels runs alone: here, or on its GPU
    gpus_per_job: float  # on a cluster, like the next two
    cpus_per_job: float
    network: bool  # whether the cluster may be on a network

    @property
    def address(self) -> str:
        """Of the cluster: ``auto``, or HOST:PORT of its head."""
        return self.engine.removeprefix("ray://")

    @classmethod
    def read(cls, config: Config) -> Self:
        return cls(
            engine=config.engine,
            workers=config.workers,
            large_levels=config.large_levels,
            gpus_per_job=config.gpus_per_job,
            cpus_per_job=config.cpus_per_job,
            network=config.cluster_network,
        )
