"""Accepting jobs: within the limits, whole or not at all."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from artstyle.errors import OwnerFull, QueueClosing, QueueFull, restore
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.job import Job, JobRequest
from artstyle.jobs.limits import Limits
from artstyle.jobs.pause import Pause
from artstyle.jobs.store import JobStore
from artstyle.jobs.submission import Submission


class Intake:
    def __init__(self, folder: DataFolder, store: JobStore, pause: Pause, limits: Limits) -> None:
        self._folder, self._store, self._limits = folder, store, limits
        self._pause = pause
        self._preparing: Counter[str] = Counter()  # jobs by owner whose pictures are decoded
        self._decoder = ThreadPoolExecutor(1, "decode")  # one large picture at a time
        self._closed = False

    def close(self) -> None:
        self._closed = True
        self._decoder.shutdown(wait=False, cancel_futures=True)

    async def accept(self, submission: Submission) -> Job:
        """Make a job if the limits allow it.

        Raises `QueueError`, `PictureError` or `DiskError`; then nothing is kept.
        """
        self._check_limits(submission)
        id = secrets.token_hex(16)
        self._preparing[submission.owner] += 1
        try:
            job = Job(request=await self._store_pictures(submission, id))
            await self._store.add(job)
            await asyncio.to_thread(self._folder.accept, id)
        except BaseException:
            await asyncio.shield(self._undo(id))
            raise
        finally:
            self._preparing[submission.owner] -= 1
        return job

    def _check_limits(self, submission: Submission) -> None:
        limits, owner = self._limits, submission.owner
        if self._closed:
            raise QueueClosing
        if self._pause.reason is not None:
            raise restore(self._pause.reason.code, self._pause.reason.data)
        unfinished = Counter(job.owner for job in self._store if not job.status.ended)
        unfinished += self._preparing
        if unfinished.total() >= limits.unfinished:
            raise QueueFull(limits.unfinished)
        if unfinished[owner] >= limits.per_owner and not submission.trusted:
            raise OwnerFull(limits.per_owner)

    async def _store_pictures(self, submission: Submission, id: str) -> JobRequest:
        content, style, key = await asyncio.get_running_loop().run_in_executor(
            self._decoder, lambda: (*submission.store(self._folder.arriving(id)), submission.key())
        )
        return JobRequest(
            id=id,
            number=self._store.next_number(),
            owner=submission.owner,
            content=content,
            style=style,
            settings=submission.settings,
            preset=submission.preset,
            key=key,
            private=submission.private,
        )

    async def _undo(self, id: str) -> None:
        """Remove what was stored; the row may be there though nobody waited for it."""
        marked = await self._store.delete(id)
        files = self._folder.arriving(id)
        await asyncio.to_thread(lambda: self._folder.remove(id) if marked else files.delete())
