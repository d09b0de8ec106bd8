"""A list of jobs as version 0.1 wrote it."""

import sqlite3
from pathlib import Path
from typing import Any

SCHEMA_1 = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, owner TEXT NOT NULL,
    key TEXT NOT NULL, state TEXT NOT NULL, preset TEXT,
    content TEXT NOT NULL, style TEXT NOT NULL, settings TEXT NOT NULL, used TEXT,
    created REAL NOT NULL, started REAL, ended REAL,
    step TEXT, preview INTEGER NOT NULL, stages INTEGER NOT NULL, milestone INTEGER NOT NULL,
    network TEXT, reason TEXT, private INTEGER NOT NULL
) STRICT;
PRAGMA user_version = 1
"""
STEP_1 = (
    '{"percent": 42.5, "iteration": 42, "iterations": 100, "stage": 1, "stages": 1, '
    '"sizes": [[64, 85]], "size": [64, 85], '
    '"levels": [{"content": 0.5, "style": 0.25, "tv": 0.125}], '
    '"seconds": 1.0, "seconds_left": 2.0, "note": null}'
)
ROW_1 = {
    "content": '{"name": "astronaut", "size": [400, 600]}',
    "style": '{"name": "impasto", "size": [512, 512]}',
    "settings": '{"levels": 2, "content_weight": 0.08, "seed": 7, "memory": null}',
    **{"owner": "ann", "key": "k", "state": "queued", "created": 1.25},
    **dict.fromkeys(("preset", "used", "started", "ended", "step", "network", "reason")),
    **dict.fromkeys(("preview", "stages", "milestone", "private"), 0),
}


def write_version_1(path: Path, *rows: dict[str, Any]) -> None:
    """Write a database as version 0.1 did; rows give what differs from `ROW_1`."""
    with sqlite3.connect(path) as database:
        database.executescript(SCHEMA_1)
        for number, row in enumerate(rows, 1):
            values = {"id": f"job{number}", "number": number, **ROW_1, **row}
            marks = ", ".join("?" * len(values))
            database.execute(
                f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})", [*values.values()]
            )
