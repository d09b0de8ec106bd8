"""A job: what was asked for, where it stands, and one event for each change.

`JobRequest` never changes. `JobState` is replaced as a whole at each change; every `JobEvent`
carries the state at its moment. `Job` has both, and tells its listeners:
``async for event in job.events(after)``. A failed job's error is ``state.failure.error()``.

All records but `Job` are plain data for msgspec: ``msgspec.json.encode(record)``,
``msgspec.convert(data, JobState)``.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import msgspec

from artstyle import errors
from artstyle.errors import ArtstyleError, PictureCut
from artstyle.jobs.marks import NO_MARKS, Marks
from artstyle.jobs.signal import Signal
from artstyle.pictures.messages import Length
from artstyle.progress import MILESTONES, Step
from artstyle.roles import ROLES, STYLE_MASKS, STYLES, Role
from artstyle.settings import Settings
from artstyle.style.pyramid import Size


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self not in (JobStatus.QUEUED, JobStatus.RUNNING)


class Phase(StrEnum):
    """What takes its time before the first iteration."""

    STARTING = "starting"
    READING = "reading"
    LOADING = "loading"  # the network is loaded
    WAITING = "waiting"  # for a machine of the cluster
    MOVING = "moving"  # to another machine of the cluster


@dataclass(frozen=True, slots=True)
class Source:
    """One of the pictures of a job: the photo, a painting or a mask."""

    name: str  # what to call it, never a user's file name
    size: Size  # (height, width) in px
    missing: float | None = None  # the share of rows that the user's file, cut off, didn't have
    length: Length | None = None  # of a clip


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that can be stored and sent."""

    code: str
    data: dict[str, Any]

    @classmethod
    def of(cls, error: ArtstyleError) -> Self:
        return cls(error.code, msgspec.to_builtins(error.data, enc_hook=str))

    def error(self) -> ArtstyleError:
        return errors.restore(self.code, self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    id: str  # unguessable; letters and digits
    number: int  # counts submissions; orders jobs
    owner: str
    created: float = field(default_factory=time.time)  # seconds since 1970, as are the other times
    content: Source
    style: Source
    settings: Settings
    preset: str | None = None  # the name of the preset that the settings began with
    key: str  # the same for the same pictures and settings
    private: bool = False  # shown only to its owner and the operator
    idle: bool = False  # runs only while nobody else's job waits, and gives way to any
    callback: str | None = None  # an address that is told of its end
    further: dict[Role, Source] = field(default_factory=dict)  # other paintings, and masks

    @property
    def sources(self) -> dict[Role, Source]:
        """All pictures, in the order of `ROLES`."""
        given: dict[Role, Source] = {"content": self.content, "style": self.style, **self.further}
        return {role: given[role] for role in ROLES if role in given}

    @property
    def length(self) -> Length | None:
        """How long the clip is, if a clip is to be painted."""
        return self.content.length

    @property
    def frames(self) -> int:
        """About how many pictures are painted: one, or those of a clip."""
        return self.length.frames if self.length else 1

    @property
    def styles(self) -> list[Source]:
        """The paintings, in their order."""
        return [source for role, source in self.sources.items() if role in STYLES]

    @property
    def style_masks(self) -> list[Source]:
        """The region of each painting, if they have any."""
        return [source for role, source in self.sources.items() if role in STYLE_MASKS]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    status: JobStatus = JobStatus.QUEUED
    started: float | None = None
    ended: float | None = None
    used: Settings | None = None  # with the real levels and iterations, known once it runs
    network: str | None = None  # the one that is really used, known once it runs
    step: Step | None = None  # the last iteration
    frame: int = 0  # of a clip, the one that is being painted, from 1
    frames: int = 0  # about as many as it will have
    preview: int = 0  # grows with each preview and never repeats; 0 if there is none yet
    sketch: bool = False  # whether there is a sketch, which is shown before there is more to see
    stages: int = 0  # how many stages have ended and left a picture
    milestone: int = 0  # the highest of 20, 40, 60, 80, 100 percent that has a picture
    moves: int = 0  # how often it moved to another machine since the program began
    phase: Phase | None = None  # None from the first iteration on
    failure: Failure | None = None


class EventKind(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    MILESTONE = "milestone"  # 20, 40, 60, 80 or 100 percent are done and have a picture
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"  # the program stops; the job goes on at its next start


@dataclass(frozen=True, slots=True)
class JobEvent:
    kind: EventKind
    state: JobState
    position: int | None = None  # with ``queued``: 1 for the next one to run
    percent: int | None = None  # with ``milestone``


@dataclass(eq=False, slots=True, kw_only=True)
class Job:
    """One picture to be made. Only its `JobQueue` changes it, on the event loop."""

    request: JobRequest
    state: JobState = field(default_factory=JobState)
    marks: Marks = NO_MARKS
    address: str | None = None  # where it came from, if that was since the program's start
    position: int | None = None  # 1 for the next one to run; while queued only
    held: ArtstyleError | None = None  # why nothing moves, while the queue is paused
    suspended: bool = False  # the program stops; the job goes on at its next start
    expected: float | None = None  # seconds that its run takes, by earlier ones
    starts: float | None = None  # when a waiting job is expected to start, in seconds since 1970
    broken: int = 0  # times that the disk broke in its runs since a savepoint
    version: int = 0  # of the queue's signal, when this job last changed
    signal: Signal = field(default_factory=Signal, repr=False)

    @property
    def id(self) -> str:
        return self.request.id

    @property
    def owner(self) -> str:
        return self.request.owner

    @property
    def title(self) -> str | None:
        """What a user calls it; None where nobody said."""
        return self.marks.title

    @property
    def starred(self) -> bool:
        return self.marks.starred

    @property
    def status(self) -> JobStatus:
        return self.state.status

    @property
    def warnings(self) -> list[ArtstyleError]:
        """What the user should know about the pictures."""
        return [
            PictureCut.of(source.missing, role)
            for role, source in self.request.sources.items()
            if source.missing is not None
        ]

    @property
    def starts_in(self) -> float | None:
        """Seconds until a waiting job is expected to start; None while that isn't known."""
        return None if self.starts is None else max(0.0, self.starts - time.time())

    @property
    def milestones(self) -> list[int]:
        """The percentages reached so far."""
        return [percent for percent in MILESTONES if percent <= self.state.milestone]

    async def events(self, after: int = 0) -> AsyncIterator[JobEvent]:
        """The present state, then every change up to the end.

        The last event is ``done``, ``failed``, ``cancelled`` or ``suspended``. In between, a
        slow listener gets the newest state only, but every milestone above ``after`` percent
        once and in order.
        """
        seen = -1
        while True:
            change = self.signal.next()
            seen, changed = self.signal.version, self.signal.version != seen
            now, last = self._event(), self.suspended or self.status.ended
            if changed and not last:
                yield now
            for percent in [each for each in self.milestones if each > after]:
                after = percent
                yield JobEvent(EventKind.MILESTONE, self.state, percent=percent)
            if last:
                yield now
                return
            await change.wait()

    def _event(self) -> JobEvent:
        if self.suspended and not self.status.ended:
            return JobEvent(EventKind.SUSPENDED, self.state)
        position = self.position or 1 if self.status is JobStatus.QUEUED else None
        return JobEvent(EventKind(self.status), self.state, position)
