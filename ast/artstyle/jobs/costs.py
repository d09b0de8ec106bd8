"""How long runs take here, by the finished ones."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from statistics import median
from typing import NamedTuple

from artstyle.jobs.job import Job, JobState, JobStatus
from artstyle.jobs.workers import Workers
from artstyle.progress import work
from artstyle.settings import Settings
from artstyle.style.pyramid import Size, stages
from artstyle.video.progress import later_iterations

NEWEST = 5  # finished runs of one kind and size that count
# Settings that change what a unit of work costs. Those that choose the hardware or the network
# count as they were asked for: "auto" is the same one from job to job.
KIND = (
    *("method", "network", "device", "precision", "memory"),
    *("content_loss", "style_loss", "optimizer", "schedule"),
)
Kind = tuple[str | None, ...]


class Run(NamedTuple):
    work: float
    seconds: float


class Costs:
    """What finished jobs took, from which others are estimated."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        # by kind, and by the power of two next to the run's work
        self._runs: defaultdict[Kind, dict[int, deque[Run]]] = defaultdict(dict)
        self._known: dict[tuple[Settings, Size, int], float | None] = {}

    def load(self, jobs: Iterable[Job]) -> None:
        """Learn from the jobs of earlier starts, the oldest first."""
        for job in jobs:
            self._learn(job)

    def observe(self, job: Job, _before: JobState) -> None:
        """Take in a change of a job's state."""
        self._learn(job)

    def expected_seconds(self, settings: Settings, content: Size, frames: int = 1) -> float | None:
        """How long a run takes; None if nothing like it has been measured yet.

        ``content`` is the photo's (height, width), or that of a clip of so many frames.
        """
        asked = settings, content, frames
        if asked not in self._known:
            self._known[asked] = self._estimate(settings, content, frames)
        return self._known[asked]

    def _estimate(self, settings: Settings, content: Size, frames: int) -> float | None:
        device = next(iter(self._workers.by_device), "cpu")
        wanted = _work(content, settings.resolved(device), frames)
        photos = self._runs.get(_kind(settings, 1), {})
        runs = self._runs.get(_kind(settings, frames)) or photos
        nearest = sorted(runs, key=lambda size: abs(size - math.log2(wanted)))[:2]
        measured = list(chain.from_iterable(runs[size] for size in nearest[:1]))
        return median(run.seconds / run.work for run in measured) * wanted if measured else None

    def _learn(self, job: Job) -> None:
        state = job.state
        used, step = state.used, state.step
        if state.status is not JobStatus.DONE or step is None or used is None:
            return
        if used.levels is None or used.iterations is None:
            return
        frames = job.request.frames
        done = _work(job.request.content.size, used, frames)
        runs = self._runs[_kind(job.request.settings, frames)]
        size = round(math.log2(done))
        runs.setdefault(size, deque(maxlen=NEWEST)).append(Run(done, step.seconds))
        self._known.clear()


def _work(content: Size, settings: Settings, frames: int) -> float:
    """The work of a photo; of a clip, whose later frames take a share of the last stage alone."""
    planned = stages(content, settings)
    last = planned[-1]
    later = replace(last, iterations=later_iterations(last.iterations))
    return work(planned) + (frames - 1) * work([later])


def _kind(settings: Settings, frames: int) -> Kind:
    moving = "clip" if frames > 1 else None  # whose motion takes time too
    return (*(getattr(settings, name) for name in KIND), moving)
