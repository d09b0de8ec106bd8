"""Follows a run: stores what it reports and how it ends, and who is to blame for a failure."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import replace

from artstyle.errors import DiskBroken, DiskError, DiskFull, FilesExhausted, MachineLost
from artstyle.jobs.attempts import Attempts
from artstyle.jobs.disk import Disk
from artstyle.jobs.engine import Running
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.job import Failure, Job, JobState, JobStatus
from artstyle.jobs.messages import Ended, Outcome, Update
from artstyle.jobs.pause import Pause
from artstyle.jobs.store import JobStore

logger = logging.getLogger(__name__)

MOVES = 3  # to another machine before a job fails: it may be what brings machines down
BROKEN = 3  # times in a row that a disk breaks for one job alone before that fails


class Follower:
    def __init__(
        self, store: JobStore, folder: DataFolder, disk: Disk, *, pause: Pause, attempts: Attempts
    ) -> None:
        self._store, self._folder, self._disk = store, folder, disk
        self._pause, self._attempts = pause, attempts

    async def follow(self, job: Job, run: Running) -> Ended:
        """Store what a run reports, and how it ended."""
        await self._store.save(job)
        working: asyncio.Task[None] | None = None
        end = Ended(Outcome.STOPPED)
        try:
            async for report in run.reports():
                if isinstance(report, Ended):
                    end = report
                else:
                    working = working or asyncio.create_task(self._attempts.work(job.id))
                    await self._take(job, report)
        finally:
            if working is not None:
                working.cancel()
            await self._attempts.stopped(job.id)
        if end.failure and (fault := await self._fault(job, end.failure)):
            self._pause.begin(fault)
            return Ended(Outcome.HELD)
        await self._finish(job, end)
        return end

    async def _take(self, job: Job, report: Update) -> None:
        old, new = job.state, _merged(job.state, report.state)
        if report.saved or new.milestone != old.milestone or new.used != old.used:
            await self._store.save(job, new)
        else:
            self._store.change(job, new)
        if report.saved:
            job.broken = 0
            self._pause.worked()
            await self._attempts.saved(job.id)

    async def _fault(self, job: Job, failure: Failure) -> DiskError | None:
        """What the environment is to blame for, if it is; then the job goes on later."""
        try:
            await asyncio.to_thread(self._disk.probe)
        except DiskError as found:
            return found
        error = failure.error()
        job.broken += 1
        if isinstance(error, DiskBroken) and job.broken >= BROKEN:
            return None  # all else can be written
        return error if isinstance(error, DiskFull | FilesExhausted | DiskBroken) else None

    async def _finish(self, job: Job, end: Ended) -> None:
        """Store how a job ended; one that was only stopped continues at the next start."""
        failure, now = end.failure, time.time()
        if end.outcome is Outcome.LOST and job.state.moves >= MOVES:
            failure = Failure.of(MachineLost(MOVES + 1))
        if failure is not None:
            level = logging.ERROR if end.details else logging.INFO
            logger.log(level, "job %s failed: %s %s", job.id, failure.code, end.details)
            await self._store.save(job, status=JobStatus.FAILED, ended=now, failure=failure)
        elif end.outcome is Outcome.DONE:
            await self._store.save(job, status=JobStatus.DONE, ended=now, milestone=100)
        if job.status.ended and job not in self._store.unsaved:
            with suppress(OSError):
                await asyncio.to_thread(self._folder.job(job.id).delete_unfinished)


def _merged(old: JobState, new: JobState) -> JobState:
    """A worker's new state, except for what only the queue decides."""
    return replace(new, status=old.status, started=old.started, moves=old.moves)
