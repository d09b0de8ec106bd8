"""Do all jobs end once, in the same pictures, though machines are lost? `scripts/cluster-check`.

Starts a real Ray cluster of two machines on loopback and a lab that uses it, submits jobs
through the lab's API, and follows their events there. A worker's process is killed in the
middle of its job, then a machine with all that runs on it, and another machine joins. Unless
it is ``--short``, a machine is frozen as well, and at last the head is killed. Then each
picture is compared with that of the in-process engine for the same seed; where a job went on
from a savepoint, that engine is stopped there too, for the optimiser begins to learn anew.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import cv2
import numpy as np
from loopback import Loopback, loopback

from artstyle.errors import ArtstyleError
from artstyle.jobs import Engine, EngineChoice, Job, JobQueue, Limits, opened
from artstyle.jobs.engine import Running, Stop, drive
from artstyle.jobs.files import JobFiles
from artstyle.jobs.job import JobState
from artstyle.jobs.messages import Update
from artstyle.lab.app import make_app, serving
from artstyle.lab.keys import QUEUE, LabConfig
from artstyle.lab.safety import Safety
from artstyle.lab.uploads import UploadLimits
from artstyle.pictures import read
from artstyle.progress import MILESTONES
from artstyle.savepoint import Savepoint
from artstyle.settings import PRESETS, Preset, Settings
from artstyle.style import pyramid
from artstyle.transfer import Transfer

SIDE, BRIEF = 64, 12  # px of the shorter side; iterations of a job that isn't killed
LAST = 4.0  # seconds that a job takes which is killed
LONGER = 6  # times that: without a head a job goes on until that is noticed
LEAST = 40  # iterations of it at least
OFTEN = {"AST_SAVE_SECONDS": "0.5"}  # so that it has a savepoint by then
PATIENCE = 240.0  # seconds for anything that is waited for
ENDS = {"done", "failed", "cancelled", "suspended"}
LIMITS = Limits(unfinished=1000, per_owner=1000, keep_days=1, keep_jobs=1000)


@dataclass
class Followed:
    """What the lab's API told of a job."""

    id: str
    ends: list[str] = field(default_factory=list)
    milestones: list[int] = field(default_factory=list)
    moves: int = 0

    def problems(self) -> list[str]:
        """List what should not be so."""
        found = []
        if self.ends != ["done"]:
            found.append(f"it ended with {self.ends}")
        if self.milestones != list(MILESTONES):
            found.append(f"its milestones were {self.milestones}")
        return found


class Recorder:
    """The cluster's engine; remembers from where each job went on."""

    def __init__(self, engine: Engine) -> None:
        """Use this engine."""
        self._engine = engine
        self.begun: dict[str, tuple[Job, JobFiles]] = {}
        self.places: dict[str, list[bytes]] = {}

    def begin(self, job: Job, files: JobFiles) -> Running:
        """Start a job."""
        self.begun.setdefault(job.id, (job, files))
        if files.savepoint.exists():
            self.places.setdefault(job.id, []).append(files.savepoint.read_bytes())
        return self._engine.begin(job, files)

    def __getattr__(self, name: str) -> Any:
        """Do all else as the engine does."""
        return getattr(self._engine, name)


