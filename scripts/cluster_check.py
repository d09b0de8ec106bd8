"""Does every job end once, in the same picture, although machines are lost?

``scripts/cluster-check`` starts a real Ray cluster of two machines on loopback and a queue that
uses it. A worker's process is killed in the middle of its job, then a machine with everything on
it, and another machine joins. Unless it is ``--short``, a machine is frozen as well, and at last
the head is killed. Then each picture is compared with the in-process engine's for the same seed.
Where a job went on from a savepoint, that engine is stopped there too, because the optimiser
starts with an empty history.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from loopback import Loopback, loopback
from measuring import NO_LIMITS, SMALL, a_choice, small_submission

from artstyle.errors import ArtstyleError
from artstyle.jobs import Engine, Job, JobQueue, JobState, JobStatus, opened
from artstyle.jobs.engine import Running, Stop, drive
from artstyle.jobs.files import JobFiles
from artstyle.jobs.messages import Update
from artstyle.pictures import read
from artstyle.progress import MILESTONES
from artstyle.savepoint import Savepoint
from artstyle.style import pyramid
from artstyle.transfer import Transfer

BRIEF = 12  # iterations of a job that isn't killed
LAST = 4.0  # seconds that a job takes which is killed
LONGER = 6  # times that: without a head a job goes on until the loss is noticed
LEAST = 40  # iterations of a killed job
OFTEN = {"AST_SAVE_SECONDS": "0.5"}  # so that it has a savepoint by then
PATIENCE = 240.0  # seconds


class Recorder:
    """The cluster's engine, which remembers the savepoints that jobs went on from."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.places: dict[str, list[bytes]] = {}

    def begin(self, job: Job, files: JobFiles) -> Running:
        if files.savepoint.exists():
            self.places.setdefault(job.id, []).append(files.savepoint.read_bytes())
        return self._engine.begin(job, files)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


@dataclass
class Check:
    """A queue on a cluster, and its jobs with the milestones they reported."""

    cluster: Loopback
    queue: JobQueue
    engine: Recorder
    milestones: dict[str, list[int]] = field(default_factory=dict)
    _following: list[asyncio.Task[None]] = field(default_factory=list)

    async def submit(self, seed: int, iterations: int) -> Job:
        job = await self.queue.submit(small_submission(seed, iterations))
        self._following.append(asyncio.create_task(self._follow(job)))
        return job

    async def _follow(self, job: Job) -> None:
        events = [event async for event in job.events()]
        self.milestones[job.id] = [each.percent for each in events if each.percent is not None]

    async def all_ended(self) -> None:
        await asyncio.wait_for(asyncio.gather(*self._following), PATIENCE * 4)

    async def kill_worker(self, job: Job) -> None:
        await self._saved(job)
        self._worker(job).kill()
        await self._moved(job)

    async def lose_machine(self, job: Job, *, freeze: bool = False) -> None:
        """Kill the machine that a job runs on, or freeze it first; then add another one."""
        await self._saved(job)
        machine = self._worker(job).ppid()
        lose = self.cluster.freeze if freeze else self.cluster.lose
        lose(machine)
        await self._moved(job)
        if freeze:
            self.cluster.lose(machine)
        self.cluster.add()

    async def lose_head(self, jobs: Iterable[Job]) -> None:
        """Kill the whole cluster and start another one at its address."""
        for job in jobs:
            await self._saved(job)
        machines = {self._worker(job).ppid() for job in jobs}
        self.cluster.lose_head()
        noticed = "the loss of the head is noticed"
        await _until(lambda: all(job.state.moves for job in jobs), noticed)
        for machine in machines:  # as "ray stop" does there
            self.cluster.lose(machine)
        self.cluster.renew_head()
        for _ in range(2):
            self.cluster.add()

    async def _saved(self, job: Job) -> None:
        exists = self.queue.files(job).savepoint.exists
        await _until(exists, f"job {job.request.number} has a savepoint")

    async def _moved(self, job: Job) -> None:
        what = f"job {job.request.number}'s loss of its worker is noticed"
        await _until(lambda: job.state.moves > 0, what)

    def _worker(self, job: Job) -> Any:
        return self.cluster.workers()[job.id[:8]]

    def problems(self, job: Job, folder: Path) -> list[str]:
        """What is wrong with a job that has ended."""
        found = []
        if job.status is not JobStatus.DONE:
            found.append(f"it is {job.status}")
        if self.milestones[job.id] != list(MILESTONES):
            found.append(f"its milestones were {self.milestones[job.id]}")
        try:
            files = self.queue.files(job)
            here = reference(folder, job, files, self.engine.places.get(job.id, []))
            if not np.array_equal(read.decode(here), read.decode(files.result)):
                found.append("its picture is different")
        except (ArtstyleError, OSError) as error:
            found.append(str(error))
        return found


