"""What a job tells its listeners, and how they are woken."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artstyle.progress import Step


@dataclass(frozen=True, slots=True)
class Queued:
    """The job waits."""

    position: int
    """1 for the next one to run."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """The job runs."""

    step: Step | None
    """The last iteration, or None before the first."""
    preview: int
    """Grows with each preview, so that a listener knows when there is a new one."""
    doing: str | None
    """What takes its time before the first iteration."""
    moves: int = 0
    """How often it was moved to another machine."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """20, 40, 60, 80 or 100 percent are done, and there is a picture of it."""

    percent: int


@dataclass(frozen=True, slots=True)
class Done:
    """The last event of a job whose result is there."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The last event of a job that couldn't end."""

    reason: str
    """For the user."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The last event of a job that was cancelled or removed."""


@dataclass(frozen=True, slots=True)
class Suspended:
    """The last event of a job that goes on when the program is started again."""


Event = Queued | Advanced | Milestone | Done | Failed | Cancelled | Suspended


class Signal:
    """Wakes all who wait for a change; whoever is late sees only that there was one."""

    def __init__(self) -> None:
        """Begin without a change."""
        self.version = 0
        self._next = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Give what is set at the next change; take it before looking at the state."""
        return self._next

    def changed(self) -> None:
        """Wake everyone."""
        self.version += 1
        event, self._next = self._next, asyncio.Event()
        event.set()
