"""A queue whose disk is full, whose folder is gone, or that may open no more files."""

import asyncio
import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.jobs import PlayedEngine, queue, submission, until

from artstyle import errors
from artstyle.jobs import EventKind, JobQueue, JobStatus, pause
from artstyle.jobs.disk import Disk
from artstyle.jobs.folder import DataFolder


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pause, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(pause, "LOOK_SECONDS", 0.02)


@pytest.fixture
def engine() -> PlayedEngine:
    return PlayedEngine()


@pytest.fixture
async def jobs(tmp_path: Path, engine: PlayedEngine) -> AsyncIterator[JobQueue]:
    async with queue(tmp_path, engine) as made:
        yield made


async def paused(jobs: JobQueue) -> errors.DiskError:
    while jobs.pause.reason is None:
        await asyncio.sleep(0)
    return jobs.pause.reason


FAULTS = [
    (OSError(errno.EMFILE, "Too many open files"), errors.FilesExhausted),
    (OSError(errno.EIO, "Input/output error"), errors.DiskBroken),
    (errors.DiskFull(), errors.DiskFull),
]


@pytest.mark.parametrize(("error", "reason"), FAULTS)
async def test_a_fault_of_the_environment_holds_a_job_and_fails_none(
    jobs: JobQueue, engine: PlayedEngine, error: Exception, reason: type,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    job, other = [await jobs.submit(submission()) for _ in range(2)]
    engine.runs[0].advance(45, milestone=40, saved=True)
    await until(job, EventKind.MILESTONE)
    engine.runs[0].fail(error)
    assert isinstance(await paused(jobs), reason)
    while not job.held:
        await job.signal.next().wait()
    assert (job.status, job.position, isinstance(job.held, reason)) == ("queued", 1, True)
    assert isinstance(other.held, reason)
    with pytest.raises(reason):
        await jobs.submit(submission())
    await until(job, EventKind.RUNNING)  # by itself
    assert len(engine.runs) == 2 and engine.runs[1].job is job
    assert job.held is None and engine.runs[1].state.milestone == 40
    engine.runs[1].done()
    await until(job, EventKind.DONE)
    lines = [record.message for record in caplog.records if "queue" in record.message]
    assert len(lines) == 2 and "is paused: " in lines[0] and lines[1] == "the queue goes on"


async def test_a_fault_that_was_wrapped_in_another_error_is_found(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    job = await jobs.submit(submission())
    wrapped = errors.MemoryShort()
    wrapped.__cause__ = OSError(errno.EMFILE, "Too many open files")
    engine.runs[0].fail(wrapped)
    assert isinstance(await paused(jobs), errors.FilesExhausted)
    assert job.status is not JobStatus.FAILED


async def test_a_disk_that_breaks_for_one_job_alone_fails_it_in_the_end(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    job, other = [await jobs.submit(submission()) for _ in range(2)]
    for number in range(3):
        while len(engine.runs) <= number:
            await job.signal.next().wait()
        engine.runs[number].fail(OSError(errno.EIO, "Input/output error"))
    event = await until(job, EventKind.FAILED)
    assert event.state.failure and isinstance(event.state.failure.error(), errors.DiskBroken)
    await until(other, EventKind.RUNNING)


async def test_a_picture_that_is_gone_alone_fails_its_job(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    job = await jobs.submit(submission())
    engine.runs[0].fail(errors.PictureGone(role="content"))
    await until(job, EventKind.FAILED)
    assert jobs.pause.reason is None


async def test_a_folder_that_is_taken_away_and_comes_back_costs_nothing(
    tmp_path: Path, jobs: JobQueue, engine: PlayedEngine
) -> None:
    job = await jobs.submit(submission())
    (tmp_path / "data").rename(tmp_path / "away")
    assert isinstance(await paused(jobs), errors.FolderGone)
    engine.runs[0].fail(errors.PictureGone(role="content"))
    while job.held is None:
        await job.signal.next().wait()
    with pytest.raises(errors.FolderGone):
        await jobs.submit(submission())
    assert not (tmp_path / "data").exists()  # no empty one is made in its place
    (tmp_path / "away").rename(tmp_path / "data")
    await until(job, EventKind.RUNNING)
    engine.runs[1].done()
    await until(job, EventKind.DONE)
    await jobs.submit(submission())


async def test_another_folder_in_its_place_isnt_taken_for_it(
    tmp_path: Path, jobs: JobQueue, engine: PlayedEngine
) -> None:
    job = await jobs.submit(submission())
    (tmp_path / "data").rename(tmp_path / "away")
    shutil.copytree(tmp_path / "away", tmp_path / "data")
    assert isinstance(await paused(jobs), errors.FolderGone)
    shutil.rmtree(tmp_path / "data")
    (tmp_path / "away").rename(tmp_path / "data")
    await jobs.pause.over()
    assert job.status is JobStatus.RUNNING


async def test_a_removal_that_cant_be_stored_is_done_later(
    tmp_path: Path, jobs: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, job = [await jobs.submit(submission()) for _ in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr("artstyle.jobs.table.JobTable.delete", _full)
        await jobs.remove(job)
        assert jobs.get(job.id) is None and jobs.files(job).folder.exists()
        assert isinstance(jobs.pause.reason, errors.DiskFull)
    await jobs.pause.over()
    assert not jobs.files(job).folder.exists()


async def test_a_database_that_cant_be_read_while_files_are_tidied_ends_nothing(
    jobs: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr("artstyle.jobs.database.Database.execute", broken)
        await jobs._retention.sweep()
    assert not jobs.background.done()


async def _full(*_: object) -> None:
    raise errors.DiskFull


async def test_pauses_that_come_at_once_again_grow_until_something_is_saved() -> None:
    it = pause.Pause()
    waits = []
    for _ in range(3):
        waits.append(it._wait)
        it.begin(errors.DiskFull())
        watching = asyncio.create_task(it.watch(_well, _well))
        await it.over()
        watching.cancel()
    assert waits == [0.02, 0.04, 0.08]
    it.worked()
    assert it._wait == 0.02


async def _well() -> None: ...


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    folder = tmp_path / "data"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_really_full_disk_pauses_the_queue_until_there_is_space(
    tmp_path: Path, small_disk: Path
) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job, other = [await jobs.submit(submission()) for _ in range(2)]
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space left"), filler.open("wb", buffering=0) as file:
            while True:
                file.write(os.urandom(4096))
        engine.runs[0].done()
        assert isinstance(await paused(jobs), errors.DiskFull)
        await until(job, EventKind.DONE)  # which isn't stored yet
        with pytest.raises(errors.DiskFull):
            await jobs.submit(submission())
        filler.unlink()
        await jobs.pause.over()
        await until(other, EventKind.RUNNING)
        engine.runs[1].done()
        await until(other, EventKind.DONE)
    async with queue(tmp_path) as jobs:
        assert [job.status for job in jobs.all()] == [JobStatus.DONE] * 2


def test_a_folder_that_was_never_opened_isnt_the_one(tmp_path: Path) -> None:
    with pytest.raises(errors.FolderGone):
        Disk(DataFolder(tmp_path / "data")).probe()