class Check:
    """A lab on a cluster, and what becomes of its jobs."""

    def __init__(
        self, cluster: Loopback, session: aiohttp.ClientSession, queue: JobQueue, engine: Recorder
    ) -> None:
        """Take all of it."""
        self._cluster, self._session = cluster, session
        self.queue, self.engine = queue, engine
        self._following: list[asyncio.Task[Followed]] = []

    async def submit(self, seed: int, iterations: int) -> Job:
        """Submit a job through the API, and follow it there."""
        form = aiohttp.FormData(default_to_multipart=True)
        for name, number in (("content", 1), ("style", 2)):
            form.add_field(name, _picture(number), filename=f"{name}.png")
        said = {"preset": "check", "seed": seed, "iterations": iterations, "network": "vgg16"}
        for name, value in said.items():
            form.add_field(name, str(value))
        async with self._session.post("/api/jobs", data=form) as answer:
            answer.raise_for_status()
            id = (await answer.json())["id"]
        self._following.append(asyncio.create_task(self._follow(id)))
        job = self.queue.get(id)
        assert job is not None
        return job

    async def _follow(self, id: str) -> Followed:
        heard, event = Followed(id), ""
        async with self._session.get(f"/api/jobs/{id}/events") as answer:
            async for line in answer.content:
                word, _, text = line.decode().strip().partition(": ")
                if word == "event":
                    event = text
                elif word == "data" and event in ENDS:
                    heard.ends.append(event)
                elif word == "data" and event == "milestone":
                    heard.milestones.append(json.loads(text)["percent"])
                elif word == "data" and event == "running":
                    heard.moves = json.loads(text)["moves"]
        return heard

    async def all_ended(self) -> list[Followed]:
        """Wait for the end of all jobs and give what was told of them."""
        return await asyncio.wait_for(asyncio.gather(*self._following), PATIENCE * 4)

    async def kill_worker(self, job: Job) -> None:
        """Kill the process that makes a picture, once the job could go on."""
        await self._saved(job)
        self._worker(job).kill()
        await _until(
            lambda: job.state.moves > 0,
            f"the end of the worker of job {job.request.number} is noticed",
        )

    async def lose_machine(self, job: Job) -> None:
        """Kill the machine that makes a picture with all on it; then another one joins."""
        await self._saved(job)
        self._cluster.lose(self._worker(job).ppid())
        await _until(
            lambda: job.state.moves > 0,
            f"the end of the machine of job {job.request.number} is noticed",
        )
        self._cluster.add()

    async def freeze_machine(self, job: Job) -> None:
        """Let a machine do and say nothing any more; then another one joins."""
        await self._saved(job)
        machine = self._worker(job).ppid()
        self._cluster.freeze(machine)
        await _until(
            lambda: job.state.moves > 0,
            f"the silence of job {job.request.number}'s machine is noticed",
        )
        self._cluster.lose(machine)
        self._cluster.add()

    async def lose_head(self, jobs: Iterable[Job]) -> None:
        """Kill the whole cluster and start another one at its address."""
        for job in jobs:
            await self._saved(job)
        machines = {self._worker(job).ppid() for job in jobs}
        self._cluster.lose_head()
        await _until(lambda: all(job.state.moves for job in jobs), "the end of the head is noticed")
        for machine in machines:  # what "ray stop" does there
            self._cluster.lose(machine)
        self._cluster.renew_head()
        for _ in range(2):
            self._cluster.add()

    async def _moved(self, job: Job, why: str) -> None:
        number = job.request.number
        await _until(lambda: job.state.moves > 0, f"job {number} moved: {why} was noticed")

    async def _saved(self, job: Job) -> None:
        path = self.queue.files(job).savepoint
        await _until(path.exists, f"job {job.request.number} could go on")

    def _worker(self, job: Job) -> Any:
        return self._cluster.workers()[job.id[:8]]


async def _until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is so, and say how long that took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError(f"it should be so after {PATIENCE:g} s: {what}")
        await asyncio.sleep(0.02)
    print(f"after {time.monotonic() - began:5.1f} s {what}", flush=True)


def _picture(seed: int) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return bytes(cv2.imencode(".png", cv2.resize(coarse, (96, 72)))[1].tobytes())


@asynccontextmanager
async def checking(folder: Path, cluster: Loopback) -> AsyncIterator[Check]:
    """Run a lab on the cluster."""
    os.environ.update(cluster.environment)
    choice = EngineChoice(
        engine=f"ray://{cluster.address}",
        workers={},
        large_levels=3,
        gpus_per_job=1,
        cpus_per_job=1,
        network=False,
    )
    async with opened(choice) as engine:
        recorder = Recorder(engine)
        app = make_app(_config(folder, recorder))
        async with (
            serving(app, "127.0.0.1", 0) as port,
            aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=_ENDLESS) as session,
        ):
            yield Check(cluster, session, app[QUEUE], recorder)


_ENDLESS = aiohttp.ClientTimeout(total=None)


