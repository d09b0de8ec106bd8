"""Check that the queue survives SIGKILL: kill it again and again, then examine what it left.

``python bench/kill.py [--kills N] [--jobs N] [--iterations N] [--seed N]`` plans some small jobs
of several owners. A process that submits and runs them is killed at random moments: every other
time after a random time, otherwise before a random operation on a file, because the moments
between two of these are short. Each process submits what is missing of its share of the plan. The
share grows, so kills hit submissions as well. The last process isn't killed. After it, no job may
be lost, duplicated or damaged. The seed repeats a run as far as clocks allow.
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
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import NO_LIMITS, SIDE, SMALL, small_submission

from artstyle.errors import ArtstyleError
from artstyle.jobs import Job, JobQueue, JobStatus, ThreadEngine, history
from artstyle.progress import MILESTONES

if TYPE_CHECKING:
    from artstyle.jobs.files import JobFiles
    from artstyle.progress import Progress

OWNERS = 3
SECONDS = 0.7  # the longest time until a kill by the clock
OPERATIONS = 120  # the most operations on files until a kill by these
OFTEN = 0.02  # seconds between savepoints, and between previews
TOUCHED = ("open", "os.rename", "os.remove", "os.mkdir", "shutil.rmtree")  # audit events
SOURCES = {f"{kind}{rest}" for kind in ("content", "style") for rest in (".png", ".jpg")}
THUMBS = {"content-thumb.jpg", "style-thumb.jpg"}
LEFT = SOURCES | THUMBS | {"start.jpg", "preview.jpg", "history.json", "result.png", "job.json"}
ENGINE = ThreadEngine({"cpu": 1, "cuda": 1, "mps": 1}, large_levels=3)


@dataclass(frozen=True, slots=True)
class Life:
    """What one process does before it is killed."""

    folder: Path
    number: int
    jobs: int  # how much of the plan it submits, if that wasn't done before
    iterations: int
    dies_at: int | None  # the operation on a file before which it kills itself
    last: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """An iteration that was run."""

    life: int
    job: str
    iteration: int


def torture(folder: Path, kills: int, jobs: int, iterations: int, seed: int) -> None:
    """Kill the queue of a folder ``kills`` times, then let it finish."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["artstyle.jobs.worker"])  # imports torch only once
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
    """Submit and run jobs until the process is killed."""
    if life.dies_at is not None:
        sys.addaudithook(_suicide(str(life.folder), life.dies_at))
    _hurry(life)
    asyncio.run(_run(life))
    if not life.last:  # all was done before the kill
        os.kill(os.getpid(), signal.SIGKILL)


async def _run(life: Life) -> None:
    async with JobQueue(life.folder / "data", ENGINE, NO_LIMITS) as queue:
        known = {job.request.content.name for job in queue.all()}
        for index, name in enumerate(names(life.jobs)):
            if name not in known:
                owner = f"owner-{index % OWNERS}"
                small = small_submission(index, life.iterations, owner=owner, content_name=name)
                job = await queue.submit(small)
                _note(life.folder / "submitted", f"{name} {job.id}", durable=True)
        for job in queue.all():
            async for _ in job.events():
                pass
        if not life.last and life.dies_at is None:
            await asyncio.Event().wait()  # until the kill


def _hurry(life: Life) -> None:
    """Write all files often, and record each iteration as soon as it is done."""
    import torch

    from artstyle import transfer
    from artstyle.jobs import worker

    class Noted(transfer.Transfer):
        def run(self) -> Iterator[Progress]:
            for progress in super().run():
                line = f"{life.number} photo-{self.settings.seed} {progress.iteration}"
                _note(life.folder / "ran", line)
                yield progress

    torch.set_num_threads(1)  # at 64 px more threads only wait for each other
    vars(transfer)["Transfer"] = Noted
    worker.SAVE_SECONDS = worker.PREVIEW_SECONDS = OFTEN
    # in half of the lives the history is only written together with savepoints
    worker.HISTORY_SECONDS = OFTEN if life.number % 4 < 2 else SECONDS
    worker.REPORT_SECONDS, worker.DRAIN = 0.0, 0


def _suicide(folder: str, at: int) -> Callable[[str, tuple[Any, ...]], None]:
    """Audit hook that ends the process before its n-th operation on the folder's files."""
    count = 0

    def hook(event: str, details: tuple[Any, ...]) -> None:
        nonlocal count
        if event in TOUCHED and str(details[0]).startswith(folder):
            count += 1
            if count >= at:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