async def _until(true: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds, and print how long that took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError(f"not so after {PATIENCE:g} s: {what}")
        await asyncio.sleep(0.02)
    print(f"after {time.monotonic() - began:5.1f} s {what}", flush=True)


def reference(folder: Path, job: Job, stored: JobFiles, places: Iterable[bytes]) -> Path:
    """Make a job's picture in this process, stopped where the job on the cluster was lost."""
    files = JobFiles(folder / job.id)
    files.folder.mkdir(parents=True)
    for path in (stored.source("content"), stored.source("style")):
        (files.folder / path.name).write_bytes(path.read_bytes())
    stages = pyramid.stages(SMALL, job.request.settings)
    for place in map(Savepoint.loads, dict.fromkeys(places)):  # it may be lost twice at one place
        done = sum(stage.iterations for stage in stages[: place.stage]) + place.iteration
        _drive(job, files, until=done)
    _drive(job, files)
    return files.result


def _drive(job: Job, files: JobFiles, until: int = 0) -> None:
    stop = Stop()

    def tell(update: Update) -> None:
        step = update.state.step
        if step is not None and step.iteration == until:
            stop.ask(keep=True)

    if drive(files.order(job.request, JobState()), files, tell, stop) == bool(until):
        raise RuntimeError(f"the run didn't stop where it should, after {until}")


def _seconds_per_iteration() -> float:
    """Measure it, and set this process up like a worker that reports every iteration."""
    import torch

    from artstyle.jobs import worker

    torch.set_num_threads(1)  # as in workers that are given one CPU
    worker.REPORT_SECONDS = 0.0
    given = small_submission(0, BRIEF)
    run = Transfer(read.load(given.content), read.load(given.style), given.settings).run()
    next(run)
    began = time.monotonic()
    iterations = sum(1 for _ in run)
    return (time.monotonic() - began) / iterations


async def check(cluster: Loopback, jobs: int, *, short: bool) -> list[str]:
    """Lose what can be lost on a cluster of two machines; return what is wrong."""
    long = max(LEAST, int(LAST / _seconds_per_iteration()))
    os.environ.update(cluster.environment)
    with tempfile.TemporaryDirectory() as name:
        async with opened(a_choice(f"ray://{cluster.address}")) as engine:
            recorder = Recorder(engine)
            async with JobQueue(Path(name, "data"), recorder, NO_LIMITS) as queue:
                it = Check(cluster, queue, recorder)
                await _lose(it, jobs, long, short=short)
                return await asyncio.to_thread(_compare, it, Path(name, "here"))


async def _lose(it: Check, jobs: int, long: int, *, short: bool) -> None:
    first = [await it.submit(seed, long if seed < 2 else BRIEF) for seed in range(jobs)]
    print(f"the queue has {jobs} jobs", flush=True)
    await it.kill_worker(first[0])
    await it.lose_machine(first[1])
    await it.all_ended()
    if not short:
        await it.lose_machine(await it.submit(jobs, long), freeze=True)
        await it.all_ended()
        await it.lose_head([await it.submit(jobs + n, LONGER * long) for n in (1, 2)])
        await it.all_ended()


def _compare(it: Check, folder: Path) -> list[str]:
    found = []
    for job in it.queue.all():
        problems = it.problems(job, folder)
        found += [f"job {job.request.number}: {problem}" for problem in problems]
        places = len(it.engine.places.get(job.id, []))
        print(
            f"job {job.request.number:2}  {job.status}  moved {job.state.moves}  "
            f"from a savepoint {places}  {'; '.join(problems) or 'the same picture as here'}",
            flush=True,
        )
    if not it.engine.places:
        found.append("no job went on from a savepoint")
    return found


def main() -> int:
    """Run the check and print the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--short", action="store_true", help="leave out freeze and head")
    given = parser.parse_args()
    began = time.monotonic()
    with loopback(OFTEN) as cluster:
        for _ in range(2):
            cluster.add()
        print("a cluster of two machines is running", flush=True)
        found = asyncio.run(check(cluster, given.jobs, short=given.short))
    took = time.monotonic() - began
    print("\n".join(found) or f"every job ended once, in the same picture ({took:.0f} s in all)")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
