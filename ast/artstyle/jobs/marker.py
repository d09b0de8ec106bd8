"""Changes the marks of jobs, and keeps them as marks.json in the jobs' folders."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from artstyle.files import atomic_write
from artstyle.jobs.files import disk_errors
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.job import Job
from artstyle.jobs.marks import NO_MARKS, Marks
from artstyle.jobs.store import JobStore


def read(path: Path) -> Marks:
    """Read marks.json; without a readable one there are none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Marks)
    except (OSError, msgspec.MsgspecError):
        return NO_MARKS


def write(path: Path, marks: Marks) -> None:
    """Write marks.json; raises `DiskError`."""
    with disk_errors():
        atomic_write(path, msgspec.json.encode(marks))


class Marker:
    def __init__(self, folder: DataFolder, store: JobStore) -> None:
        self._folder, self._store = folder, store
        self._turns = asyncio.Lock()

    async def load(self, jobs: Iterable[Job]) -> None:
        all = list(jobs)
        paths = [self._folder.job(job.id).marks for job in all]
        found = await asyncio.to_thread(lambda: [read(path) for path in paths])
        for job, marks in zip(all, found, strict=True):
            job.marks = marks

    async def change(self, job: Job, **changes: Any) -> None:
        """Change a job's marks; raises `DiskError`."""
        async with self._turns:
            marks = replace(job.marks, **changes)
            if marks != job.marks:
                await asyncio.to_thread(write, self._folder.job(job.id).marks, marks)
                job.marks = marks
                self._store.notify(job)
