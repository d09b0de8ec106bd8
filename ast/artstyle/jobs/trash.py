"""Removed jobs, which can be restored for some seconds before their files are deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container

from artstyle.jobs.job import Job
from artstyle.jobs.retention import Retention
from artstyle.jobs.store import JobStore
from artstyle.jobs.table import JobTable

SECONDS = 10.0  # in which a job can be restored


class Trash:
    """Hides jobs at once; the next start would delete their files if this program didn't.

    A job that waits or runs is cancelled, and stays so when it is restored.
    """

    def __init__(
        self,
        table: JobTable,
        store: JobStore,
        retention: Retention,
        cancel: Callable[[Job], Awaitable[bool]],
        running: Container[Job],
    ) -> None:
        """Workers may still write files of the jobs in ``running``."""
        self._table, self._store, self._retention = table, store, retention
        self._cancel, self._running = cancel, running
        self.seconds = SECONDS
        self._jobs: dict[str, Job] = {}
        self._emptying: set[asyncio.Task[None]] = set()
        retention.keep = self._jobs

    async def put(self, job: Job) -> None:
        """Remove a job."""
        await self._cancel(job)
        self._jobs[job.id] = job  # before the mark: no sweep may delete the files
        await self._store.delete(job.id)
        task = asyncio.create_task(self._later(job))
        self._emptying.add(task)
        task.add_done_callback(self._emptying.discard)

    async def restore(self, id: str) -> Job | None:
        """Bring a removed job back; None if it is too late. Raises `DiskError`."""
        job = self._jobs.pop(id, None)
        if job is not None:
            try:
                await self._table.forget(id)
                await self._store.add(job)
            except BaseException:
                self._jobs[id] = job
                raise
            self._store.notify(job)
        return job

    async def close(self) -> None:
        """Delete what can't be restored any more, since the program ends."""
        for task in self._emptying:
            task.cancel()
        jobs = list(self._jobs.values())
        self._jobs.clear()
        for job in jobs:
            await self.empty(job)

    async def empty(self, job: Job) -> None:
        """Delete the files of a removed job, unless that happens at the end of its run."""
        if job not in self._running:
            await self._retention.sweep()

    async def _later(self, job: Job) -> None:
        await asyncio.sleep(self.seconds)
        if self._jobs.pop(job.id, None) is not None:
            await self.empty(job)