def _note(path: Path, line: str, *, durable: bool = False) -> None:
    """Append a line with one write, so that a kill can't tear it."""
    with path.open("ab", buffering=0) as file:
        file.write(f"{line}\n".encode())
        if durable:
            os.fsync(file)


def _lines(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def names(jobs: int) -> list[str]:
    """Names of the planned jobs; every life recognises them by these."""
    return [f"photo-{index}" for index in range(jobs)]


def ran(folder: Path) -> list[Ran]:
    """All iterations of all lives, in order."""
    return [Ran(int(life), job, int(iteration)) for life, job, iteration in _lines(folder / "ran")]


def resumed(folder: Path) -> list[Ran]:
    """The first iterations of lives that went on from a savepoint."""
    firsts = [next(each) for _, each in groupby(ran(folder), key=lambda r: (r.life, r.job))]
    return [each for each in firsts if each.iteration > 1]


async def problems(folder: Path, jobs: int, iterations: int) -> list[str]:
    """What is wrong with the jobs and files that are left."""
    before = sorted(path.name for path in (folder / "data/jobs").iterdir())
    async with JobQueue(folder / "data", ENGINE, NO_LIMITS) as queue:
        found = list(_of_the_list(queue.all(), folder, jobs))
        if before != sorted(job.id for job in queue.all()):
            found.append("there are folders without a job, or jobs without a folder")
        for job in queue.all():
            try:
                texts = [*_of_job(job, queue.files(job), iterations), *_skipped(job, folder)]
            except (ArtstyleError, OSError, ValueError) as error:  # a file is missing or damaged
                texts = [str(error)]
            found += [f"{job.request.content.name} ({job.id}): {text}" for text in texts]
    return found


def _of_the_list(jobs: Sequence[Job], folder: Path, planned: int) -> Iterator[str]:
    """Report jobs that are lost or duplicated."""
    counts = Counter(job.request.content.name for job in jobs)
    if counts != Counter(names(planned)):
        yield f"planned were {names(planned)}, but there are {dict(counts)}"
    if len({job.request.number for job in jobs}) != len(jobs):
        yield "two jobs have the same number"
    there = {(job.request.content.name, job.id) for job in jobs}
    lost = {(name, id) for name, id in _lines(folder / "submitted")} - there
    if lost:
        yield f"accepted, but lost: {sorted(lost)}"


def _of_job(job: Job, files: JobFiles, iterations: int) -> Iterator[str]:
    """Report what is wrong with a job and its files."""
    if job.status is not JobStatus.DONE:
        yield f"it is {job.status}: {job.state.failure}"
        return
    if job.milestones != list(MILESTONES):
        yield f"its milestones are {job.milestones}"
    stages = {f"stage-{number}.jpg" for number in range(1, job.state.stages + 1)}
    wanted = LEFT | stages | {f"snapshot-{percent}.jpg" for percent in MILESTONES[:-1]}
    there = {path.name for path in files.folder.iterdir()}
    there -= {"sketch.jpg"}  # a kill after the start picture comes before it, and it isn't missed
    if there != wanted:
        yield f"it lacks {sorted(wanted - there)} and has {sorted(there - wanted)} in addition"
    points = history.loads(files.history.read_text())
    if [point.iteration for point in points] != list(range(1, iterations + 1)):
        yield f"its history has the iterations {[point.iteration for point in points]}"
    yield from _of_pictures(job, files)


def _of_pictures(job: Job, files: JobFiles) -> Iterator[str]:
    """Decode every picture, and check the result's size and settings."""
    from artstyle.pictures import read

    for path in files.folder.glob("*.*g"):
        read.decode(path)
    size = read.decode(files.result).shape[:2]
    if size != (SIDE, round(SIDE * SMALL[1] / SMALL[0])):
        yield f"its result is {size}"
    used = job.state.used
    if used is None or read.read_metadata(files.result)["settings"] != used.as_dict():
        yield "its result has other settings"


def _skipped(job: Job, folder: Path) -> Iterator[str]:
    """Report lives that skipped iterations."""
    reached = 0
    for each in ran(folder):
        if each.job == job.request.content.name:
            if each.iteration > reached + 1:
                yield f"life {each.life} went on with {each.iteration} after {reached}"
            reached = each.iteration


def main() -> int:
    """Run the bench and print the result."""
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
