"""A SQLite database with a thread of its own, so that no disk stops the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from artstyle.errors import DataError
from artstyle.jobs.faults import environmental

T = TypeVar("T")
Row = tuple[Any, ...]


class Database:
    """Runs statements in the order of their calls, each as a transaction.

    ``schema`` creates the newest version; ``migrations`` lead from version 1 to it. ``advice`` is
    what to do when the file is damaged.
    """

    def __init__(
        self, path: Path, schema: str, migrations: Sequence[str] = (), *, advice: str
    ) -> None:
        self._path, self._schema, self._migrations = path, schema, migrations
        self._advice = advice
        self._thread = ThreadPoolExecutor(1, path.stem)
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file or create it; raises `DataError`, also for one that is damaged."""
        await self.run(self._open)

    async def execute(
        self, statement: str, values: Row = (), *, after: Callable[[], None] = lambda: None
    ) -> list[Row]:
        """Run a statement, ``after`` something else in the same thread, and return its rows.

        Raises `sqlite3.Error`, as when the disk is full.
        """

        def work() -> list[Row]:
            after()
            return self._execute(statement, values)

        return await self.run(work)

    async def execute_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement with each of the rows, all or none; raises `sqlite3.Error`."""
        await self.run(lambda: self._execute_many(statement, rows))

    async def run(self, work: Callable[[], T]) -> T:
        """Do something between two statements."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def close(self) -> None:
        await self.run(self._close)
        self._thread.shutdown(wait=False)

    def _open(self) -> None:
        try:
            self._path.touch(0o600)  # its companions get the same permissions
            self._connection = sqlite3.connect(self._path, isolation_level=None)
            self._execute("PRAGMA journal_mode = WAL")
            self._execute("PRAGMA synchronous = FULL")  # what was accepted survives a power failure
            self._migrate(self._connection)
            ((verdict,),) = self._execute("PRAGMA quick_check(1)")
        except PermissionError as error:
            raise DataError(
                f"{self._path} can't be written ({error.strerror}): check whose it is"
            ) from error
        except (sqlite3.Error, OSError) as error:
            if fault := environmental(error):
                raise DataError(f"{self._path} can't be opened: {fault}") from error
            raise self.damaged(error) from error
        if verdict != "ok":
            raise self.damaged(verdict)

    def damaged(self, reason: object) -> DataError:
        """What to raise for a file that can't be read."""
        return DataError(f"{self._path} can't be read ({reason}): {self._advice}")

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

    def _execute_many(self, statement: str, rows: Sequence[Row]) -> None:
        assert self._connection is not None
        with self._connection as connection:  # commits, or takes all back
            connection.execute("BEGIN")
            connection.executemany(statement, rows)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
