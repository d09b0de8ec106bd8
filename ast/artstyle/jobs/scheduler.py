"""Starts the jobs whose turn it is and follows them to their end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from artstyle.jobs.engine import Engine, Running
from artstyle.jobs.fair_queue import FairQueue
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.follower import Follower
from artstyle.jobs.forecast import Forecast
from artstyle.jobs.job import Job, JobStatus, Phase
from artstyle.jobs.messages import Ended, Outcome
from artstyle.jobs.pause import Pause
from artstyle.jobs.store import JobStore

logger = logging.getLogger(__name__)

STOP_SECONDS = 3.0  # for the workers to write their savepoints; the whole shutdown has five


class Scheduler:
    """Runs jobs on an engine, as many at a time as it has room for."""

    def __init__(
        self,
        store: JobStore,
        folder: DataFolder,
        engine: Engine,
        *,
        pause: Pause,
        follower: Follower,
        forecast: Forecast,
        ended: Callable[[Job], Awaitable[None]],
    ) -> None:
        """``ended`` is called after each run."""
        self._store, self._folder, self._engine, self._ended = store, folder, engine, ended
        self._pause, self._follower, self._forecast = pause, follower, forecast
        pause.changed = self.dispatch
        self._waiting = FairQueue()
        self.running: dict[Job, Running] = {}
        self._yielding: set[Job] = set()  # that are stopped to make room
        self.following: set[asyncio.Task[None]] = set()  # one for each that runs
        self._ready = self._stopping = False

    async def start(self) -> None:
        """Find out which hardware there is, and start jobs from now on; raises `TorchError`."""
        await self._engine.prepare()
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
        job.position = job.starts = None

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
        """Start the next jobs, as far as there is room and no pause."""
        while self._may_begin() and (job := self._waiting.peek()):
            others = [each.request.settings for each in self.running]
            if not self._engine.has_room(job.request.settings, others):
                _make_room(job, self.running, self._yielding)
                break
            self._begin(self._waiting.pop())
        reason = self._pause.reason
        for position, job in enumerate(self._waiting.order(), 1):
            if (job.position, job.held) != (position, reason):
                job.position, job.held = position, reason
                self._store.notify(job)
        self.look_ahead()

    def look_ahead(self) -> None:
        """Say when the waiting jobs will start."""
        self._forecast.update(self.running, self._waiting.order())

    def _may_begin(self) -> bool:
        return self._ready and not self._stopping and self._pause.reason is None

    def _begin(self, job: Job) -> None:
        job.position = job.held = job.starts = None
        job.expected = self._forecast.whole(job)
        phase = Phase.MOVING if job.state.moves else Phase.STARTING
        started = job.state.started or time.time()
        state = replace(job.state, status=JobStatus.RUNNING, phase=phase, started=started)
        self._store.change(job, state)
        self.running[job] = self._engine.begin(job, self._folder.job(job.id))
        task = asyncio.create_task(self._follow(job))
        self.following.add(task)
        task.add_done_callback(self.following.discard)

    async def _follow(self, job: Job) -> None:
        end = await self._follower.follow(job, self.running[job])
        del self.running[job]
        gave_way = job in self._yielding
        self._yielding.discard(job)
        if gave_way or end.outcome in (Outcome.LOST, Outcome.UNSENT, Outcome.HELD):
            self._put_back(job, end)
        self.dispatch()
        if not self._stopping:
            await self._ended(job)

    def _put_back(self, job: Job, end: Ended) -> None:
        """Let a job continue from its savepoint, before all that wait."""
        if job.status.ended or self._stopping:
            return
        if end.outcome in (Outcome.LOST, Outcome.UNSENT):
            logger.warning("job %s moves to another machine: %s", job.id, end.details)
        # the database still has it as running: after a restart it comes first as well
        moves = job.state.moves + (end.outcome is Outcome.LOST)
        state = replace(job.state, status=JobStatus.QUEUED, phase=None, moves=moves)
        self._store.change(job, state)
        self._waiting.put_back(job)


def _make_room(job: Job, running: Mapping[Job, Running], yielding: set[Job]) -> None:
    """Let a run for idle times give way to a job; it continues later from its savepoint."""
    idle = [other for other in running if other.request.idle]
    if idle and not job.request.idle and not yielding:
        yielding.add(idle[0])
        running[idle[0]].stop(keep=True)
