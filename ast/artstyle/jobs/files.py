"""The data folder: a sub-folder for each job, and a lock on the whole."""

from __future__ import annotations

import errno
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from artstyle.errors import DataError, DiskFull, DiskUnwritable, PictureGone, Role
from artstyle.files import atomic_write
from artstyle.jobs.messages import Artifact, WorkOrder

if TYPE_CHECKING:
    from artstyle.jobs.job import JobRequest, JobState

FULL = (errno.ENOSPC, errno.EDQUOT)
PICTURES = re.compile(
    "(content|style)(-thumb)?|start|preview|stage-[1-9]|snapshot-(20|40|60|80)", re.ASCII
)


class JobFiles:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.savepoint = folder / "savepoint.npz"
        self.history = folder / "history.json"
        self.result = folder / "result.png"

    def source(self, role: Role) -> Path:
        """The photo or the painting in full size, a PNG."""
        return self.folder / f"{role}.png"

    def views(self, role: Role) -> tuple[Path, Path]:
        """The photo or the painting in two smaller sizes, JPEGs."""
        return self.folder / f"{role}.jpg", self.folder / f"{role}-thumb.jpg"

    def picture(self, name: str) -> Path | None:
        """The file of a picture to look at, a JPEG; None for an unknown name.

        Names: content, style, content-thumb, style-thumb, start, preview, stage-N,
        snapshot-20 … snapshot-80.
        """
        return self.folder / f"{name}.jpg" if PICTURES.fullmatch(name) else None

    def write(self, artifact: Artifact) -> None:
        """Write a file that a worker made; raises `DiskError`."""
        known = {path.stem: path for path in (self.savepoint, self.history, self.result)}
        path = known.get(artifact.name) or self.picture(artifact.name)
        if path is None:  # workers may be on other machines
            raise ValueError(f"a worker made an unknown file: {artifact.name!r}")
        with disk_errors():
            atomic_write(path, artifact.data, durable=path == self.result)

    def order(self, request: JobRequest, state: JobState) -> WorkOrder:
        """All that a worker needs; raises `PictureGone`."""
        return WorkOrder(
            id=request.id,
            settings=request.settings,
            state=state,
            content=self._read_source("content"),
            style=self._read_source("style"),
            savepoint=_read(self.savepoint),
            history=_read(self.history),
            begun=(self.folder / "start.jpg").is_file(),
        )

    def _read_source(self, role: Role) -> bytes:
        if (data := _read(self.source(role))) is None:
            raise PictureGone(role=role)
        return data


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.database = path / "jobs.sqlite"
        self._path, self._jobs = path, path / "jobs"
        self._lock = FileLock(path / "lock", thread_local=False)

    def acquire(self) -> None:
        """Create the folder and lock it for this process; raises `DataError`."""
        try:
            self._jobs.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise DataError(
                f"the folder {self._path} is in use by another lab or bot: "
                "stop that one, or choose another folder with --data"
            ) from error
        except OSError as error:
            raise DataError(
                f"the folder {self._path} can't be used ({error.strerror}): "
                "choose another one with --data"
            ) from error

    def release(self) -> None:
        self._lock.release()

    def job(self, id: str) -> JobFiles:
        return JobFiles(self._jobs / id)

    def remove(self, id: str) -> None:
        shutil.rmtree(self.job(id).folder, ignore_errors=True)

    def sweep(self, known: Iterable[str], ended: Iterable[str]) -> None:
        """Delete what an interruption left: folders of no job, half-written files.

        Of jobs that have ended, savepoints go too.
        """
        for id in ended:
            self.job(id).savepoint.unlink(missing_ok=True)
        ids = set(known)
        for folder in self._jobs.iterdir():
            if folder.name not in ids:
                shutil.rmtree(folder, ignore_errors=True)
            for part in folder.glob(".*"):
                part.unlink(missing_ok=True)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the system or SQLite reports of a disk into `DiskError`."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise DiskFull from error
        raise DiskUnwritable(Path("jobs.sqlite"), str(error)) from error
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull from error
        raise DiskUnwritable(Path(str(error.filename or "a file")), str(error.strerror)) from error
