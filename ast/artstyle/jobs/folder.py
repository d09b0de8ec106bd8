"""The data folder: a lock, the databases, and a folder for each job.

``jobs/ID`` has an accepted job, ``incoming/ID`` one that isn't accepted yet, and ``lost`` what was
found in ``jobs`` at a start and can't be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from artstyle.errors import DataError, FolderGone
from artstyle.jobs import permissions
from artstyle.jobs.files import ID, JobFiles, disk_errors, is_folder

PROBE = bytes(2**20)
DATABASES = ("jobs.sqlite", "bot.sqlite")
FILES = ("lock", "token", "bot-heartbeat")


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "jobs.sqlite"
        self.jobs, self.incoming, self.lost = (path / n for n in ("jobs", "incoming", "lost"))
        self._lock = FileLock(path / "lock", mode=permissions.FILE, thread_local=False)
        self._opened: int | None = None  # the number of the database's file

    def acquire(self) -> None:
        """Create the folder, lock it and close it to other users; raises `DataError`."""
        try:
            self.path.mkdir(permissions.FOLDER, parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise DataError(
                f"the folder {self.path} is in use by another lab or bot: "
                "stop that one, or choose another folder with --data"
            ) from error
        except OSError as error:
            raise self._unusable(str(error.strerror)) from error
        try:
            self._prepare()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        self._lock.release()

    def job(self, id: str) -> JobFiles:
        return JobFiles(self.jobs / id)

    def arriving(self, id: str) -> JobFiles:
        """The files of a job that isn't accepted yet."""
        return JobFiles(self.incoming / id)

    def accept(self, id: str) -> None:
        """Move an accepted job to the others; raises `DiskError`."""
        with disk_errors():
            (self.incoming / id).rename(self.jobs / id)

    def remove(self, id: str) -> bool:
        """Delete a job's files; False if some of them are still there."""
        return all([self.job(id).delete(), self.arriving(id).delete()])

    def ids(self, parent: Path) -> Iterable[str]:
        """What is called like a job in a folder, links excepted."""
        return [
            each.name for each in parent.iterdir() if ID.fullmatch(each.name) and is_folder(each)
        ]

    def remember(self) -> None:
        """From now on, `check` tells whether the folder is still the one that it is now."""
        self._opened = self.database.stat().st_ino

    def check(self) -> None:
        """Raise `FolderGone` if the folder, or the database in it, is no longer the same."""
        with disk_errors():
            try:
                same = self.database.stat().st_ino == self._opened and self.jobs.is_dir()
            except (FileNotFoundError, NotADirectoryError):
                same = False
        if not same:
            raise FolderGone

    def probe(self) -> None:
        """Check that files can be written; raises `DiskError`."""
        self.check()
        part = self.jobs / f".artstyle-{uuid4().hex}.part"
        with disk_errors():
            try:
                with part.open("wb") as file:
                    file.write(PROBE)
                    file.flush()
                    os.fsync(file.fileno())
            finally:
                part.unlink(missing_ok=True)

    def _prepare(self) -> None:
        """Create what is missing and close all of it to other users."""
        folders = self.jobs, self.incoming, self.lost
        ends = ("", "-wal", "-shm")
        files = [self.path / f"{name}{end}" for name in DATABASES for end in ends]
        try:
            for each in folders:
                if each.is_symlink():
                    raise self._unusable(f"{each.name} in it is a link")
                each.mkdir(permissions.FOLDER, exist_ok=True)
            permissions.close(self.path, folders, [*files, *(self.path / name for name in FILES)])
        except OSError as error:
            raise self._unusable(str(error.strerror)) from error

    def _unusable(self, reason: str) -> DataError:
        return DataError(
            f"the folder {self.path} can't be used ({reason}): choose another one with --data"
        )
