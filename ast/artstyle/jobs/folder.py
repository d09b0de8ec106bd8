"""The data folder: a lock, the databases, and a folder for each job.

``jobs/ID`` has an accepted job, ``incoming/ID`` one that isn't accepted yet, and ``lost`` what was
found in ``jobs`` at a start and can't be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from artstyle.errors import DataError
from artstyle.jobs import permissions
from artstyle.jobs.files import ID, JobFiles, disk_errors, is_folder

DATABASES = ("jobs.sqlite", "bot.sqlite")
FILES = ("lock", "token", "bot-heartbeat")


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "jobs.sqlite"
        self.jobs, self.incoming, self.lost = (path / n for n in ("jobs", "incoming", "lost"))
        self._lock = FileLock(path / "lock", mode=permissions.FILE, thread_local=False)

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

    def _prepare(self) -> None:
        folders = self.jobs, self.incoming, self.lost
        ends = ("", "-wal", "-shm")
        files = [self.path / f"{name}{end}" for name in DATABASES for end in ends]
        try:
            for each in folders:
                if each.is_symlink():
                    raise self._unusable(f"{each.name} in it is a link")
                each.mkdir(permissions.FOLDER, exist_ok=True)
            for each in (self.path, *folders):
                if not os.access(each, os.W_OK | os.X_OK):
                    raise self._unusable(f"{each.name} can't be written")
            permissions.close(self.path, folders, [*files, *(self.path / name for name in FILES)])
        except OSError as error:
            raise self._unusable(str(error.strerror)) from error

    def _unusable(self, reason: str) -> DataError:
        return DataError(
            f"the folder {self.path} can't be used ({reason}): choose another one with --data"
        )
