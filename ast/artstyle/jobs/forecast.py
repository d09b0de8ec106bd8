"""When each waiting job will start, by what those before it take."""

from __future__ import annotations

import heapq
import time
from collections.abc import Collection, Sequence

from artstyle.jobs.costs import Costs
from artstyle.jobs.job import Job
from artstyle.jobs.store import JobStore
from artstyle.jobs.workers import Workers

TOLD = 0.2  # a change of this share of the waiting time is told
LEAST = 3.0  # and of so many seconds


class Forecast:
    def __init__(self, store: JobStore, costs: Costs, workers: Workers) -> None:
        self._store, self._costs, self._workers = store, costs, workers
        self._told: dict[Job, float | None] = {}

    def update(self, running: Collection[Job], waiting: Sequence[Job]) -> None:
        """Set when the waiting jobs start, and tell their listeners if that changes much."""
        now = time.time()
        for job in self._told.keys() - set(waiting):
            job.starts = None
        told, self._told = self._told, {}
        for job, seconds in zip(waiting, self._starts(running, waiting), strict=True):
            job.starts = None if seconds is None or job.held else now + seconds
            before = told.get(job)
            if _differs(before, job.starts, now):
                self._store.notify(job)
                before = job.starts
            self._told[job] = before

    def _starts(self, running: Collection[Job], waiting: Sequence[Job]) -> list[float | None]:
        """Seconds until each waiting job starts, if each place takes the next one."""
        places = max(1, self._workers.total, len(running))
        ends = [self._left(job) for job in running]
        ends += [0.0] * (places - len(ends))
        if not self._workers.total or None in ends:
            return [None] * len(waiting)
        free = [end for end in ends if end is not None]
        heapq.heapify(free)
        found: list[float | None] = []
        for job in waiting:
            found.append(free[0])
            cost = self._cost(job)
            if cost is None:  # nothing is known of those behind it
                return found + [None] * (len(waiting) - len(found))
            heapq.heapreplace(free, free[0] + cost)
        return found

    def _left(self, job: Job) -> float | None:
        step = job.state.step
        if step is not None and job.state.phase is None:
            return step.seconds_left
        return self._cost(job)

    def whole(self, job: Job) -> float | None:
        """The seconds that a job takes in all."""
        asked = job.request
        return self._costs.expected_seconds(asked.settings, asked.content.size, asked.frames)

    def _cost(self, job: Job) -> float | None:
        """What is left of a job that doesn't run at the moment."""
        whole = self.whole(job)
        done = job.state.step.percent / 100 if job.state.step else 0.0
        return None if whole is None else whole * (1 - done)


def _differs(before: float | None, after: float | None, now: float) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) > max(LEAST, TOLD * abs(after - now))
