"""The folder that everything is kept in: one sub-folder a job, and a lock on the whole."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from filelock import FileLock, Timeout

from artstyle.errors import DataError, DiskError

if TYPE_CHECKING:
    from artstyle.jobs.task import Made

FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class JobFiles:
    """The files of one job."""

    folder: Path

    @property
    def content(self) -> Path:
        """The photo, a PNG."""
        return self.folder / "content.png"

    @property
    def style(self) -> Path:
        """The painting, a PNG."""
        return self.folder / "style.png"

    @property
    def savepoint(self) -> Path:
        """Where the run goes on after an interruption."""
        return self.folder / "savepoint.npz"

    @property
    def history(self) -> Path:
        """The loss at each iteration."""
        return self.folder / "history.json"

    @property
    def result(self) -> Path:
        """The finished picture in full size, a PNG."""
        return self.folder / "result.png"

    @property
    def start(self) -> Path:
        """What the run began with, a JPEG to look at."""
        return self.folder / "start.jpg"

    def picture(self, name: str) -> Path | None:
        """Give the file of a picture to look at, a JPEG, or None for a name that has none.

        Names: content, style, content-thumb, style-thumb, start, preview, stage-N,
        snapshot-20 … snapshot-80.
        """
        return self.folder / f"{name}.jpg" if PICTURES.fullmatch(name) else None

    def show(self, name: str, jpeg: bytes) -> None:
        """Write a picture to look at; raises `DiskError`."""
        path = self.picture(name)
        assert path is not None, name
        write(path, jpeg)

    def keep(self, made: Made) -> None:
        """Write what a worker has made; raises `DiskError`."""
        paths = {"savepoint": self.savepoint, "history": self.history, "result": self.result}
        if made.name in paths:
            write(paths[made.name], made.data, durable=made.name == "result")
        elif self.picture(made.name) is None:  # workers may be on other machines
            raise ValueError(f"a worker has made no file of a job: {made.name!r}")
        else:
            self.show(made.name, made.data)


PICTURES = re.compile(
    "(content|style)(-thumb)?|start|preview|stage-[1-9]|snapshot-(20|40|60|80)", re.ASCII
)


class Folder:
    """The data folder of one running program."""

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is touched yet."""
        self.path = path
        self._lock = FileLock(path / "lock", thread_local=False)

    @property
    def database(self) -> Path:
        """Where the jobs are listed."""
        return self.path / "jobs.sqlite"

    def acquire(self) -> None:
        """Make the folder and take it for this process; raises `DataError`."""
        try:
            (self.path / "jobs").mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise DataError(
                f"the folder {self.path} is in use by another lab or bot: "
                "stop that one, or name another folder with --data"
            ) from error
        except OSError as error:
            raise DataError(
                f"the folder {self.path} can't be used ({error.strerror}): "
                "name another one with --data"
            ) from error

    def release(self) -> None:
        """Let another process have the folder."""
        self._lock.release()

    def job(self, id: str) -> JobFiles:
        """Give the files of a job."""
        return JobFiles(self.path / "jobs" / id)

    def remove(self, id: str) -> None:
        """Delete the files of a job."""
        shutil.rmtree(self.job(id).folder, ignore_errors=True)

    def sweep(self, known: Iterable[str], ended: Iterable[str]) -> None:
        """Delete what an interruption left: folders of no job, half-written files.

        Of jobs that have ended, savepoints go too.
        """
        for id in ended:
            self.job(id).savepoint.unlink(missing_ok=True)
        ids = set(known)
        for folder in (self.path / "jobs").iterdir():
            if folder.name not in ids:
                shutil.rmtree(folder, ignore_errors=True)
            for part in folder.glob(".*"):
                part.unlink(missing_ok=True)


def write(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file whole or not at all; a durable one survives a power failure too.

    Raises `DiskError`.
    """
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    with disk_errors():
        try:
            with part.open("wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the system says about a disk into a `DiskError` for the user."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskError(
                "the disk is full, so the picture can't be kept: free some space, then try again"
            ) from error
        raise DiskError(
            f"{error.filename or 'a file'} can't be written ({error.strerror}): "
            "check the data folder"
        ) from error
