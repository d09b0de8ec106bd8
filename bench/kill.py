"""Does the queue survive SIGKILL? Kills it again and again, then looks at what it left.

``python bench/kill.py [--kills N] [--jobs N] [--iterations N] [--seed N]`` plans some small
jobs of several owners. A process that submits and runs them is killed at random moments:
every other time by the clock, otherwise at a random operation on a file, for the moments
between two of these are short. Each life submits what is missing of its share of the plan,
which grows, so that kills hit submissions as well. The last life may end in peace. After it
nothing may be lost, doubled or damaged; the seed repeats a run as far as clocks allow.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from artstyle.errors import ArtstyleError
from artstyle.jobs import Job, JobQueue, Limits, Request, State, ThreadEngine, history
from artstyle.progress import MILESTONES
from artstyle.settings import Settings

if TYPE_CHECKING:
    from artstyle.jobs.folder import JobFiles
    from artstyle.progress import Progress

OWNERS = 3
SECONDS = 0.7  # the longest life that the clock ends
OPERATIONS = 120  # the longest life that an operation on a file ends
OFTEN = 0.02  # seconds between savepoints, and between other files
TOUCHED = ("open", "os.rename", "os.remove", "os.mkdir", "shutil.rmtree")  # audit events
WIDTH, HEIGHT, SIDE = 96, 72, 64
SOURCES = {f"{kind}{rest}" for kind in ("content", "style") for rest in (".png", ".jpg")}
THUMBS = {"content-thumb.jpg", "style-thumb.jpg"}
LEFT = SOURCES | THUMBS | {"start.jpg", "preview.jpg", "history.json", "result.png"}
LIMITS = Limits(unfinished=10_000, per_owner=10_000, keep_days=30, keep_jobs=10_000)


@dataclass(frozen=True, slots=True)
class Life:
    """What one process does before it is killed."""

    folder: Path
    number: int
    jobs: int
    """How much of the plan it submits, if that isn't there yet."""
    iterations: int
    dies_at: int | None
    """The operation on a file before which it kills itself."""
    last: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """An iteration that was run."""

    life: int
    job: str
    iteration: int


def torture(folder: Path, kills: int, jobs: int, iterations: int, seed: int) -> None:
    """Kill the queue of a folder so many times, then let it end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["artstyle.jobs.worker"])  # torch is imported once for all
    chance = random.Random(seed)
    for number in range(kills + 1):
        last = number == kills
        dies_at = chance.randint(1, OPERATIONS) if number % 2 and not last else None
        share = jobs if last else min(jobs, 1 + jobs * number // kills)
        life = Life(folder, number, share, iterations, dies_at, last)
        process = context.Process(target=live, args=(life,))
        process.start()
        if not last and dies_at is None:
            time.sleep(chance.uniform(0, SECONDS))
            process.kill()
        process.join()
        if process.exitcode != (0 if last else -signal.SIGKILL):
            raise RuntimeError(f"life {number} of seed {seed} ended with {process.exitcode}")


def live(life: Life) -> None:
    """Submit and run jobs until it is over."""
    if life.dies_at is not None:
        sys.addaudithook(_suicide(str(life.folder), life.dies_at))
    _hurry(life)
    asyncio.run(_run(life))
    if not life.last:  # there was less to do than it would have taken
        os.kill(os.getpid(), signal.SIGKILL)


async def _run(life: Life) -> None:
    engine = ThreadEngine({"cpu": 1, "cuda": 1, "mps": 1}, large_levels=3)
    async with JobQueue(life.folder / "data", engine, LIMITS) as queue:
        known = {job.content.name for job in queue.all()}
        for index, name in enumerate(names(life.jobs)):
            if name not in known:
                job = await queue.submit(_request(index, life.iterations))
                _note(life.folder / "submitted", f"{name} {job.id}", durable=True)
        for job in queue.all():
            async for _ in job.events():
                pass
        if not life.last and life.dies_at is None:
            await asyncio.Event().wait()  # for the kill


def _hurry(life: Life) -> None:
    """Write all files often, and note each iteration as soon as it is done."""
    import torch

    from artstyle.jobs import worker
    from artstyle.transfer import Transfer

    class Noted(Transfer):
        def run(self) -> Iterator[Progress]:
            for progress in super().run():
                name = _name(self.settings.seed)
                _note(life.folder / "ran", f"{life.number} {name} {progress.iteration}")
                yield progress

    torch.set_num_threads(1)  # at 64 px more threads wait for each other on a busy machine
    vars(worker)["Transfer"] = Noted
    worker.SAVE_SECONDS = worker.PREVIEW_SECONDS = OFTEN
    # in half of the lives the history is written with the savepoints alone
    worker.HISTORY_SECONDS = OFTEN if life.number % 4 < 2 else SECONDS
    worker.REPORT_SECONDS, worker.DRAIN = 0.0, 0


def _suicide(folder: str, at: int) -> Callable[[str, tuple[Any, ...]], None]:
    """Make a hook that ends the process before its n-th operation on the folder's files."""
    count = 0

    def hook(event: str, details: tuple[Any, ...]) -> None:
        nonlocal count
        if event in TOUCHED and str(details[0]).startswith(folder):
            count += 1
            if count >= at:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


