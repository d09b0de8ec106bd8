import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import a_job, step
from tests.version_1 import STEP_1, write_version_1

from artstyle.errors import DataError, Recorded
from artstyle.jobs import Failure, Job, JobStatus, Phase, Source
from artstyle.jobs.folder import DataFolder
from artstyle.jobs.pause import Pause
from artstyle.jobs.store import JobStore
from artstyle.jobs.table import JobTable
from artstyle.settings import Settings

FULL = {
    "status": JobStatus.FAILED,
    "preset": "high",
    "settings": Settings(levels=3, colors="photo", seed=2**63 - 1, memory=10**15),
    "used": Settings(levels=3, iterations=77),
    "private": True,
    "created": 1.25,
    "started": 2.5,
    "ended": 3.75,
    "step": step(42.5),
    "preview": 7,
    "stages": 2,
    "milestone": 40,
    "network": "vgg16",
    "phase": Phase.MOVING,
    "failure": Failure("recorded", {"reason": "the disk is “full”; DROP TABLE jobs"}),
}


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[JobStore]:
    table = JobTable(DataFolder(folder))
    store = JobStore(table, Pause())
    try:
        store.load(await table.open())
        yield store
    finally:
        await table.close()


async def reopened(folder: Path) -> list[Job]:
    async with opened(folder) as store:
        return list(store)


async def filled(folder: Path, *jobs: Job) -> None:
    async with opened(folder) as store:
        for job in jobs:
            await store.add(job)


async def test_a_job_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    jobs = [a_job("b", number=2), a_job("a", number=1, **FULL)]
    await filled(tmp_path, *jobs)
    second, first = await reopened(tmp_path)  # by number
    assert (first.request, first.state) == (jobs[0].request, jobs[0].state)
    assert (second.request, second.state) == (jobs[1].request, jobs[1].state)


async def test_further_pictures_come_back_and_earlier_rows_have_none(tmp_path: Path) -> None:
    further: Any = {"style_2": Source("impasto", (8, 9)), "mask": Source("mask", (4, 5), 0.25)}
    job = a_job(further=further)
    await filled(tmp_path, job)
    (again,) = await reopened(tmp_path)
    assert again.request == job.request and again.request.further == further
    assert [each.name for each in again.request.styles] == ["impasto", "impasto"]
    assert [(each.code, each.data["role"]) for each in again.warnings] == [("picture-cut", "mask")]
    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        database.execute("UPDATE jobs SET request = json_remove(request, '$.further')")
    (old,) = await reopened(tmp_path)
    assert old.request == replace(job.request, further={})


async def test_saving_replaces_and_deleting_forgets(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert list(store) == []
        job = a_job()
        await store.add(job)
        assert await store.save(job, status=JobStatus.DONE)
        assert not await store.save(job, status=JobStatus.CANCELLED)  # it had ended
        await store.add(a_job("other", number=2))
        assert await store.delete("other")
    assert [job.status for job in await reopened(tmp_path)] == [JobStatus.DONE]


@pytest.mark.parametrize("content", [b"no database" * 1000, b"SQLite format 3\0" + b"\1" * 5000])
async def test_a_damaged_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "jobs.sqlite").write_bytes(content)
    with pytest.raises(DataError, match="start it with --rebuild"):
        await reopened(tmp_path)
    assert (tmp_path / "jobs.sqlite").read_bytes() == content


