"""How long jobs are kept, whatever the system's clock says."""

import sqlite3
import time
from pathlib import Path

import pytest
from tests.jobs import LIMITS, PlayedEngine, queue, submission, until

from artstyle.jobs import EventKind, Limits, ages
from artstyle.jobs.retention import DAY

WEEK = Limits(9, 9, keep_days=7, keep_jobs=9)


@pytest.fixture
async def ended(tmp_path: Path) -> str:
    """A folder with one job that has ended."""
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(submission())
        engine.runs[0].done()
        await until(job, EventKind.DONE)
        await jobs._retention.tidy()
    return job.id


async def left(folder: Path, limits: Limits = LIMITS, lived: float = 0) -> int:
    """How many jobs are left after a start, and after the program has run for some seconds."""
    async with queue(folder, limits=limits) as jobs:
        with pytest.MonkeyPatch.context() as patch:
            now, wall = time.monotonic() + lived, time.time() + lived
            patch.setattr(ages, "monotonic", lambda: now)
            patch.setattr(time, "time", lambda: wall)
            await jobs._retention.tidy()
        return len(jobs.all())


@pytest.mark.parametrize("days", [40, 4000, -40])
async def test_a_clock_that_jumps_expires_nothing_at_a_start(
    tmp_path: Path, ended: str, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    wrong = time.time() + days * DAY
    for now in (wrong, wrong + 60):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        assert await left(tmp_path) == 1
    monkeypatch.undo()  # the clock is right again
    assert await left(tmp_path) == 1


async def test_a_clock_that_jumps_while_the_program_runs_expires_nothing(
    tmp_path: Path, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with queue(tmp_path) as jobs:
        wrong = time.time() + 40 * DAY
        monkeypatch.setattr(time, "time", lambda: wrong)
        for _ in range(3):
            await jobs._retention.tidy()
        assert len(jobs.all()) == 1


async def test_the_time_in_which_the_program_runs_counts(tmp_path: Path, ended: str) -> None:
    assert await left(tmp_path, lived=29 * DAY) == 1
    assert await left(tmp_path, lived=2 * DAY) == 0


async def test_restarts_every_day_for_weeks_expire_what_is_old(
    tmp_path: Path, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, counts = time.time(), []
    for _ in range(45):  # the program runs for six hours, and then stops for eighteen
        monkeypatch.setattr(time, "time", lambda now=now: now)
        counts.append(await left(tmp_path, lived=DAY / 4))
        now += DAY
    assert counts.index(0) in (30, 31)


async def test_a_long_stop_counts_as_a_thirtieth_of_the_time(tmp_path: Path, ended: str) -> None:
    def stop(days: float) -> None:
        with sqlite3.connect(tmp_path / "data" / "jobs.sqlite") as database:
            database.execute("UPDATE clock SET seen = ?", (time.time() - days * DAY,))

    for _ in range(29):
        stop(100)
        assert await left(tmp_path, WEEK) == 1
    stop(100)
    assert await left(tmp_path, WEEK, lived=DAY / 30) == 0
