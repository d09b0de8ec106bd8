"""The engine that whoever runs the program has chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from artstyle.jobs.engine import Engine, ThreadEngine

LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    """What config.py says of where jobs run."""

    engine: str
    """``local`` for this process; ``auto`` or ``ray://HOST:PORT`` for a cluster."""
    workers: Mapping[str, int]
    """Here: jobs at the same time, by device."""
    large_levels: int
    """A job of so many levels runs alone: here, or on its GPU."""
    gpus_per_job: float
    """On a cluster, as is what follows."""
    cpus_per_job: float
    network: bool
    """Whether the cluster may be on a network."""


@asynccontextmanager
async def opened(choice: EngineChoice) -> AsyncIterator[Engine]:
    """Use the engine and close it; raises `ClusterError`."""
    engine = await _open(choice)
    try:
        yield engine
    finally:
        await engine.close()


async def _open(choice: EngineChoice) -> Engine:
    if choice.engine == LOCAL:
        return ThreadEngine(choice.workers, choice.large_levels)
    from artstyle.jobs.cluster.engine import ClusterEngine
    from artstyle.jobs.cluster.plan import plan

    engine = ClusterEngine(
        plan(
            choice.engine,
            gpus=choice.gpus_per_job,
            cpus=choice.cpus_per_job,
            large_levels=choice.large_levels,
            network=choice.network,
        )
    )
    await engine.open()
    return engine
