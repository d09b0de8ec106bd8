"""What does a cluster cost and bring? Figures of a real one, and of 64 GPUs by simulation.

``python bench/cluster.py real [--jobs N] [--iterations N]`` measures on a real Ray cluster on
loopback: what a job takes longer than in the lab's own process, how many jobs are done with
one machine and with two, and how long a preview of 500 kB takes from where it is made until
it is written here and told. Machines are processes that share this computer, with one core
a job, so the second brings something only if there is a core for it.

``python bench/cluster.py simulated [--users N] [--gpus N]`` gives the real queue, its
database and its files to people who come in bursts, with GPUs that only pretend and a clock
that jumps: how long they wait, whether who sends much holds up who sends little, what the
queue takes of memory, and how long it ever holds up its event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import psutil
from loopback import Loopback, loopback
from simulation import FakeClock, PretendedEngine

from artstyle.jobs import EngineChoice, Job, JobQueue, Limits, Request, State, opened
from artstyle.jobs.cluster import link
from artstyle.jobs.events import Advanced
from artstyle.settings import Settings

SIDE = 64
ROUNDS = 5  # of what is measured one by one
PREVIEWS = 30
HOUR = 3600.0
GREEDY, MANY = 20, 20  # users who send much, and how much
BURST = 0.3  # of all users come within a minute, twice
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


@dataclass(frozen=True)
class Arrival:
    """Somebody submits something."""

    at: float
    user: str


def arrivals(users: int, chance: random.Random) -> list[Arrival]:
    """Plan an hour: two bursts, the others spread, and some users who send much at once."""
    found = []
    for number in range(users):
        burst = chance.random()
        start = 600.0 if burst < BURST else 2400.0 if burst < 2 * BURST else None
        at = start + chance.uniform(0, 60) if start else chance.uniform(0, HOUR)
        greedy = number < GREEDY
        jobs = MANY if greedy else chance.choice((1, 1, 2, 3))
        name = f"{'greedy' if greedy else 'user'}-{number}"
        found += [Arrival(at + chance.uniform(0, 30), name) for _ in range(jobs)]
    return sorted(found, key=lambda each: each.at)


def _seconds(settings: Settings) -> float:
    """Give what a job takes on a GPU: 90 s in the mean, a few take long."""
    return min(900.0, random.Random(settings.seed).lognormvariate(4.2, 0.75))


@dataclass
class Hour:
    """What was seen while they came."""

    submitted: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Who sent a job, and when."""
    waiting: int = 0
    memory: int = 0
    """Both at most."""
    turns: list[tuple[float, float]] = field(default_factory=list)


async def simulate(plan: Sequence[Arrival], engine: PretendedEngine, clock: FakeClock) -> Hour:
    """Let them come, and see what the queue goes through."""
    seen = Hour()
    following: list[asyncio.Task[None]] = []
    with tempfile.TemporaryDirectory() as folder:
        async with JobQueue(Path(folder), engine, LIMITS) as queue:
            before = psutil.Process().memory_info().rss
            clock.turns.clear()
            for number, each in enumerate(plan):
                await asyncio.sleep(max(0.0, each.at - clock.time()))
                job = await queue.submit(_request(_settings(100, number), each.user))
                seen.submitted[job.id] = each.user, clock.time()
                following.append(asyncio.create_task(_end(job)))
                waiting = sum(job.state is State.QUEUED for job in queue.all())
                seen.waiting = max(seen.waiting, waiting)
                seen.memory = max(seen.memory, psutil.Process().memory_info().rss - before)
            await asyncio.gather(*following)
            seen.turns = clock.turns[:]
    return seen


def _told(seen: Hour, begun: dict[str, float], gpus: int, plan: Sequence[Arrival]) -> list[Row]:
    """Put what was seen in a table."""
    waits = {id: begun[id] - at for id, (_, at) in seen.submitted.items()}
    real, own = (sorted(each) for each in zip(*seen.turns, strict=True))
    return [
        ("jobs", len(plan), ""),
        ("work, as a share of what the GPUs can do in an hour", _load(plan, gpus), "%"),
        ("most that waited at once", seen.waiting, "jobs"),
        *_waits(seen, waits, "user"),
        *_waits(seen, waits, "greedy"),
        ("memory of the queue, at most, for each job", seen.memory / len(plan) / 2**10, "KiB"),
        ("the event loop was held up: 99.9th percentile", 1e3 * _at(real, 0.999), "ms"),
        ("the event loop was held up: largest", 1e3 * real[-1], "ms"),
        ("… by work of its own: 99.9th percentile", 1e3 * _at(own, 0.999), "ms"),
        ("… by work of its own: largest", 1e3 * own[-1], "ms"),
    ]


def _waits(seen: Hour, waits: dict[str, float], kind: str) -> list[Row]:
    mine = sorted(waits[id] for id, (user, _) in seen.submitted.items() if user.startswith(kind))
    first = sorted(_firsts(seen.submitted, waits, kind))
    return [
        (f"{kind}: waiting, median", _at(mine, 0.5), "s"),
        (f"{kind}: waiting, 99th percentile", _at(mine, 0.99), "s"),
        (f"{kind}: waiting for the first picture, median", _at(first, 0.5), "s"),
        (f"{kind}: waiting for the first picture, largest", first[-1], "s"),
    ]


def _load(plan: Sequence[Arrival], gpus: int) -> float:
    work = sum(_seconds(_settings(100, number)) for number in range(len(plan)))
    return 100 * work / gpus / HOUR


def _firsts(
    submitted: dict[str, tuple[str, float]], waits: dict[str, float], kind: str
) -> list[float]:
    """Give how long each user waited until any of theirs began."""
    begun: dict[str, float] = {}
    came: dict[str, float] = {}
    for id, (user, at) in submitted.items():
        if user.startswith(kind):
            came[user] = min(at, came.get(user, at))
            begun[user] = min(at + waits[id], begun.get(user, at + waits[id]))
    return [begun[user] - came[user] for user in came]


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def simulated(users: int, gpus: int) -> list[Row]:
    """Measure by simulation."""
    clock, engine = FakeClock(), PretendedEngine(gpus, _seconds)
    plan = arrivals(users, random.Random(1))
    began = time.perf_counter()
    with asyncio.Runner(loop_factory=lambda: clock) as runner:
        seen = runner.run(simulate(plan, engine, clock))
    rows = _told(seen, engine.begun, gpus, plan)
    return [*rows, ("the simulation took", time.perf_counter() - began, "s")]


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    of_real = kinds.add_parser("real")
    of_real.add_argument("--jobs", type=int, default=12)
    of_real.add_argument("--iterations", type=int, default=60)
    pretended = kinds.add_parser("simulated")
    pretended.add_argument("--users", type=int, default=1000)
    pretended.add_argument("--gpus", type=int, default=64)
    given = parser.parse_args()
    print(
        f"load of this machine before: {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores"
    )
    if given.kind == "real":
        rows = real(given.jobs, given.iterations)
    else:
        rows = simulated(given.users, given.gpus)
    for what, number, unit in rows:
        print(f"{what:66} {number:9.1f} {unit}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
