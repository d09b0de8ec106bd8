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
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from loopback import Loopback, loopback
from measuring import NO_LIMITS, a_choice, print_load, small_submission

from artstyle.jobs import Job, JobQueue, JobStatus, opened
from artstyle.jobs.cluster import proxy_process

ROUNDS = 5
PREVIEWS = 30
Row = tuple[str, float, str]


@asynccontextmanager
async def using(engine: str, gpus: float = 0) -> AsyncIterator[JobQueue]:
    """Run a queue on an engine."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            opened(a_choice(engine, gpus)) as made,
            JobQueue(Path(folder), made, NO_LIMITS) as queue,
        ):
            yield queue


async def one(queue: JobQueue, iterations: int) -> float:
    """Seconds of a job from its submission to its end."""
    began = time.perf_counter()
    await _end(await queue.submit(small_submission(0, iterations)))
    return time.perf_counter() - began


async def _end(job: Job) -> None:
    async for _ in job.events():
        pass
    if job.status is not JobStatus.DONE:
        raise RuntimeError(f"a job is {job.status}: {job.state.failure}")


async def overhead(engine: str, gpus: float = 0) -> tuple[float, float]:
    """Seconds of the first job of one iteration, and median of those after it."""
    async with using(engine, gpus) as queue:
        times = [await one(queue, 1) for _ in range(1 + ROUNDS)]
    return times[0], statistics.median(times[1:])


async def throughput(cluster: Loopback, jobs: int, iterations: int) -> float:
    """Jobs per minute, once their processes have started."""
    async with using(f"ray://{cluster.address}") as queue:
        await _all(queue, 4, 1)
        began = time.perf_counter()
        await _all(queue, jobs, iterations)
        return 60 * jobs / (time.perf_counter() - began)


async def _all(queue: JobQueue, jobs: int, iterations: int) -> None:
    submitted = [await queue.submit(small_submission(seed, iterations)) for seed in range(jobs)]
    await asyncio.gather(*map(_end, submitted))


async def latencies(cluster: Loopback) -> list[float]:
    """Seconds from each preview in the worker until the queue has written and announced it."""
    proxy_process.MODULE, module = "previews", proxy_process.MODULE
    found = []
    try:
        async with using(f"ray://{cluster.address}") as queue:
            job = await queue.submit(small_submission(0, PREVIEWS))
            async for event in job.events():
                if event.percent is None and event.state.step is not None:
                    found.append(time.time() - event.state.step.seconds)
    finally:
        proxy_process.MODULE = module
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
            ("on the cluster, pretend GPU", f"ray://{cluster.address}", 1),
        )
        for what, engine, gpus in engines:
            first, later = asyncio.run(overhead(engine, gpus))
            rows.append((f"a job of one iteration {what}: the first", first, "s"))
            rows.append((f"a job of one iteration {what}: later ones", later, "s"))
        alone = asyncio.run(throughput(cluster, jobs, iterations))
        rows.append((f"jobs of {iterations} iterations, one machine", alone, "per minute"))
        found = asyncio.run(latencies(cluster))
        rows.append(("a preview of 500 kB: median", 1e3 * statistics.median(found), "ms"))
        rows.append(("a preview of 500 kB: largest", 1e3 * max(found), "ms"))
        cluster.add()
        both = asyncio.run(throughput(cluster, jobs, iterations))
        rows.append((f"jobs of {iterations} iterations, two machines", both, "per minute"))
        cluster.lose(machine)
    return rows


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=12)
    parser.add_argument("--iterations", type=int, default=60)
    given = parser.parse_args()
    print_load()
    for what, number, unit in real(given.jobs, given.iterations):
        print(f"{what:66} {number:9.1f} {unit}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
