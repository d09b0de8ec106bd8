"""Counts how often a job's run took the whole program down, so that it can't do so for ever.

A death of the program counts if it came during a run's work and before the next savepoint; a
savepoint sets the count back, and a run writes one after its first iteration. A job is given up
after `MOST_KILLS` deaths in which the system killed a process for lack of memory, or after
`MOST_DEATHS` of any kind. The second number is larger since a machine may lose its power, or an
operator may kill the program, at any moment.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path

from artstyle.jobs.database import Database

MOST_KILLS, MOST_DEATHS = 3, 10
WORK_SECONDS = 1.0  # of work before a death counts
STATISTICS = Path("/proc/vmstat")  # Linux counts there what it kills


def memory_kills() -> int:
    """How many processes the system has killed for lack of memory; 0 where it doesn't tell."""
    with suppress(OSError, ValueError):
        for line in STATISTICS.read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


class Attempts:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: set[str] = set()  # jobs that have a row

    async def load(self) -> None:
        """Count the deaths since the last start; raises `sqlite3.Error`."""
        await self._database.execute(
            "UPDATE attempts SET deaths = deaths + 1, kills = kills + (? > working), "
            "working = NULL WHERE working IS NOT NULL",
            (memory_kills(),),
        )
        await self._database.execute("DELETE FROM attempts WHERE id NOT IN (SELECT id FROM jobs)")
        rows = await self._database.execute("SELECT id FROM attempts")
        self._noted = {id for (id,) in rows}

    async def hopeless(self) -> dict[str, int]:
        """The jobs to give up, with the number of their attempts; raises `sqlite3.Error`."""
        rows = await self._database.execute(
            "SELECT id, deaths FROM attempts WHERE kills >= ? OR deaths >= ?",
            (MOST_KILLS, MOST_DEATHS),
        )
        return dict(rows)

    async def work(self, id: str) -> None:
        """Note that a run works, once it has worked for a moment; cancel it when the run ends."""
        await asyncio.sleep(WORK_SECONDS)
        self._noted.add(id)
        await self._write(
            "INSERT INTO attempts VALUES (?, 0, 0, ?) "
            "ON CONFLICT (id) DO UPDATE SET working = excluded.working",
            id,
            memory_kills(),
        )

    async def saved(self, id: str) -> None:
        """A savepoint was written."""
        if id in self._noted:
            self._noted.discard(id)
            await self._write("DELETE FROM attempts WHERE id = ?", id)

    async def stopped(self, id: str) -> None:
        """A run has ended, and the program goes on or ends in order."""
        if id in self._noted:
            await self._write("UPDATE attempts SET working = NULL WHERE id = ?", id)

    async def _write(self, statement: str, *values: str | int) -> None:
        with suppress(sqlite3.Error):  # a full disk is noticed elsewhere
            await self._database.execute(statement, values)
