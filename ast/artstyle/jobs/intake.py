"""Taking jobs in: within the limits, whole or not at all."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from artstyle.errors import DiskError, QueueError
from artstyle.jobs.folder import Folder
from artstyle.jobs.job import Job
from artstyle.jobs.request import Request, write_sources
from artstyle.jobs.store import Store


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken, and how long it is kept."""

    unfinished: int
    """Jobs that wait or run, in all."""
    per_owner: int
    """Of these, from one owner."""
    keep_days: float
    """Days that an ended job is kept."""
    keep_jobs: int
    """Ended jobs that are kept at most."""


class Intake:
    """Makes jobs of requests and writes them down."""

    def __init__(self, folder: Folder, store: Store, limits: Limits) -> None:
        """Take where jobs are written down, and the limits."""
        self._folder, self._store, self._limits = folder, store, limits
        self._preparing: Counter[str] = Counter()  # jobs by owner whose pictures are decoded
        self._decoder = ThreadPoolExecutor(1, "decode")  # one large picture at a time
        self._closed = False

    def close(self) -> None:
        """Take nothing more."""
        self._closed = True
        self._decoder.shutdown(wait=False, cancel_futures=True)

    async def take(self, request: Request, jobs: Iterable[Job]) -> Job:
        """Make a job, if the limits allow it beside the jobs that there are.

        Raises `QueueError`, `PictureError` or `DiskError`; then nothing is kept.
        """
        self._check_limits(request, jobs)
        self._preparing[request.owner] += 1
        try:
            return await self._write(request)
        finally:
            self._preparing[request.owner] -= 1

    def _check_limits(self, request: Request, jobs: Iterable[Job]) -> None:
        limits = self._limits
        if self._closed:
            raise QueueError("the program is being stopped: try again when it is back")
        unfinished = Counter(job.owner for job in jobs if not job.state.ended) + self._preparing
        if unfinished.total() >= limits.unfinished:
            raise QueueError(
                f"the queue is full: {limits.unfinished} pictures wait or are being made, "
                "and more are not taken; try again later"
            )
        if unfinished[request.owner] >= limits.per_owner and not request.trusted:
            raise QueueError(
                f"{limits.per_owner} pictures of yours wait or are being made, and more are "
                "not taken from one person: wait for one to end, or cancel one"
            )

    async def _write(self, request: Request) -> Job:
        """Write down a job's pictures, then the job."""
        id = secrets.token_hex(16)
        try:
            job = await self._prepare(request, id)
            await self._store.save(job)
        except BaseException as error:
            await asyncio.shield(self._undo(id))
            if isinstance(error, sqlite3.Error):
                raise DiskError(f"the list of jobs can't be written ({error})") from error
            raise
        return job

    async def _prepare(self, request: Request, id: str) -> Job:
        loop, files = asyncio.get_running_loop(), self._folder.job(id)
        content, style, key = await loop.run_in_executor(
            self._decoder, lambda: (*write_sources(request, files), request.key())
        )
        return Job(
            id=id,
            number=self._store.next_number(),
            owner=request.owner,
            content=content,
            style=style,
            settings=request.settings,
            preset=request.preset,
            key=key,
            private=request.private,
        )

    async def _undo(self, id: str) -> None:
        """Take back a submission; its row may have been written though nobody waited for it."""
        with suppress(sqlite3.Error):
            await self._store.delete(id)
        await asyncio.to_thread(self._folder.remove, id)
