"""What an engine is given to do for a job, what a worker needs for it, and what it reports."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.errors import PictureError

if TYPE_CHECKING:
    from artstyle.jobs.folder import JobFiles
    from artstyle.progress import Step
    from artstyle.settings import Settings


@dataclass(frozen=True, slots=True)
class Task:
    """A job as its engine sees it, with what an earlier run of it has come to."""

    id: str
    settings: Settings
    files: JobFiles
    preview: int
    stages: int
    milestone: int

    def pack(self) -> Parcel:
        """Read all that a worker needs; raises `PictureError` if a picture is gone."""
        files = self.files
        return Parcel(
            id=self.id,
            settings=self.settings,
            content=_source(files.content, "the photo"),
            style=_source(files.style, "the painting"),
            savepoint=_read(files.savepoint),
            history=_read(files.history),
            begun=files.start.is_file(),
            preview=self.preview,
            stages=self.stages,
            milestone=self.milestone,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """All that a worker needs, on whatever machine it is: nothing else of a job reaches it."""

    id: str
    settings: Settings
    content: bytes
    style: bytes
    savepoint: bytes | None
    """Where an earlier run has come to."""
    history: bytes | None
    """Its losses, perhaps further than the savepoint."""
    begun: bool
    """Whether there is a picture of the start already."""
    preview: int
    stages: int
    milestone: int


def _source(path: Path, title: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{title} can't be read ({error.strerror}): send it again") from error


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # then the run begins anew
        return None


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
class Made:
    """A file of the job; it is written before anything that is reported later is told."""

    name: str
    """``savepoint``, ``history``, ``result``, or one of the pictures of `JobFiles.picture`."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Moved:
    """The run goes on, and its files with it."""

    step: Step
    preview: int
    stages: int
    milestone: int
    saved: bool
    """Whether a restart would go on from this very step."""


News = Doing | Began | Moved
"""What the queue hears."""
Report = News | Made
"""What a worker tells: the engine writes what was made and passes on the news."""


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
