"""Removed jobs: hidden at once, restored for a while, deleted in any case."""

import asyncio
from pathlib import Path

import pytest
from tests.jobs import PlayedEngine, queue, submission, until

from artstyle.jobs import EventKind, JobQueue, JobStatus


async def finished(it: JobQueue, engine: PlayedEngine) -> list[str]:
    """The ids of three jobs, all done."""
    ids = []
    for number in range(3):
        job = await it.submit(submission())
        while len(engine.runs) == number:
            await job.signal.next().wait()
        engine.runs[number].done()
        await until(job, EventKind.DONE)
        ids.append(job.id)
    return ids


async def test_a_removed_job_is_gone_until_it_is_restored(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as it:
        ids = await finished(it, engine)
        job = it.get(ids[1])
        assert job is not None
        await it.trash.put(job)
        assert [each.id for each in it.all()] == [ids[0], ids[2]] and it.get(ids[1]) is None
        await it._retention.sweep()  # as when another job is removed
        assert it.files(job).folder.is_dir()
        version = it.signal.version
        assert await it.trash.restore(ids[1]) is job
        assert [each.id for each in it.all()] == ids and it.signal.version > version
        await it._retention.sweep()
        assert it.files(job).folder.is_dir()
    async with queue(tmp_path, PlayedEngine()) as it:
        assert [each.id for each in it.all()] == ids


async def test_after_a_while_its_files_are_deleted(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as it:
        ids = await finished(it, engine)
        it.trash.seconds = 0
        job = it.get(ids[0])
        assert job is not None
        await it.trash.put(job)
        await asyncio.gather(*it.trash._emptying)
        assert not it.files(job).folder.exists()
        assert await it.trash.restore(ids[0]) is None


async def test_a_stop_deletes_them(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as it:
        ids = await finished(it, engine)
        for id in ids[:2]:
            if (job := it.get(id)) is not None:
                await it.trash.put(job)
    assert [path.name for path in (tmp_path / "data/jobs").iterdir()] == [ids[2]]


async def test_what_a_kill_left_is_deleted_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as it:
        ids = await finished(it, engine)
        if (job := it.get(ids[0])) is not None:
            await it.trash.put(job)

        async def killed() -> None: ...

        monkeypatch.setattr(it.trash, "close", killed)
    assert (tmp_path / "data/jobs" / ids[0]).is_dir()
    async with queue(tmp_path, PlayedEngine()) as it:
        assert [each.id for each in it.all()] == ids[1:]
        assert not (tmp_path / "data/jobs" / ids[0]).exists()


async def test_a_running_job_is_cancelled_and_stays_so(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as it:
        running, waiting = [await it.submit(submission()) for _ in range(2)]
        await it.trash.put(running)
        await it.trash.put(waiting)
        engine.runs[0].end()
        assert await it.trash.restore(running.id) is running
        assert await it.trash.restore(waiting.id) is waiting
        assert {running.status, waiting.status} == {JobStatus.CANCELLED}
        assert len(engine.runs) == 1