async def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    await filled(tmp_path, a_job())
    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(DataError, match="written by a newer version"):
        await reopened(tmp_path)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("request", {"settings": {"levels": 99}}),
        ("request", {"settings": 7}),
        ("request", {"content": {}}),
        ("state", {"status": "dreaming"}),
        ("state", {"step": {"percent": 3}}),
        ("state", None),
    ],
)
async def test_a_row_that_makes_no_sense_is_left_out_and_left_alone(
    tmp_path: Path, column: str, values: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await filled(tmp_path, a_job("bad"), a_job("good", number=2))
    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        ((text,),) = database.execute(f"SELECT {column} FROM jobs WHERE id = 'bad'")
        text = json.dumps({**json.loads(text), **values}) if values else "{"
        database.execute(f"UPDATE jobs SET {column} = ? WHERE id = 'bad'", (text,))
    async with opened(tmp_path) as store:
        assert [job.id for job in store] == ["good"]
    assert "job bad can't be read" in caplog.text


async def test_a_setting_that_this_version_doesnt_know_is_dropped(tmp_path: Path) -> None:
    await filled(tmp_path, a_job(settings=Settings(seed=5)))
    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        database.execute('UPDATE jobs SET request = replace(request, \'"seed"\', \'"x":1,"seed"\')')
    (job,) = await reopened(tmp_path)
    assert job.request.settings == Settings(seed=5)


BESIDES = "TABLE removed", "TABLE clock", "TABLE ages", "TABLE attempts"


async def test_jobs_from_before_there_was_a_choice_of_content_loss_have_the_only_one(
    tmp_path: Path,
) -> None:
    used = Settings(levels=1, iterations=77)
    jobs = [a_job("begun", settings=Settings(seed=5), used=used), a_job("waiting", number=2)]
    await filled(tmp_path, *jobs, a_job("odd", number=3))
    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        for column in ("request", "state"):
            for name in ("settings", "used"):
                left = f"json_remove({column}, '$.{name}.content_loss', '$.{name}.realism')"
                database.execute(f"UPDATE jobs SET {column} = {left}")
        database.execute("UPDATE jobs SET request = '{', state = '{' WHERE id = 'odd'")
        for each in ("TRIGGER remember_removed", *BESIDES):
            database.execute(f"DROP {each}")
        database.execute("PRAGMA user_version = 2")
    for _ in range(2):  # the second time there is nothing to migrate
        begun, waiting = await reopened(tmp_path)
        assert begun.request.settings == Settings(seed=5, content_loss="features")
        assert begun.state.used == replace(used, content_loss="features")
        assert waiting.request.settings.content_loss == "features" and waiting.state.used is None


async def test_jobs_from_before_there_were_three_ways_of_colours_keep_theirs(
    tmp_path: Path,
) -> None:
    used = Settings(levels=1, iterations=77, seed=2**63 - 1)
    jobs = [a_job("kept", settings=Settings(seed=5), used=used), a_job("painted", number=2)]
    await filled(tmp_path, *jobs, a_job("odd", number=3))
    earlier = "json_remove(json_set({0}, '$.{1}.keep_colors', json('{2}')), '$.{1}.colors')"
    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        for id, kept in (("kept", "true"), ("painted", "false")):
            for column, name in (("request", "settings"), ("state", "used")):
                if (id, name) != ("painted", "used"):  # it hasn't run
                    value = earlier.format(column, name, kept)
                    database.execute(f"UPDATE jobs SET {column} = {value} WHERE id = ?", (id,))
        database.execute("UPDATE jobs SET request = '{', state = '{' WHERE id = 'odd'")
        database.execute("PRAGMA user_version = 4")
    for _ in range(2):  # the second time there is nothing to migrate
        one, other = await reopened(tmp_path)
        assert one.request.settings == Settings(seed=5, colors="photo")
        assert one.state.used == replace(used, colors="photo")
        assert other.request.settings.colors == "painting" and other.state.used is None


async def test_a_database_of_version_0_1_is_migrated(tmp_path: Path) -> None:
    running = {"state": "running", "started": 2.5, "private": 1, "preset": "standard"}
    running |= {"used": '{"levels": 2, "iterations": 77}', "network": "vgg16", "step": STEP_1}
    running |= {"preview": 1760000000, "stages": 1, "milestone": 40}
    failed = {"state": "failed", "ended": 9.5, "reason": "the disk is full, isn't it"}
    write_version_1(
        tmp_path / "jobs.sqlite", running, failed, {"settings": "{", "state": "dreaming"}
    )
    for _ in range(2):  # the second time there is nothing to migrate
        first, second = await reopened(tmp_path)
    classical = partial(Settings, content_loss="features")  # there was no other
    asked = {"settings": classical(levels=2, seed=7), "preset": "standard", "private": True}
    reached = {"step": step(42.5), "preview": 1760000000, "stages": 1, "milestone": 40}
    used = {"used": classical(levels=2, iterations=77), "network": "vgg16"}
    same = a_job(
        "job1", created=1.25, **asked, status=JobStatus.RUNNING, started=2.5, **used, **reached
    )
    assert (first.request, first.state) == (same.request, same.state)
    assert second.state.failure is not None
    error = second.state.failure.error()
    assert isinstance(error, Recorded) and error.reason == "the disk is full, isn't it"
    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        ids = [id for (id,) in database.execute("SELECT id FROM jobs ORDER BY number")]
    assert ids == ["job1", "job2", "job3"]  # a row that can't be read is kept
