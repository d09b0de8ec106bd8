"""All jobs of a data folder, in memory and on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from artstyle.errors import DiskError
from artstyle.jobs.job import Job, JobState
from artstyle.jobs.pause import Pause
from artstyle.jobs.signal import Signal
from artstyle.jobs.table import JobTable, Row


class JobStore:
    """Changes jobs, stores them, and wakes their listeners.

    What can't be stored because of the disk begins a pause, and is stored at its end.
    """

    def __init__(self, table: JobTable, pause: Pause) -> None:
        self.signal = Signal()  # set when anything happens to any job
        # called with a job whose state has changed, and the state before
        self.observers: list[Callable[[Job, JobState], None]] = []
        self.unsaved: set[Job] = set()
        self._undeleted: set[str] = set()
        self._table, self._pause = table, pause
        self._jobs: dict[str, Job] = {}
        self._last_number = 0
        self._saving = asyncio.Lock()

    def load(self, rows: list[Row]) -> None:
        """Take over the rows of the table, by number."""
        self._last_number = rows[-1].number if rows else 0
        self._jobs = {row.id: row.job for row in rows if row.job is not None}

    def __iter__(self) -> Iterator[Job]:
        """All jobs by number."""
        return iter(list(self._jobs.values()))

    def get(self, id: str) -> Job | None:
        return self._jobs.get(id)

    def next_number(self) -> int:
        """A number higher than that of any job."""
        self._last_number += 1
        return self._last_number

    async def add(self, job: Job) -> None:
        """Store a new job; raises `DiskError`."""
        await self._table.write(job.request, job.state)
        last = next(reversed(self._jobs.values()), job)
        self._jobs[job.id] = job
        self._undeleted.discard(job.id)  # it was removed and is restored
        if job.request.number < last.request.number:
            self._jobs = {each.id: each for each in sorted(self._jobs.values(), key=_number)}

    async def delete(self, id: str) -> bool:
        """Forget a job and mark it as removed; False if the mark has to wait for the disk."""
        job = self._jobs.pop(id, None)
        try:
            await self._table.delete(id)
        except DiskError as error:
            self._undeleted.add(id)
            self._pause.begin(error)
        if job is not None:
            self.unsaved.discard(job)
            self.notify(job)
        return id not in self._undeleted

    async def save(self, job: Job, state: JobState | None = None, **changes: Any) -> bool:
        """Store a new state, then make the change; False if the job has ended already."""
        async with self._saving:  # or an older state could overwrite a newer one
            if job.status.ended:
                return False
            new = replace(state or job.state, **changes)
            try:
                await self._table.write(job.request, new)
                self.unsaved.discard(job)
            except DiskError as error:
                self.unsaved.add(job)
                self._pause.begin(error)
            self.change(job, new)
            return True

    async def flush(self) -> None:
        """Store what couldn't be stored; raises `DiskError` if it still can't."""
        async with self._saving:
            for job in list(self.unsaved):
                await self._table.write(job.request, job.state)
                self.unsaved.discard(job)
            for id in list(self._undeleted):
                await self._table.delete(id)
                self._undeleted.discard(id)
            await self._table.probe()

    def change(self, job: Job, state: JobState) -> None:
        """Change a job without storing it, unless it has ended."""
        if not job.status.ended:
            before, job.state = job.state, state
            for observe in self.observers:
                observe(job, before)
            self.notify(job)

    def notify(self, job: Job) -> None:
        self.signal.changed()
        job.version = self.signal.version
        job.signal.changed()


def _number(job: Job) -> int:
    return job.request.number
