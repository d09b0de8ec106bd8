"""Whether the disk of a data folder works."""

from __future__ import annotations

import os
from uuid import uuid4

from artstyle.errors import FolderGone
from artstyle.jobs.files import disk_errors
from artstyle.jobs.folder import DataFolder

PROBE = bytes(2**20)


class Disk:
    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._opened: int | None = None  # the number of the database's file

    def remember(self) -> None:
        """From now on, `check` tells whether the folder is still the one that it is now."""
        self._opened = self._folder.database.stat().st_ino

    def check(self) -> None:
        """Raise `FolderGone` if the folder, or the database in it, is no longer the same."""
        with disk_errors():
            try:
                number = self._folder.database.stat().st_ino
            except (FileNotFoundError, NotADirectoryError):
                raise FolderGone from None
        if number != self._opened or not self._folder.jobs.is_dir():
            raise FolderGone

    def probe(self) -> None:
        """Check that files can be written; raises `DiskError`."""
        self.check()
        part = self._folder.jobs / f".artstyle-{uuid4().hex}.part"
        with disk_errors():
            try:
                with part.open("wb") as file:
                    file.write(PROBE)
                    file.flush()
                    os.fsync(file.fileno())
            finally:
                part.unlink(missing_ok=True)
