"""What an engine is given to do for a job, and what it reports while it does it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artstyle.jobs.folder import JobFiles

if TYPE_CHECKING:
    from artstyle.progress import Step
    from artstyle.settings import Settings


@dataclass(frozen=True, slots=True)
class Task:
    """A job as its worker sees it, with what an earlier run of it has come to."""

    id: str
    settings: Settings
    files: JobFiles
    preview: int
    stages: int
    milestone: int


@dataclass(frozen=True, slots=True)
class Doing:
    """Something takes its time before the first iteration."""

    what: str


@dataclass(frozen=True, slots=True)
class Began:
    """The run begins."""

    settings: Settings
    """With the levels and iterations that are really used."""
    network: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The run goes on, and its files with it."""

    step: Step
    preview: int
    stages: int
    milestone: int
    saved: bool
    """Whether a restart would go on from this very step."""


Report = Doing | Began | Moved


class Stop:
    """Asks a worker to stop before the next iteration."""

    def __init__(self) -> None:
        """Ask for nothing yet."""
        self._asked = threading.Event()
        self.keep = False

    @property
    def asked(self) -> bool:
        """Whether to stop."""
        return self._asked.is_set()

    def ask(self, *, keep: bool) -> None:
        """Stop; with ``keep`` a savepoint is written, to go on at the next start."""
        self.keep = keep
        self._asked.set()
