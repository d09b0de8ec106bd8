"""Measure what a Ray cluster costs and gains, on a real one on loopback.

``python bench/cluster.py [--jobs N] [--iterations N]`` prints how much longer a job takes on
the cluster than in the lab's own process, how many jobs finish with one machine and with two,
and how long a preview of 500 kB takes from the worker to the lab. The machines are processes
on this computer with one core per job, so a second one only helps if a core is free for it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import numpy as np
import psutil
from loopback import Loopback, loopback

from artstyle.jobs import EngineChoice, Job, JobQueue, Limits, Request, State, opened
from artstyle.jobs.cluster import link
from artstyle.jobs.events import Advanced
from artstyle.settings import Settings

SIDE = 64
ROUNDS = 5  # of what is measured one by one
PREVIEWS = 30
LIMITS = Limits(unfinished=100_000, per_owner=100_000, keep_days=1, keep_jobs=100_000)
Row = tuple[str, float, str]


def _settings(iterations: int, seed: int = 0) -> Settings:
    return Settings(
        network="vgg16", device="cpu", levels=1, base_size=SIDE, iterations=iterations, seed=seed
    )


def _request(settings: Settings, owner: str = "ann") -> Request:
    return Request(owner=owner, content=PHOTO, style=PHOTO, settings=settings)


def _picture() -> bytes:
    coarse = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    return bytes(cv2.imencode(".png", cv2.resize(coarse, (96, 72)))[1].tobytes())


PHOTO = _picture()


@asynccontextmanager
async def using(engine: str, gpus: float = 0) -> AsyncIterator[JobQueue]:
    """Run a queue on an engine."""
    choice = EngineChoice(
        engine=engine,
        workers={"cpu": 1, "cuda": 1, "mps": 1},
        large_levels=3,
        gpus_per_job=gpus,
        cpus_per_job=1,
        network=False,
    )
    with tempfile.TemporaryDirectory() as folder:
        async with opened(choice) as made, JobQueue(Path(folder), made, LIMITS) as queue:
            yield queue


async def one(queue: JobQueue, iterations: int) -> float:
    """Give the seconds that a job takes from its submission to its end."""
    began = time.perf_counter()
    job = await queue.submit(_request(_settings(iterations)))
    await _end(job)
    return time.perf_counter() - began


async def _end(job: Job) -> None:
    async for _ in job.events():
        pass
    if job.state is not State.DONE:
        raise RuntimeError(f"a job is {job.state}: {job.reason}")


async def overhead(engine: str, gpus: float = 0) -> tuple[float, float]:
    """Give the seconds of the first job and the median of those after it, of one iteration."""
    async with using(engine, gpus) as queue:
        times = [await one(queue, 1) for _ in range(1 + ROUNDS)]
    return times[0], statistics.median(times[1:])


async def throughput(cluster: Loopback, jobs: int, iterations: int) -> float:
    """Give the jobs in a minute, when the processes for them are there."""
    async with using(f"ray://{cluster.address}") as queue:
        await _all(queue, 4, 1)
        began = time.perf_counter()
        await _all(queue, jobs, iterations)
        return 60 * jobs / (time.perf_counter() - began)


async def _all(queue: JobQueue, jobs: int, iterations: int) -> None:
    submitted = [await queue.submit(_request(_settings(iterations, n))) for n in range(jobs)]
    await asyncio.gather(*map(_end, submitted))


async def latencies(cluster: Loopback) -> list[float]:
    """Give the seconds from the making of each preview until it is written and told."""
    link.COURIER, courier = "previews", link.COURIER
    found = []
    try:
        async with using(f"ray://{cluster.address}") as queue:
            job = await queue.submit(_request(_settings(PREVIEWS)))
            async for event in job.events():
                if isinstance(event, Advanced) and event.step is not None:
                    found.append(time.time() - event.step.seconds)
    finally:
        link.COURIER = courier
    return found


def real(jobs: int, iterations: int) -> list[Row]:
    """Measure on a real cluster."""
    import torch

    torch.set_num_threads(1)  # as on the cluster
    rows: list[Row] = []
    with loopback() as cluster:
        os.environ.update(cluster.environment)
        machine = cluster.add()
        engines = (
            ("in this process", "local", 0),
            ("on the cluster, CPU", f"ray://{cluster.address}", 0),
            ("on the cluster, GPU by name", f"ray://{cluster.address}", 1),
        )
        for what, engine, gpus in engines:
            first, later = asyncio.run(overhead(engine, gpus))
            rows.append((f"a job of one iteration {what}: the first", first, "s"))
            rows.append((f"a job of one iteration {what}: later ones", later, "s"))
        alone = asyncio.run(throughput(cluster, jobs, iterations))
        rows.append((f"jobs of {iterations} iterations, one machine", alone, "a minute"))
        found = sorted(asyncio.run(latencies(cluster)))
        rows.append(("a preview of 500 kB, made to told: median", 1e3 * _at(found, 0.5), "ms"))
        rows.append(("a preview of 500 kB, made to told: largest", 1e3 * found[-1], "ms"))
        cluster.add()
        both = asyncio.run(throughput(cluster, jobs, iterations))
        rows.append((f"jobs of {iterations} iterations, two machines", both, "a minute"))
        cluster.lose(machine)
    return rows


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=12)
    parser.add_argument("--iterations", type=int, default=60)
    given = parser.parse_args()
    print(f"load before the start: {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores")
    for what, number, unit in real(given.jobs, given.iterations):
        print(f"{what:66} {number:9.1f} {unit}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
