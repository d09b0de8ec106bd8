"""Starts the jobs whose turn it is and follows them to their end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from artstyle.errors import MachineLost
from artstyle.jobs.engine import Engine, Running
from artstyle.jobs.fair_queue import FairQueue
from artstyle.jobs.files import DataFolder
from artstyle.jobs.job import Failure, Job, JobState, JobStatus, Phase
from artstyle.jobs.messages import Ended, Outcome
from artstyle.jobs.store import JobStore

logger = logging.getLogger(__name__)

STOP_SECONDS = 3.0  # for the workers to write their savepoints; the whole shutdown has five
MOVES = 3  # to another machine before a job fails: it may be what brings machines down


class Scheduler:
    """Runs jobs on an engine, as many at a time as it has room for."""

    def __init__(
        self,
        store: JobStore,
        folder: DataFolder,
        engine: Engine,
        ended: Callable[[], Awaitable[None]],
    ) -> None:
        """``ended`` is called after each run."""
        self._store, self._folder, self._engine, self._ended = store, folder, engine, ended
        self._waiting = FairQueue()
        self.running: dict[Job, Running] = {}
        self.following: set[asyncio.Task[None]] = set()  # one for each that runs
        self._ready = self._stopping = False

    async def start(self) -> None:
        """Find out which hardware there is, and start jobs from now on."""
        try:
            await self._engine.prepare()
        except Exception:  # each job will fail with it
            logger.exception("the hardware can't be determined")
        self._ready = True
        self._engine.notify(self.dispatch)
        self.dispatch()

    def add(self, job: Job) -> None:
        self._waiting.add(job)
        self.dispatch()

    def withdraw(self, job: Job) -> None:
        """Stop a job, or don't start it."""
        if job in self.running:
            self.running[job].stop(keep=False)
        self._waiting.discard(job)
        job.position = None

    def stop(self) -> None:
        """Start nothing more, and let the workers write their savepoints."""
        self._stopping = True
        for running in self.running.values():
            running.stop(keep=True)

    async def close(self) -> None:
        """Wait for the workers, for some seconds."""
        if self.following:
            await asyncio.wait(self.following, timeout=STOP_SECONDS)
        for task in self.following:
            task.cancel()
        await asyncio.gather(*self.following, return_exceptions=True)

    def dispatch(self) -> None:
        """Start the next jobs, as far as there is room."""
        while self._ready and not self._stopping and (job := self._waiting.peek()):
            others = [each.request.settings for each in self.running]
            if not self._engine.has_room(job.request.settings, others):
                break
            self._begin(self._waiting.pop())
        for position, job in enumerate(self._waiting.order(), 1):
            if job.position != position:
                job.position = position
                self._store.notify(job)

    def _begin(self, job: Job) -> None:
        job.position = None
        phase = Phase.MOVING if job.state.moves else Phase.STARTING
        started = job.state.started or time.time()
        state = replace(job.state, status=JobStatus.RUNNING, phase=phase, started=started)
        self._store.change(job, state)
        self.running[job] = self._engine.begin(job, self._folder.job(job.id))
        task = asyncio.create_task(self._follow(job))
        self.following.add(task)
        task.add_done_callback(self.following.discard)

    async def _follow(self, job: Job) -> None:
        await self._store.save(job)
        end = Ended(Outcome.STOPPED)
        async for report in self.running[job].reports():
            if isinstance(report, Ended):
                end = report
                continue
            old, new = job.state, _merged(job.state, report.state)
            if report.saved or new.milestone != old.milestone or new.used != old.used:
                await self._store.save(job, new)
            else:
                self._store.change(job, new)
        await self._finish(job, end)
        del self.running[job]
        if end.outcome in (Outcome.LOST, Outcome.UNSENT):
            self._move(job, end)
        if self._store.get(job.id) is None:  # it was removed meanwhile
            await asyncio.to_thread(self._folder.remove, job.id)
        self.dispatch()
        if not self._stopping:
            await self._ended()

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
        if job.status.ended:
            with suppress(OSError):
                savepoint = self._folder.job(job.id).savepoint
                await asyncio.to_thread(savepoint.unlink, missing_ok=True)

    def _move(self, job: Job, end: Ended) -> None:
        """Let another machine continue a job from its savepoint, before all that wait."""
        if job.status.ended or self._stopping:
            return
        logger.warning("job %s moves to another machine: %s", job.id, end.details)
        # the database still has it as running: after a restart it comes first as well
        moves = job.state.moves + (end.outcome is Outcome.LOST)
        state = replace(job.state, status=JobStatus.QUEUED, phase=None, moves=moves)
        self._store.change(job, state)
        self._waiting.put_back(job)


def _merged(old: JobState, new: JobState) -> JobState:
    """A worker's new state, except for what only the queue decides."""
    return replace(new, status=old.status, started=old.started, moves=old.moves)
