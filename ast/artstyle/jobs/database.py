"""A SQLite database with a thread of its own, so that no disk stops the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from artstyle.errors import DataError

WHAT_TO_DO = "move it away to start over, or choose another folder with --data"
T = TypeVar("T")
Row = tuple[Any, ...]


class Database:
    """Runs statements in the order of their calls, each as a transaction.

    ``schema`` creates the newest version; ``migrations`` lead from version 1 to it.
    """

    def __init__(self, path: Path, schema: str, migrations: Sequence[str] = ()) -> None:
        self._path, self._schema, self._migrations = path, schema, migrations
        self._thread = ThreadPoolExecutor(1, path.stem)
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file or create it; raises `DataError`."""
        await self._do(self._open)

    async def execute(self, statement: str, values: Row = ()) -> list[Row]:
        """Run a statement and return its rows; raises `sqlite3.Error`, as when the disk is full."""
        return await self._do(lambda: self._execute(statement, values))

    async def close(self) -> None:
        await self._do(self._close)
        self._thread.shutdown(wait=False)

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        try:
            self._connection = sqlite3.connect(self._path, isolation_level=None)
            self._execute("PRAGMA journal_mode = WAL")
            self._execute("PRAGMA synchronous = FULL")  # what was accepted survives a power failure
            self._migrate(self._connection)
        except sqlite3.Error as error:
            raise DataError(f"{self._path} can't be read ({error}): {WHAT_TO_DO}") from error

    def _migrate(self, connection: sqlite3.Connection) -> None:
        ((version,),) = self._execute("PRAGMA user_version")
        newest = 1 + len(self._migrations)
        if version > newest:
            raise DataError(
                f"{self._path} was written by a newer version of this program: update it, "
                "or choose another folder with --data"
            )
        if version < newest:
            script = ";".join(self._migrations[version - 1 :]) if version else self._schema
            connection.executescript(f"BEGIN; {script}; PRAGMA user_version = {newest}; COMMIT;")

    def _execute(self, statement: str, values: Row = ()) -> list[Row]:
        assert self._connection is not None
        return self._connection.execute(statement, values).fetchall()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
