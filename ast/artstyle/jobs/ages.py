"""How long ended jobs have been kept, by a clock that no wrong time can turn forward.

The clock counts the seconds in which the program runs. A stop counts by the system's time, but for
a thirtieth of the time that jobs are kept at most: a day of 30.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from time import monotonic

from artstyle.jobs.database import Database

STOP_SHARE = 1 / 30
ENDED = "iif(json_valid(state), json_extract(state, '$.status'), '')"


class Ages:
    def __init__(self, database: Database, keep_seconds: float) -> None:
        self._database, self._longest_stop = database, keep_seconds * STOP_SHARE
        self._lived = 0.0  # up to `_begun`
        self._begun = monotonic()

    async def load(self) -> None:
        """Go on with the clock; raises `sqlite3.Error`."""
        ((lived, seen),) = await self._database.execute("SELECT lived, seen FROM clock")
        stopped = max(0.0, time.time() - seen)  # clocks are set back
        self._lived = lived + min(stopped, self._longest_stop)
        self._begun = monotonic()

    async def update(self) -> Mapping[str, float]:
        """Store the clock; returns the age in seconds of each ended job, by id.

        Raises `sqlite3.Error`.
        """
        now = self._now()
        await self._database.execute("UPDATE clock SET lived = ?, seen = ?", (now, time.time()))
        await self._database.execute(
            "INSERT OR IGNORE INTO ages SELECT id, ? FROM jobs "
            f"WHERE {ENDED} IN ('done', 'failed', 'cancelled')",
            (now,),
        )
        await self._database.execute("DELETE FROM ages WHERE id NOT IN (SELECT id FROM jobs)")
        rows = await self._database.execute("SELECT id, since FROM ages")
        return {id: now - since for id, since in rows}

    def _now(self) -> float:
        return self._lived + monotonic() - self._begun
