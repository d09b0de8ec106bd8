"""A SQLite database with a thread of its own, so that no disk stops the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from artstyle.errors import DataError

WHAT_TO_DO = "move it away to begin anew, or name another folder with --data"
T = TypeVar("T")
Row = tuple[Any, ...]


class Database:
    """Statements in the order in which they are asked for, each a transaction."""

    def __init__(self, path: Path, schema: str, version: int) -> None:
        """Name the file, and the statements that make its tables in this version."""
        self._path, self._schema, self._version = path, schema, version
        self._thread = ThreadPoolExecutor(1, path.stem)
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, or make it; raises `DataError`."""
        await self._do(self._open)

    async def execute(self, statement: str, values: Row = ()) -> list[Row]:
        """Run a statement and give its rows; raises `sqlite3.Error`, as when the disk is full."""
        return await self._do(lambda: self._execute(statement, values))

    async def close(self) -> None:
        """Close the file."""
        await self._do(self._close)
        self._thread.shutdown(wait=False)

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        try:
            self._connect()
        except sqlite3.Error as error:
            raise DataError(f"{self._path} can't be read ({error}): {WHAT_TO_DO}") from error

    def _connect(self) -> None:
        # the one thread uses it, whichever thread that is
        self._connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False
        )
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = FULL")  # what was taken survives a power failure
        ((version,),) = self._execute("PRAGMA user_version")
        if version > self._version:
            raise DataError(
                f"{self._path} was written by a newer version of this program: update it, "
                "or name another folder with --data"
            )
        if version == 0:
            self._connection.executescript(
                f"BEGIN; {self._schema}; PRAGMA user_version = {self._version}; COMMIT;"
            )

    def _execute(self, statement: str, values: Row = ()) -> list[Row]:
        assert self._connection is not None
        return self._connection.execute(statement, values).fetchall()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
