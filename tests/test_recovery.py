"""What a start does when the database and the folders of the jobs don't fit together."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.jobs import PlayedEngine, queue, submission, until

from artstyle.errors import DataError
from artstyle.jobs import EventKind, JobStatus
from artstyle.jobs.rebuild import set_aside

FOREIGN = "0" * 32  # called like a job


async def lived(folder: Path) -> list[str]:
    """Let a queue end with a finished, a running and a waiting job; returns their ids."""
    engine = PlayedEngine()
    async with queue(folder, engine) as jobs:
        done, running, waiting = [await jobs.submit(submission()) for _ in range(3)]
        jobs.files(done).result.write_bytes(b"png")
        engine.runs[0].done()
        await until(done, EventKind.DONE)
        await until(running, EventKind.RUNNING)
        engine.runs[1].advance(45, milestone=40, saved=True)
        await until(running, EventKind.MILESTONE)
        jobs.files(running).savepoint.write_bytes(b"npz")
    return [done.id, running.id, waiting.id]


async def expect_all(folder: Path, ids: list[str]) -> None:
    engine = PlayedEngine()
    async with queue(folder, engine) as jobs:
        done, running, waiting = jobs.all()
        assert [job.id for job in (done, running, waiting)] == ids
        assert [job.request.number for job in jobs.all()] == [1, 2, 3]
        assert done.status is JobStatus.DONE and jobs.files(done).result.read_bytes() == b"png"
        await until(running, EventKind.RUNNING)
        (run,) = engine.runs
        assert (run.job, run.state.milestone) == (running, 40)
        assert run.files.savepoint.read_bytes() == b"npz"
        assert waiting.position == 1
        assert (await jobs.submit(submission())).request.number == 4


def database(folder: Path) -> Path:
    return folder / "data" / "jobs.sqlite"


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [remove, empty])
async def test_jobs_come_back_when_the_database_is_gone(
    tmp_path: Path, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    ids = await lived(tmp_path)
    harm(database(tmp_path))
    await expect_all(tmp_path, ids)
    assert caplog.text.count("3 jobs that weren't in the database were read back") == 1


async def test_an_older_database_doesnt_hide_what_came_after_it(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        first = await jobs.submit(submission())
        with sqlite3.connect(database(tmp_path)) as old, sqlite3.connect(tmp_path / "old") as copy:
            old.backup(copy)
        jobs.files(first).result.write_bytes(b"png")
        engine.runs[0].done()
        await until(first, EventKind.DONE)
        second = await jobs.submit(submission())
    (tmp_path / "old").replace(database(tmp_path))
    for _ in range(2):  # the second time it is in the database again
        async with queue(tmp_path) as jobs:
            assert [job.id for job in jobs.all()] == [first.id, second.id]
            assert jobs.all()[0].status is JobStatus.DONE


async def test_jobs_whose_number_another_has_get_a_new_one(tmp_path: Path) -> None:
    ids = await lived(tmp_path)
    for path in (tmp_path / "data").glob("jobs.sqlite*"):
        path.unlink()
    hidden = tmp_path / "hidden"
    (tmp_path / "data" / "jobs").rename(hidden)
    async with queue(tmp_path) as jobs:
        new = await jobs.submit(submission())
    for id in ids:
        (hidden / id).rename(tmp_path / "data" / "jobs" / id)
    async with queue(tmp_path) as jobs:
        assert {job.id for job in jobs.all()} == {new.id, *ids}
        assert sorted(job.request.number for job in jobs.all()) == [1, 2, 3, 4]
        assert (await jobs.submit(submission())).request.number == 5


async def test_a_damaged_database_is_refused_and_rebuilt_on_request(tmp_path: Path) -> None:
    ids = await lived(tmp_path)
    data = database(tmp_path).read_bytes()
    database(tmp_path).write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match="--rebuild"):
        async with queue(tmp_path):
            pass
    kept = set_aside(tmp_path / "data")
    assert kept is not None and kept.read_bytes() == data[: len(data) // 2]
    await expect_all(tmp_path, ids)


async def test_a_database_in_use_isnt_set_aside(tmp_path: Path) -> None:
    async with queue(tmp_path):
        with pytest.raises(DataError, match="in use"):
            set_aside(tmp_path / "data")
        assert database(tmp_path).exists()


async def test_a_copy_made_while_jobs_run_has_all_that_was_done(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        done = [await jobs.submit(submission()) for _ in range(3)]
        for job in done:
            await until(job, EventKind.RUNNING)
            jobs.files(job).result.write_bytes(b"png")
            engine.runs[-1].done()
            await until(job, EventKind.DONE)
        running = await jobs.submit(submission())
        await until(running, EventKind.RUNNING)
        skip = shutil.ignore_patterns(".artstyle-*")
        shutil.copytree(tmp_path / "data", tmp_path / "whole" / "data", ignore=skip)
        skip = shutil.ignore_patterns(".artstyle-*", "jobs.sqlite-*")
        shutil.copytree(tmp_path / "data", tmp_path / "without wal" / "data", ignore=skip)
    for name in ("whole", "without wal"):
        async with queue(tmp_path / name) as jobs:
            assert [job.id for job in jobs.all()] == [job.id for job in (*done, running)]
            assert [job.status for job in jobs.all()[:3]] == [JobStatus.DONE] * 3
            assert all(jobs.files(job).result.exists() for job in jobs.all()[:3])


async def test_folders_of_older_versions_get_a_record_at_the_first_start(tmp_path: Path) -> None:
    ids = await lived(tmp_path)
    records = [tmp_path / "data" / "jobs" / id / "job.json" for id in ids]
    for path in records:
        path.unlink()
    async with queue(tmp_path):
        assert all(path.exists() for path in records)


async def test_a_folder_without_a_readable_record_is_moved_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = tmp_path / "data"
    await lived(tmp_path)
    for _ in range(2):
        (data / "jobs" / FOREIGN).mkdir()
        (data / "jobs" / FOREIGN / "result.png").write_bytes(b"png")
        (data / "jobs" / FOREIGN / "job.json").write_text("{")
        async with queue(tmp_path) as jobs:
            assert len(jobs.all()) == 3
    assert not (data / "jobs" / FOREIGN).exists()
    for name in (FOREIGN, f"{FOREIGN}-2"):
        assert (data / "lost" / name / "result.png").read_bytes() == b"png"
    assert f"1 folders without a readable job.json were moved to {data / 'lost'}" in caplog.text


async def test_what_isnt_ours_is_left_alone_and_no_link_is_followed(tmp_path: Path) -> None:
    ids = await lived(tmp_path)
    jobs_folder, home = tmp_path / "data" / "jobs", tmp_path / "home"
    home.mkdir()
    secret = home / ".artstyle-0123456789abcdef0123456789abcdef.part"
    for path in (secret, home / ".profile", home / "savepoint.npz"):
        path.write_text("mine")
    home.chmod(0o755)
    others = [jobs_folder / "lost+found", jobs_folder / ids[0] / ".AppleDouble", jobs_folder / "x"]
    for folder in others:
        folder.mkdir()
        (folder / "result.png").write_text("theirs")
    (jobs_folder / ".DS_Store").write_text("theirs")
    for name in (FOREIGN, "link"):
        (jobs_folder / name).symlink_to(home)
    (tmp_path / "data" / "incoming" / FOREIGN).symlink_to(home)
    await expect_all(tmp_path, ids)
    assert (jobs_folder / ".DS_Store").exists()
    assert all((folder / "result.png").exists() for folder in others)
    assert sorted(os.listdir(home)) == sorted([secret.name, ".profile", "savepoint.npz"])  # noqa: PTH208
    assert home.stat().st_mode & 0o777 == 0o755
    assert (jobs_folder / FOREIGN).is_symlink()


async def test_a_link_in_place_of_the_jobs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "jobs").symlink_to(tmp_path)
    with pytest.raises(DataError, match="jobs in it is a link"):
        async with queue(tmp_path):
            pass


async def test_a_removed_jobs_folder_goes_at_the_next_start_and_other_files_stay(
    tmp_path: Path,
) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        running, plain = [await jobs.submit(submission()) for _ in range(2)]
        foreign = jobs.files(plain).folder / ".DS_Store"
        foreign.write_text("theirs")
        await jobs.remove(running)  # its worker never ends, as in a kill
        await jobs.remove(plain)
        engine.runs[0].at_stop = None
        jobs.files(running).folder.mkdir(exist_ok=True)
        jobs.files(running).result.write_bytes(b"late")
    async with queue(tmp_path) as jobs:
        assert jobs.all() == []
    names = os.listdir(tmp_path / "data" / "jobs")  # noqa: PTH208
    assert names == [plain.id] and os.listdir(foreign.parent) == [".DS_Store"]  # noqa: PTH208


async def test_an_accepted_job_is_moved_from_the_incoming_ones_and_others_are_deleted(
    tmp_path: Path,
) -> None:
    ids = await lived(tmp_path)
    data = tmp_path / "data"
    (data / "jobs" / ids[2]).rename(data / "incoming" / ids[2])  # killed before it was moved
    shutil.copytree(data / "incoming" / ids[2], data / "incoming" / FOREIGN)  # before its row
    (data / "incoming" / "theirs").mkdir()
    await expect_all(tmp_path, ids)
    assert os.listdir(data / "incoming") == ["theirs"]  # noqa: PTH208
