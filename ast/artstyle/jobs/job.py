"""A job: two pictures, settings, and what has become of them so far."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from artstyle.jobs.events import (
    Advanced,
    Cancelled,
    Done,
    Event,
    Failed,
    Milestone,
    Queued,
    Signal,
    Suspended,
)
from artstyle.progress import MILESTONES

if TYPE_CHECKING:
    from artstyle.progress import Step
    from artstyle.settings import Settings
    from artstyle.style.pyramid import Size


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (State.QUEUED, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Source:
    """One of the two pictures of a job, as it is kept."""

    name: str
    """What to call it, never a user's file name."""
    size: Size
    """(height, width) in px, as it was given."""


@dataclass(eq=False, slots=True, kw_only=True)
class Job:
    """One picture to be made. Changed by its `JobQueue` alone, on the event loop."""

    id: str
    """Unguessable; letters and digits."""
    number: int
    """Counts submissions; orders jobs."""
    owner: str
    content: Source
    style: Source
    settings: Settings
    """As asked for."""
    used: Settings | None = None
    """With the levels and iterations that are really used, known once it runs."""
    preset: str | None = None
    """The name of the preset that the settings began with."""
    key: str
    """The same for the same pictures and settings."""
    private: bool = False
    """Shown to nobody but its owner and whoever runs the program."""
    created: float = field(default_factory=time.time)
    """Seconds since 1970, as are the other times."""
    started: float | None = None
    ended: float | None = None
    state: State = State.QUEUED
    position: int | None = None
    """1 for the next one to run; while queued only."""
    step: Step | None = None
    """The last iteration."""
    preview: int = 0
    """Grows with each preview and is never the same twice; 0 means that there is none yet."""
    stages: int = 0
    """How many stages have ended and left a picture."""
    milestone: int = 0
    """The highest of 20, 40, 60, 80, 100 percent that was reached and has a picture."""
    network: str | None = None
    """The network really used, known once it runs."""
    doing: str | None = None
    """What takes its time before the first iteration: loading the network, …"""
    moves: int = 0
    """How often the machine that made it was lost and another went on, since the program began."""
    reason: str | None = None
    """Why it failed, for the user."""
    suspended: bool = False
    """The program stops; the job goes on at the next start."""
    version: int = 0
    """Of the queue's signal, when this job last changed."""
    signal: Signal = field(default_factory=Signal, repr=False)

    @property
    def milestones(self) -> list[int]:
        """The percentages reached so far."""
        return [percent for percent in MILESTONES if percent <= self.milestone]

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        """Tell how the job stands and then of everything that happens, up to its end.

        The first event is the present state; the last one is `Done`, `Failed`, `Cancelled`
        or `Suspended`. In between, a slow listener gets the newest state only, but every
        `Milestone` above ``after`` percent once and in order.
        """
        seen = -1
        while True:
            change = self.signal.next()
            seen, news = self.signal.version, self.signal.version != seen
            end = self._end()
            if news and end is None:
                yield self._now()
            for percent in [each for each in self.milestones if each > after]:
                after = percent
                yield Milestone(percent)
            if end is not None:
                yield end
                return
            await change.wait()

    def _now(self) -> Event:
        if self.state is State.QUEUED:
            return Queued(self.position or 1)
        return Advanced(self.step, self.preview, self.doing, self.moves)

    def _end(self) -> Event | None:
        match self.state:
            case State.DONE:
                return Done()
            case State.FAILED:
                return Failed(self.reason or "")
            case State.CANCELLED:
                return Cancelled()
        return Suspended() if self.suspended else None