def _note(path: Path, line: str, *, durable: bool = False) -> None:
    """Append a line in one go: what is written is there, even if the process is killed."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, f"{line}\n".encode())
        if durable:
            os.fsync(file)
    finally:
        os.close(file)


def _lines(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def names(jobs: int) -> list[str]:
    """Name the jobs of a plan: by its name a job is known in any life."""
    return [_name(index) for index in range(jobs)]


def _name(index: int) -> str:
    return f"photo-{index}"


def _request(index: int, iterations: int) -> Request:
    settings = Settings(
        network="vgg16", device="cpu", levels=1, iterations=iterations, base_size=SIDE, seed=index
    )
    return Request(
        owner=f"owner-{index % OWNERS}",
        content=_picture(1),
        style=_picture(2),
        settings=settings,
        content_name=_name(index),
    )


@cache
def _picture(seed: int) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return bytes(cv2.imencode(".png", cv2.resize(coarse, (WIDTH, HEIGHT)))[1].tobytes())


def ran(folder: Path) -> list[Ran]:
    """List all iterations of all lives, in their order."""
    return [Ran(int(life), job, int(iteration)) for life, job, iteration in _lines(folder / "ran")]


def resumed(folder: Path) -> list[Ran]:
    """List with which iteration lives went on that didn't begin anew."""
    firsts = [next(each) for _, each in groupby(ran(folder), key=lambda r: (r.life, r.job))]
    return [each for each in firsts if each.iteration > 1]


async def problems(folder: Path, jobs: int, iterations: int) -> list[str]:
    """List what is wrong with what is left."""
    engine = ThreadEngine({"cpu": 1, "cuda": 1, "mps": 1}, large_levels=3)
    before = sorted(path.name for path in (folder / "data/jobs").iterdir())
    async with JobQueue(folder / "data", engine, LIMITS) as queue:
        found = list(_of_the_list(queue.all(), folder, jobs))
        if before != sorted(job.id for job in queue.all()):
            found.append("there are folders of no job, or jobs without a folder")
        for job in queue.all():
            try:
                texts = [*_of_job(job, queue.files(job), iterations), *_skipped(job, folder)]
            except (ArtstyleError, OSError, ValueError) as error:  # a file is missing or damaged
                texts = [str(error)]
            found += [f"{job.content.name} ({job.id}): {text}" for text in texts]
    return found


def _of_the_list(jobs: Sequence[Job], folder: Path, planned: int) -> Iterator[str]:
    """Tell which jobs are lost or there twice."""
    counts = Counter(job.content.name for job in jobs)
    if counts != Counter(names(planned)):
        yield f"planned were {names(planned)}, but there are {dict(counts)}"
    if len({job.number for job in jobs}) != len(jobs):
        yield "two jobs have the same number"
    there = {(job.content.name, job.id) for job in jobs}
    lost = {(name, id) for name, id in _lines(folder / "submitted")} - there
    if lost:
        yield f"taken, but lost: {sorted(lost)}"


def _of_job(job: Job, files: JobFiles, iterations: int) -> Iterator[str]:
    """Tell what is wrong with a job and its files."""
    if job.state is not State.DONE:
        yield f"it is {job.state}: {job.reason}"
        return
    if job.milestones != list(MILESTONES):
        yield f"its milestones are {job.milestones}"
    stages = {f"stage-{number}.jpg" for number in range(1, job.stages + 1)}
    wanted = LEFT | stages | {f"snapshot-{percent}.jpg" for percent in MILESTONES[:-1]}
    there = {path.name for path in files.folder.iterdir()}
    if there != wanted:
        yield f"it lacks {sorted(wanted - there)} and has {sorted(there - wanted)} too much"
    points = history.loads(files.history.read_text())
    if [point.iteration for point in points] != list(range(1, iterations + 1)):
        yield f"its history has the iterations {[point.iteration for point in points]}"
    yield from _of_pictures(job, files)


def _of_pictures(job: Job, files: JobFiles) -> Iterator[str]:
    """Decode every picture."""
    from artstyle.pictures import read

    for path in files.folder.glob("*.*g"):
        read.decode(path)
    size = read.decode(files.result).shape[1:]
    if size != (SIDE, round(SIDE * WIDTH / HEIGHT)):
        yield f"its result is {size}"
    if job.used is None or read.read_metadata(files.result)["settings"] != job.used.as_dict():
        yield "its result carries other settings"


def _skipped(job: Job, folder: Path) -> Iterator[str]:
    """Tell where a life went on further than the one before it had come."""
    reached = 0
    for each in ran(folder):
        if each.job == job.content.name:
            if each.iteration > reached + 1:
                yield f"life {each.life} went on with {each.iteration} after {reached}"
            reached = each.iteration


def main() -> int:
    """Kill, look, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--iterations", type=int, default=24, help="of each job")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        torture(folder, given.kills, given.jobs, given.iterations, given.seed)
        found = asyncio.run(problems(folder, given.jobs, given.iterations))
        rows = {
            "seed": given.seed,
            "kills": given.kills,
            "jobs": given.jobs,
            "lives that went on from a savepoint": len({r.life for r in resumed(folder)}),
            "iterations run": len(ran(folder)),
            "of them more than once": len(ran(folder)) - given.jobs * given.iterations,
            "seconds": round(time.monotonic() - began, 1),
            "problems": len(found),
        }
    print("\n".join([*(f"{key:36} {value}" for key, value in rows.items()), *found]))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
