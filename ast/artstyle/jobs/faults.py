"""Faults of the environment, such as a full disk, as errors."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from artstyle.errors import DiskBroken, DiskError, DiskFull, DiskUnwritable, FilesExhausted

FULL = {errno.ENOSPC, errno.EDQUOT}
EXHAUSTED = {errno.EMFILE, errno.ENFILE}
BROKEN = {errno.EIO, errno.EROFS, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN}
SQLITE_BROKEN = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


def disk_error(error: OSError | sqlite3.Error) -> DiskError:
    """What the system or SQLite reports of a disk, as one of our errors."""
    if (fault := _fault(error)) is not None:
        return fault
    if isinstance(error, OSError):
        return DiskUnwritable(Path(str(error.filename or "a file")), str(error.strerror))
    return DiskUnwritable(Path("jobs.sqlite"), str(error))


def environmental(error: BaseException) -> DiskError | None:
    """The fault of the environment that led to an error, if one did."""
    for each in _chain(error):
        if isinstance(each, DiskFull | FilesExhausted | DiskBroken):
            return each
        if (fault := _fault(each)) is not None:
            return fault
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__


def _fault(error: BaseException) -> DiskError | None:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more of the reason
        if code == sqlite3.SQLITE_FULL:
            return DiskFull()
        return DiskBroken(str(error)) if code in SQLITE_BROKEN else None
    number = error.errno if isinstance(error, OSError) else None
    if number in FULL:
        return DiskFull()
    if number in EXHAUSTED:
        return FilesExhausted()
    return DiskBroken(str(getattr(error, "strerror", ""))) if number in BROKEN else None
