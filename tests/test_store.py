import sqlite3
from dataclasses import fields
from pathlib import Path

import pytest
from tests.jobs import a_job, step

from artstyle.errors import DataError
from artstyle.jobs.job import Job, State
from artstyle.jobs.store import Store
from artstyle.settings import Settings

FULL = {
    "state": State.FAILED,
    "preset": "high",
    "settings": Settings(levels=3, keep_colors=True, seed=2**62, style_scale=0.3),
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
    "reason": "the disk is “full”; DROP TABLE jobs",
}
NOT_KEPT = {"position", "doing", "suspended", "version", "signal"}


def kept(job: Job) -> dict[str, object]:
    return {f.name: getattr(job, f.name) for f in fields(Job) if f.name not in NOT_KEPT}


async def reopened(path: Path) -> list[Job]:
    store = Store(path)
    try:
        return await store.load()
    finally:
        await store.close()


async def filled(path: Path, *jobs: Job) -> None:
    store = Store(path)
    await store.load()
    for job in jobs:
        await store.save(job)
    await store.close()


async def test_a_job_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    jobs = [a_job("b", number=2), a_job("a", number=1, **FULL)]
    await filled(tmp_path / "db", *jobs)
    back = await reopened(tmp_path / "db")
    assert [kept(job) for job in back] == [kept(jobs[1]), kept(jobs[0])]  # by number


async def test_saving_again_replaces_and_deleting_forgets(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    assert await store.load() == []
    job = a_job()
    await store.save(job)
    job.state = State.DONE
    await store.save(job)
    await store.save(a_job("other", number=2))
    await store.delete("other")
    await store.close()
    assert [job.state for job in await reopened(tmp_path / "db")] == [State.DONE]


@pytest.mark.parametrize("content", [b"no database" * 1000, b"SQLite format 3\0" + b"\1" * 5000])
async def test_a_damaged_database_is_told_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "db").write_bytes(content)
    with pytest.raises(DataError, match="move it away to begin anew, or name another folder"):
        await reopened(tmp_path / "db")
    assert (tmp_path / "db").read_bytes() == content


async def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    await filled(tmp_path / "db", a_job())
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(DataError, match="written by a newer version"):
        await reopened(tmp_path / "db")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("settings", '{"levels": 99}'),
        ("settings", "{"),
        ("settings", "7"),
        ("state", "dreaming"),
        ("content", "{}"),
        ("step", '{"percent": 3}'),
    ],
)
async def test_a_row_that_makes_no_sense_is_left_out_and_left_alone(
    tmp_path: Path, column: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    await filled(tmp_path / "db", a_job("bad"), a_job("good", number=2))
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute(f"UPDATE jobs SET {column} = ? WHERE id = 'bad'", (value,))
    store = Store(tmp_path / "db")
    assert [job.id for job in await store.load()] == ["good"]
    assert store.ids == ["bad", "good"]
    await store.close()
    assert "job bad can't be read" in caplog.text


async def test_a_setting_that_this_version_doesnt_know_is_dropped(tmp_path: Path) -> None:
    await filled(tmp_path / "db", a_job(settings=Settings(seed=5)))
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("""UPDATE jobs SET settings = '{"seed": 5, "sparkle": true}'""")
    assert [job.settings for job in await reopened(tmp_path / "db")] == [Settings(seed=5)]
