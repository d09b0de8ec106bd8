"""Sets a damaged database aside, so that the next start makes it anew from the jobs' folders."""

from __future__ import annotations

import time
from pathlib import Path

from artstyle.errors import DataError
from artstyle.jobs.folder import DataFolder


def set_aside(path: Path) -> Path | None:
    """Rename jobs.sqlite in a data folder by the date; returns the new path, if there was one.

    Raises `DataError`.
    """
    folder = DataFolder(path)
    folder.acquire()
    try:
        return _rename(folder.database)
    except OSError as error:
        raise DataError(f"{folder.database} can't be renamed ({error.strerror})") from error
    finally:
        folder.release()


def _rename(database: Path) -> Path | None:
    target = database.with_name(f"jobs-{time.strftime('%Y%m%d-%H%M%S')}.sqlite")
    for end in ("-wal", "-shm", ""):
        file = database.with_name(f"{database.name}{end}")
        if file.exists():
            file.rename(f"{target}{end}")
    return target if target.exists() else None