def _config(folder: Path, engine: Any) -> LabConfig:
    nothing = folder / "samples"
    nothing.mkdir()
    return LabConfig(
        folder=folder / "data",
        engine=engine,
        limits=LIMITS,
        upload_limits=UploadLimits(picture_bytes=1_000_000, concurrent=8, seconds=30),
        safety=Safety("127.0.0.1", None, frozenset()),
        table=[],
        fresh=False,
        photos=nothing,
        paintings=nothing,
        bot=None,
        defaults={},
    )


def reference(folder: Path, job: Job, first: JobFiles, places: Iterable[bytes]) -> Path:
    """Make a job's picture in this process, stopped where that on the cluster was lost."""
    files = JobFiles(folder / job.id)
    files.folder.mkdir(parents=True)
    for path in (first.source("content"), first.source("style")):
        (files.folder / path.name).write_bytes(path.read_bytes())
    stages = pyramid.stages((72, 96), job.request.settings)
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


def _hurry() -> float:
    """Report every iteration in this process, and give the seconds that one takes."""
    import torch

    from artstyle.jobs import worker

    torch.set_num_threads(1)  # as workers do which are given one CPU
    worker.REPORT_SECONDS = 0.0
    settings = Settings(**_settings(BRIEF, 0))
    photo, painting = (read.load(_picture(number)) for number in (1, 2))
    run = Transfer(photo, painting, settings).run()
    next(run)
    began = time.monotonic()
    iterations = sum(1 for _ in run)
    return (time.monotonic() - began) / iterations


@contextmanager
def small_preset() -> Iterator[None]:
    """Let the lab's form know a preset that takes no time."""
    presets: Any = PRESETS
    presets["check"] = Preset("Check", "Takes no time.", {"levels": 1, "base_size": SIDE})
    try:
        yield
    finally:
        del presets["check"]


def _settings(iterations: int, seed: int) -> dict[str, Any]:
    return {**PRESETS["check"].changes, "network": "vgg16", "iterations": iterations, "seed": seed}


async def check(cluster: Loopback, jobs: int, *, short: bool) -> list[str]:
    """Do all of it on a cluster of two machines, print what happens, list what is wrong."""
    long = max(LEAST, int(LAST / _hurry()))
    with tempfile.TemporaryDirectory() as name:
        async with checking(Path(name), cluster) as it:
            first = [await it.submit(seed, long if seed < 2 else BRIEF) for seed in range(jobs)]
            print(f"the lab has {jobs} jobs", flush=True)
            await it.kill_worker(first[0])
            await it.lose_machine(first[1])
            heard = await it.all_ended()
            if not short:
                await it.freeze_machine(await it.submit(jobs, long))
                await it.all_ended()
                await it.lose_head([await it.submit(jobs + n, LONGER * long) for n in (1, 2)])
                heard = await it.all_ended()
            return await asyncio.to_thread(_compare, it, heard, Path(name) / "here")


def _compare(it: Check, heard: list[Followed], folder: Path) -> list[str]:
    found = []
    for each in heard:
        job = it.queue.get(each.id)
        assert job is not None
        places = it.engine.places.get(each.id, [])
        problems = each.problems()
        try:
            here = reference(folder, *it.engine.begun[each.id], places)
            there = it.queue.files(job).result
            if not np.array_equal(read.decode(here), read.decode(there)):
                problems.append("its picture is another one")
        except (ArtstyleError, OSError) as error:
            problems.append(str(error))
        found += [f"job {job.request.number}: {problem}" for problem in problems]
        print(
            f"job {job.request.number:2}  {job.status}  moved {job.state.moves}  "
            f"from a savepoint {len(places)}  "
            f"{'; '.join(problems) or 'the same picture as here'}",
            flush=True,
        )
    if not any(it.engine.places.values()):
        found.append("no job went on from a savepoint")
    return found


def main() -> int:
    """Check, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--short", action="store_true", help="leave out freeze and head")
    given = parser.parse_args()
    began = time.monotonic()
    with small_preset(), loopback(OFTEN) as cluster:
        for _ in range(2):
            cluster.add()
        print("there is a cluster of two machines", flush=True)
        found = asyncio.run(check(cluster, given.jobs, short=given.short))
    took = time.monotonic() - began
    print("\n".join(found) or f"every job ended once, in the same picture ({took:.0f} s in all)")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
