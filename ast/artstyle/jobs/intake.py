"""Accepting jobs: within the limits, whole or not at all."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping
from functools import partial

from artstyle import sources
from artstyle.errors import AddressFull, MaskForClip, OwnerFull, QueueClosing, QueueFull, restore
from artstyle.jobs.decoders import Decoders
from artstyle.jobs.files import disk_errors
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.job import Job, JobRequest, Source
from artstyle.jobs.limits import Limits
from artstyle.jobs.marker import write as write_marks
from artstyle.jobs.marks import Marks
from artstyle.jobs.pause import Pause
from artstyle.jobs.store import JobStore
from artstyle.jobs.submission import Submission
from artstyle.pictures.messages import Size as Stored
from artstyle.roles import MASKS, STYLE_MASKS, STYLES, Role
from artstyle.settings import Settings


class Intake:
    def __init__(
        self,
        folder: DataFolder,
        store: JobStore,
        pause: Pause,
        *,
        limits: Limits,
        decoding: Decoders,
    ) -> None:
        self._folder, self._store, self._limits = folder, store, limits
        self._pause, self._decoding = pause, decoding
        self._preparing: Counter[str] = Counter()  # jobs by owner whose pictures are decoded
        self._arriving: Counter[str | None] = Counter()  # the same by address
        self._closed = False

    def close(self) -> None:
        self._closed = True
        self._decoding.close()

    async def accept(self, submission: Submission) -> Job:
        """Make a job if the limits allow it.

        Raises `QueueError`, `PictureError`, `ClipError`, `SettingsError` for settings that don't
        suit the pictures, or `DiskError`; then nothing is kept.
        """
        self._check_limits(submission)
        id = secrets.token_hex(16)
        self._preparing[submission.owner] += 1
        self._arriving[submission.address] += 1
        try:
            request = await self._store_pictures(submission, id)
            job = Job(request=request, address=submission.address)
            if submission.title:
                job.marks = Marks(title=submission.title)
                path = self._folder.arriving(id).marks
                await asyncio.to_thread(write_marks, path, job.marks)
            await self._store.add(job)
            await asyncio.to_thread(self._folder.accept, id)
        except BaseException:
            await asyncio.shield(self._undo(id))
            raise
        finally:
            self._preparing[submission.owner] -= 1
            self._arriving[submission.address] -= 1
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
        if submission.trusted:
            return
        if unfinished[owner] >= limits.per_owner:
            raise OwnerFull(limits.per_owner)
        if submission.address is not None:  # an owner is a cookie, which can be thrown away
            self._check_address(submission.address)

    def _check_address(self, address: str) -> None:
        jobs = [job for job in self._store if job.address == address and not job.status.ended]
        if len(jobs) + self._arriving[address] >= self._limits.per_address:
            raise AddressFull(self._limits.per_address)

    async def _store_pictures(self, submission: Submission, id: str) -> JobRequest:
        """Only the pixels are kept: nothing else of a user's file is ever stored or served."""
        submission.check()
        files = self._folder.arriving(id)
        store = partial(self._decoding.store, submission.address or submission.owner)
        with disk_errors():
            await asyncio.to_thread(files.folder.mkdir)
            pictures = {
                role: _source(submission.name(role), await store(role, data, files))
                for role, data in submission.pictures.items()
            }
        _check(pictures, submission.settings)
        return JobRequest(
            id=id,
            number=self._store.next_number(),
            owner=submission.owner,
            content=pictures.pop("content"),
            style=pictures.pop("style"),
            further=pictures,
            settings=submission.settings,
            preset=submission.preset,
            key=await asyncio.to_thread(submission.key),
            private=submission.private,
            idle=submission.idle,
            callback=submission.callback,
        )

    async def _undo(self, id: str) -> None:
        """Remove what was stored; the row may be there though nobody waited for it."""
        marked = await self._store.delete(id)
        files = self._folder.arriving(id)
        await asyncio.to_thread(lambda: self._folder.remove(id) if marked else files.delete())


def _check(pictures: Mapping[Role, Source], settings: Settings) -> None:
    """Check that the pictures go together, so that no run fails for it; raises `BadInput`."""
    sizes = {role: source.size for role, source in pictures.items()}
    styles = [sizes[role] for role in STYLES if role in sizes]
    if pictures["content"].length is not None:
        if mask := next((role for role in MASKS if role in sizes), None):
            raise MaskForClip(role=mask)
        sources.check_clip(sizes["content"], styles, settings)
        return
    sources.check(
        sizes["content"],
        styles,
        sizes.get("mask"),
        [sizes[role] for role in STYLE_MASKS if role in sizes],
        settings,
    )


def _source(name: str, stored: Stored) -> Source:
    if stored.length is not None and name == "photo":
        name = "clip"
    return Source(name, (stored.height, stored.width), stored.missing, stored.length)
