"""What the tests of the queue share: pictures, and an engine whose runs they play by hand."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

import cv2
import numpy as np

from artstyle.jobs import (
    EngineChoice,
    EventKind,
    Job,
    JobEvent,
    JobQueue,
    JobRequest,
    JobState,
    Limits,
    Source,
    Submission,
)
from artstyle.jobs.files import JobFiles
from artstyle.jobs.messages import Ended, Outcome, Update, failed
from artstyle.jobs.workers import Workers
from artstyle.pictures import decoder
from artstyle.pictures.messages import Size, Store
from artstyle.progress import LossParts, Step
from artstyle.settings import Settings

LIMITS = Limits(unfinished=100, per_owner=60, keep_days=30, keep_jobs=100)
SMALL = Settings(network="vgg16", device="cpu", levels=1, iterations=3, base_size=64)


def picture(seed: int = 0, height: int = 72, width: int = 96, ending: str = ".png") -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.imencode(ending, cv2.resize(coarse, (width, height)))[1].tobytes()


def sixteen_bits(height: int = 72, width: int = 96) -> bytes:
    """A picture whose values don't fit into 8 bits."""
    pixels = np.random.default_rng(3).integers(0, 2**16, (height, width, 3), np.uint16)
    return cv2.imencode(".png", pixels)[1].tobytes()


PHOTO, PAINTING = picture(1), picture(2, 80, 64)


def mask(white: int = 48, height: int = 72, width: int = 96) -> bytes:
    """A mask whose first columns are white."""
    pixels = np.zeros((height, width), np.uint8)
    pixels[:, :white] = 255
    return cv2.imencode(".png", pixels)[1].tobytes()


def submission(owner: str = "ann", **said: Any) -> Submission:
    values = {"owner": owner, "content": PHOTO, "style": PAINTING, "settings": SMALL}
    return Submission(**{**values, **said})


def store(files: JobFiles, **further: bytes) -> None:
    """Store the two pictures of `submission`, and further ones, in this process."""
    files.folder.mkdir()
    pictures: dict[Any, bytes] = {"content": PHOTO, "style": PAINTING, **further}
    for role, data in pictures.items():
        paths = map(str, (files.source(role), *files.views(role)))
        assert isinstance(decoder.answer(Store(role, data, *paths)), Size)


def step(percent: float) -> Step:
    losses = (LossParts(0.5, 0.25, 0.125),)
    done: dict[str, Any] = {"iteration": round(percent), "iterations": 100, "stage": 1, "stages": 1}
    done |= {"seconds": 1.0, "seconds_left": 2.0}
    return Step(percent=percent, sizes=((64, 85),), size=(64, 85), levels=losses, **done)


class PlayedRun:
    """A run whose reports a test sends."""

    def __init__(self, job: Job, files: JobFiles) -> None:
        self.job, self.files = job, files
        self.state = job.state
        self.stopped: str | None = None
        self.at_stop: Outcome | None = Outcome.STOPPED  # how it ends with the program, if it does
        self._reports: asyncio.Queue[Update | Ended] = asyncio.Queue()

    def stop(self, *, keep: bool) -> None:
        self.stopped = "keep" if keep else "drop"
        if keep and self.at_stop is not None:
            self.end(self.at_stop)

    def update(self, *, saved: bool = False, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._reports.put_nowait(Update(self.state, saved))

    def advance(self, percent: float, *, milestone: int = 0, saved: bool = False) -> None:
        """Report an iteration with a preview."""
        self.update(step=step(percent), preview=1, milestone=milestone, phase=None, saved=saved)

    def end(self, outcome: Outcome = Outcome.STOPPED, **said: Any) -> None:
        self._reports.put_nowait(Ended(outcome, **said))

    def fail(self, error: Exception) -> None:
        self._reports.put_nowait(failed(self.job.id, error))

    def done(self) -> None:
        self.update(used=self.job.request.settings.resolved("cpu"), network="vgg16")
        self.advance(100, milestone=80)
        self.end(Outcome.DONE)

    async def reports(self) -> AsyncIterator[Update | Ended]:
        while True:
            report = await self._reports.get()
            yield report
            if isinstance(report, Ended):
                return


class PlayedEngine:
    """Starts nothing; keeps the runs in the order in which they began."""

    clips = True

    def __init__(self, slots: int = 1) -> None:
        self.slots = slots
        self.workers = Workers()
        self.workers.set({"cpu": slots})
        self.runs: list[PlayedRun] = []
        self.changed: Callable[[], None] = lambda: None

    async def prepare(self) -> None: ...

    def has_room(self, settings: Settings, running: Iterable[Settings]) -> bool:
        return len(list(running)) < self.slots

    def begin(self, job: Job, files: JobFiles) -> PlayedRun:
        self.runs.append(PlayedRun(job, files))
        return self.runs[-1]

    def notify(self, changed: Callable[[], None]) -> None:
        self.changed = changed

    async def close(self) -> None: ...


def a_choice(engine: str, **said: Any) -> EngineChoice:
    values = {"workers": {"cpu": 1, "cuda": 1, "mps": 1}, "large_levels": 3, "network": False}
    needs = {"gpus_per_job": 1, "cpus_per_job": 1}
    return EngineChoice(engine=engine, **{**values, **needs, **said})


def disk_full(*_: object) -> NoReturn:
    """In place of a function of the system that writes."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a file")


def queue(folder: Path, engine: Any = None, limits: Limits = LIMITS) -> JobQueue:
    return JobQueue(folder / "data", engine or PlayedEngine(), limits)


def a_job(id: str = "a", **said: Any) -> Job:
    """A job; ``said`` is of its request, its state or itself."""
    sources = {"content": Source("astronaut", (400, 600)), "style": Source("impasto", (512, 512))}
    asked = {"id": id, "number": 1, "owner": "ann", "settings": SMALL, "key": "k"}
    values = {**asked, **sources, **said}
    request, state = (
        {field.name: values.pop(field.name) for field in fields(record) if field.name in values}
        for record in (JobRequest, JobState)
    )
    return Job(request=JobRequest(**request), state=JobState(**state), **values)


async def until(job: Job, wanted: EventKind) -> JobEvent:
    async for event in job.events():
        if event.kind is wanted:
            return event
    raise AssertionError(f"it ended without {wanted}")


async def all_events(job: Job, after: int = 0) -> list[JobEvent]:
    return [event async for event in job.events(after)]


def percents(events: Iterable[JobEvent]) -> list[int]:
    return [event.percent for event in events if event.percent is not None]


async def settled(jobs: JobQueue) -> None:
    """Wait until all runs have ended."""
    await asyncio.gather(*jobs._scheduler.following)
