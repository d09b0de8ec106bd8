"""What the tests of the queue share: pictures, and an engine whose runs they play by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from artstyle.jobs import Job, JobQueue, Limits, Request
from artstyle.jobs.engine import Ended
from artstyle.jobs.events import Event
from artstyle.jobs.job import Source
from artstyle.jobs.task import Began, Moved, News, Task
from artstyle.progress import LossParts, Step
from artstyle.settings import Settings

LIMITS = Limits(unfinished=100, per_owner=60, keep_days=30, keep_jobs=100)
SMALL = Settings(network="vgg16", device="cpu", levels=1, iterations=3, base_size=64)


def picture(seed: int = 0, height: int = 72, width: int = 96, ending: str = ".png") -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.imencode(ending, cv2.resize(coarse, (width, height)))[1].tobytes()


PHOTO, PAINTING = picture(1), picture(2, 80, 64)


def request(owner: str = "ann", **said: Any) -> Request:
    values = {"owner": owner, "content": PHOTO, "style": PAINTING, "settings": SMALL}
    return Request(**{**values, **said})


def step(percent: float) -> Step:
    return Step(
        percent=percent,
        iteration=round(percent),
        iterations=100,
        stage=1,
        stages=1,
        sizes=((64, 85),),
        size=(64, 85),
        levels=(LossParts(0.5, 0.25, 0.125),),
        seconds=1.0,
        seconds_left=2.0,
    )


def moved(percent: float, *, milestone: int = 0, saved: bool = False) -> Moved:
    return Moved(step(percent), preview=1, stages=0, milestone=milestone, saved=saved)


class PlayedRun:
    """A run whose reports a test sends."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.stopped: str | None = None
        self._reports: asyncio.Queue[News | Ended] = asyncio.Queue()

    def stop(self, *, keep: bool) -> None:
        self.stopped = "keep" if keep else "drop"

    def send(self, report: News | Ended) -> None:
        self._reports.put_nowait(report)

    def done(self) -> None:
        self.send(Began(self.task.settings, "vgg16"))
        self.send(moved(100, milestone=80))
        self.send(Ended(True, None))

    async def reports(self) -> AsyncIterator[News | Ended]:
        while True:
            report = await self._reports.get()
            yield report
            if isinstance(report, Ended):
                return


class PlayedEngine:
    """Starts nothing; keeps the runs in the order in which they were begun."""

    def __init__(self, slots: int = 1) -> None:
        self.slots = slots
        self.runs: list[PlayedRun] = []
        self.changed: Callable[[], None] = lambda: None

    async def prepare(self) -> None:
        """Be ready at once."""

    def has_room(self, settings: Settings, running: Iterable[Settings]) -> bool:
        return len(list(running)) < self.slots

    def begin(self, task: Task) -> PlayedRun:
        self.runs.append(PlayedRun(task))
        return self.runs[-1]

    def notify(self, changed: Callable[[], None]) -> None:
        self.changed = changed

    async def close(self) -> None:
        """Hold nothing."""


def queue(folder: Path, engine: Any = None, limits: Limits = LIMITS) -> JobQueue:
    return JobQueue(folder / "data", engine or PlayedEngine(), limits)


def a_job(id: str = "a", **said: Any) -> Job:
    values = {
        "id": id,
        "number": 1,
        "owner": "ann",
        "content": Source("astronaut", (400, 600)),
        "style": Source("impasto", (512, 512)),
        "settings": SMALL,
        "key": "k",
    }
    return Job(**{**values, **said})


async def until(job: Job, wanted: type) -> Event:
    async for event in job.events():
        if isinstance(event, wanted):
            return event
    raise AssertionError(f"it ended without {wanted.__name__}")


async def all_events(job: Job, after: int = 0) -> list[Event]:
    return [event async for event in job.events(after)]
