"""Removes jobs: on request, and those that have been kept long enough."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from contextlib import suppress

from artstyle.errors import DiskError
from artstyle.jobs.ages import Ages
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.job import Job
from artstyle.jobs.limits import Limits
from artstyle.jobs.store import JobStore
from artstyle.jobs.table import JobTable

DAY = 24 * 3600.0
TIDY_SECONDS = 3600.0  # between checks for jobs that have been kept long enough


def expired(jobs: Iterable[Job], ages: Mapping[str, float], days: float, number: int) -> list[Job]:
    """The ended jobs that are older than ``days`` or more than ``number``, oldest first.

    ``ages`` are in seconds, by id; a job that isn't among them has just ended.
    """

    def order(job: Job) -> tuple[float, float]:
        return -ages.get(job.id, 0.0), job.state.ended or job.request.created

    ended = sorted((job for job in jobs if job.status.ended), key=order)
    surplus = max(0, len(ended) - number)
    return [
        job
        for index, job in enumerate(ended)
        if index < surplus or ages.get(job.id, 0.0) > days * DAY
    ]


async def sweep(folder: DataFolder, table: JobTable, keep: Container[str] = ()) -> list[str]:
    """Delete the files of the jobs that are marked as removed; returns those that still have some.

    Those of ``keep`` may be restored. Raises `DiskError`.
    """
    removed = [id for id in await table.removed() if id not in keep]
    gone = [id for id in removed if await asyncio.to_thread(folder.remove, id)]
    for id in gone:
        await table.forget(id)
    return [id for id in removed if id not in gone]


class Retention:
    def __init__(
        self,
        folder: DataFolder,
        table: JobTable,
        store: JobStore,
        ages: Ages,
        *,
        limits: Limits,
        remove: Callable[[Job], Awaitable[None]],
    ) -> None:
        self._folder, self._table, self._store = folder, table, store
        self._ages, self._limits, self._remove = ages, limits, remove
        self.keep: Container[str] = ()  # the ids of removed jobs that may be restored
        self._seen: dict[str, float] = {}  # by id, the time at which an ended job had no age

    async def serve(self) -> None:
        """Tidy now and then."""
        while True:
            await self.tidy()
            await asyncio.sleep(TIDY_SECONDS)

    async def ended(self, job: Job) -> None:
        """A run has ended."""
        if self._store.get(job.id) is None:  # the job was removed meanwhile
            await self.sweep()
        await self.tidy()

    async def sweep(self) -> None:
        """Delete the files of removed jobs; what the disk prevents is tried again later."""
        with suppress(DiskError):
            await sweep(self._folder, self._table, self.keep)

    def expires(self, job: Job) -> float | None:
        """When an ended job is removed, in seconds since 1970, if the program runs until then.

        It goes earlier where there are too many.
        """
        if not job.status.ended:
            return None
        return self._seen.get(job.id, job.state.ended or 0.0) + self._limits.keep_days * DAY

    async def tidy(self) -> None:
        """Remove the jobs that have been kept long enough."""
        try:
            ages = await self._ages.update()
        except sqlite3.Error:  # such as a full disk, which is noticed elsewhere
            return
        limits, now = self._limits, time.time()
        self._seen = {id: now - age for id, age in ages.items()}
        for job in expired(self._store, ages, limits.keep_days, limits.keep_jobs):
            await self._remove(job)
