"""The queue with an engine that is played by hand: what is taken, in what order, what is told."""

import asyncio
import errno
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import (
    LIMITS,
    PAINTING,
    SMALL,
    PlayedEngine,
    all_events,
    moved,
    picture,
    queue,
    request,
    step,
    until,
)

from artstyle.errors import DataError, DiskError, PictureError, QueueError, RunError
from artstyle.jobs import (
    Advanced,
    Cancelled,
    Done,
    Failed,
    JobQueue,
    Limits,
    Milestone,
    Queued,
    State,
    Suspended,
)
from artstyle.jobs.engine import Ended, Lost
from artstyle.jobs.queue import MOVED
from artstyle.jobs.retention import DAY
from artstyle.jobs.store import Store
from artstyle.jobs.task import Began, Doing


def ids(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "data" / "jobs").iterdir())


async def test_a_job_runs_and_tells_all_of_it(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request(preset="preview", content_name="astronaut"))
        assert (job.content.name, job.content.size, job.preset) == (
            "astronaut",
            (72, 96),
            "preview",
        )
        (run,) = engine.runs
        listener = asyncio.create_task(all_events(job))
        run.send(Doing("loading the network"))
        run.send(Began(SMALL, "vgg16"))
        run.send(moved(50, milestone=40))
        await until(job, Milestone)
        assert (job.network, job.step, job.milestones) == ("vgg16", step(50), [20, 40])
        run.done()
        events = await listener
        assert isinstance(events[0], Advanced)
        assert [e.percent for e in events if isinstance(e, Milestone)] == [20, 40, 60, 80, 100]
        assert events[-1] == Done()
        assert job.state is State.DONE and job.started and job.ended


async def test_positions_are_told_and_move_up(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        first, second, third = [await jobs.submit(request()) for _ in range(3)]
        assert [job.position for job in (first, second, third)] == [None, 1, 2]
        assert await anext(third.events()) == Queued(2)
        await jobs.cancel(second)
        assert await anext(third.events()) == Queued(1)
        engine.runs[0].done()
        await until(first, Done)
        await until(third, Advanced)
        assert [run.task.id for run in engine.runs] == [first.id, third.id]


async def test_owners_take_turns(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        crowd = [await jobs.submit(request("ann", content=picture(n))) for n in range(5)]
        late = await jobs.submit(request("bob"))
        engine.runs[0].done()
        await until(crowd[0], Done)
        await until(crowd[1], Advanced)
        engine.runs[1].done()
        await until(late, Advanced)
        assert [job.position for job in crowd[2:]] == [1, 2, 3]


async def test_no_more_run_at_once_than_there_is_room(tmp_path: Path) -> None:
    engine = PlayedEngine(slots=2)
    async with queue(tmp_path, engine) as jobs:
        taken = [await jobs.submit(request()) for _ in range(4)]
        states = [job.state for job in taken]
        assert states == [State.RUNNING, State.RUNNING, State.QUEUED, State.QUEUED]


async def test_a_full_queue_and_a_greedy_owner_are_refused_with_the_limits(tmp_path: Path) -> None:
    async with queue(tmp_path, limits=Limits(3, 2, 30, 10)) as jobs:
        first, _ = [await jobs.submit(request("ann")) for _ in range(2)]
        with pytest.raises(QueueError, match=r"2 pictures of yours .* cancel one"):
            await jobs.submit(request("ann"))
        await jobs.submit(request("bob"))
        with pytest.raises(QueueError, match="queue is full: 3 pictures"):
            await jobs.submit(request("eve"))
        assert len(ids(tmp_path)) == 3
        await jobs.cancel(first)
        await jobs.submit(request("ann"))


async def test_the_limits_hold_for_submissions_at_the_same_moment(tmp_path: Path) -> None:
    async with queue(tmp_path, limits=Limits(10, 2, 30, 10)) as jobs:
        together = [jobs.submit(request()) for _ in range(6)]
        results = await asyncio.gather(*together, return_exceptions=True)
        assert sum(isinstance(result, QueueError) for result in results) == 4
        assert len(jobs.all()) == len(ids(tmp_path)) == 2


async def test_a_bad_picture_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    async with queue(tmp_path) as jobs:
        with pytest.raises(PictureError, match="the painting"):
            await jobs.submit(request(style=PAINTING[:200]))
        assert jobs.all() == [] and ids(tmp_path) == []


@pytest.mark.parametrize("where", ["file", "database"])
async def test_a_full_disk_refuses_a_submission_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "content.png")

    async def database_full(*args: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    async with queue(tmp_path) as jobs:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            if where == "database":
                patch.undo()
                patch.setattr(Store, "save", database_full)
            with pytest.raises(DiskError, match="full"):
                await jobs.submit(request())
        assert jobs.all() == [] and ids(tmp_path) == []
        await jobs.submit(request())


async def test_a_job_goes_on_when_its_state_cant_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(*args: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        with monkeypatch.context() as patch:
            patch.setattr(Store, "save", full)
            engine.runs[0].done()
            await until(job, Done)
    assert "could not be written down" in caplog.text


async def test_a_failure_is_told_in_the_words_of_its_error(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job, other = [await jobs.submit(request()) for _ in range(2)]
        engine.runs[0].send(Ended(False, RunError("the disk is full: free some space")))
        assert await until(job, Failed) == Failed("the disk is full: free some space")
        await until(other, Advanced)


async def test_an_unexpected_failure_is_logged_whole_and_told_by_an_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        engine.runs[0].send(Ended(False, ZeroDivisionError("secret of the program")))
        failed = await until(job, Failed)
        assert isinstance(failed, Failed)
        assert job.id[:8] in failed.reason and "secret" not in failed.reason
        assert job.id in caplog.text and "secret of the program" in caplog.text


async def test_cancelling_tells_at_once_and_gives_the_place_free_when_the_worker_stopped(
    tmp_path: Path,
) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job, other = [await jobs.submit(request()) for _ in range(2)]
        assert await jobs.cancel(job)
        assert await all_events(job) == [Cancelled()]
        assert not await jobs.cancel(job)
        assert engine.runs[0].stopped == "drop"
        assert other.state is State.QUEUED
        engine.runs[0].send(moved(70, milestone=60))  # too late
        engine.runs[0].send(Ended(True, None))
        await until(other, Advanced)
        assert (job.state, job.milestone, job.step) == (State.CANCELLED, 0, None)


async def test_a_removed_job_is_forgotten_with_its_files(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        running, waiting, other = [await jobs.submit(request()) for _ in range(3)]
        await jobs.remove(waiting)
        await jobs.remove(waiting)
        assert await all_events(waiting) == [Cancelled()]
        await jobs.remove(running)
        assert jobs.all() == [other] and jobs.get(running.id) is None
        assert ids(tmp_path) == sorted([running.id, other.id])  # its worker may still write
        engine.runs[0].send(Ended(False, None))
        await until(other, Advanced)
        assert ids(tmp_path) == [other.id]
    async with queue(tmp_path) as jobs:
        assert [job.id for job in jobs.all()] == [other.id]


async def test_at_shutdown_every_unfinished_job_tells_that_it_will_go_on(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        running, waiting = [await jobs.submit(request()) for _ in range(2)]
        listeners = [asyncio.create_task(all_events(job)) for job in (running, waiting)]
        await until(waiting, Queued)
        engine.runs[0].send(moved(30, milestone=20, saved=True))
        engine.runs[0].send(Ended(False, None))  # what a worker does when asked to stop
    for events in await asyncio.gather(*listeners):
        assert events[-1] == Suspended()
        assert events.count(Suspended()) == 1
    with pytest.raises(QueueError, match="being stopped"):
        await jobs.submit(request())


async def test_a_worker_that_doesnt_stop_doesnt_hold_up_the_shutdown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.jobs.queue.STOP_SECONDS", 0.05)
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert engine.runs[0].stopped == "keep"
    assert await all_events(job) == [Suspended()]


async def test_the_next_start_goes_on_first_with_what_ran(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        done, running, waiting = [
            await jobs.submit(request(owner)) for owner in ("ann", "bob", "ann")
        ]
        engine.runs[0].done()
        await until(done, Done)
        await until(running, Advanced)
        engine.runs[1].send(moved(45, milestone=40, saved=True))
        await until(running, Milestone)
        engine.runs[1].send(Ended(False, None))
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        again = {job.id: job for job in jobs.all()}
        assert list(again) == [done.id, running.id, waiting.id]
        assert await all_events(again[done.id], after=80) == [Milestone(100), Done()]
        await until(again[running.id], Advanced)
        (run,) = engine.runs
        assert (run.task.id, run.task.milestone, run.task.preview) == (running.id, 40, 1)
        assert again[running.id].step == step(45)
        listener = asyncio.create_task(all_events(again[running.id], after=40))
        run.done()
        assert [e for e in await listener if isinstance(e, Milestone)] == [
            Milestone(60),
            Milestone(80),
            Milestone(100),
        ]
        await until(again[waiting.id], Advanced)
        assert (await jobs.submit(request())).number == 4


async def test_a_second_queue_on_the_folder_is_refused(tmp_path: Path) -> None:
    async with queue(tmp_path):
        with pytest.raises(DataError, match="in use by another lab or bot"):
            async with queue(tmp_path):
                pass
    async with queue(tmp_path):
        pass


async def test_a_folder_that_cant_be_read_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "jobs.sqlite").write_bytes(b"no database" * 1000)
    for _ in range(2):
        with pytest.raises(DataError, match="can't be read"):
            async with queue(tmp_path):
                pass


async def test_old_and_surplus_jobs_are_removed_at_the_start_and_when_jobs_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = PlayedEngine()

    async def finish(jobs: JobQueue, **said: Any) -> str:
        job = await jobs.submit(request(**said))
        engine.runs[-1].done()
        await until(job, Done)
        await asyncio.gather(*jobs._drives)
        return job.id

    async with queue(tmp_path, engine, Limits(9, 9, keep_days=7, keep_jobs=2)) as jobs:
        kept = [await finish(jobs) for _ in range(3)]
        assert [job.id for job in jobs.all()] == kept[1:]
        assert ids(tmp_path) == sorted(kept[1:])
    later = time.time() + 8 * DAY
    monkeypatch.setattr(time, "time", lambda: later)
    async with queue(tmp_path, engine) as jobs:
        assert len(jobs.all()) == 2  # LIMITS keeps them for 30 days
    async with queue(tmp_path, engine, Limits(9, 9, keep_days=7, keep_jobs=2)) as jobs:
        while jobs.all():
            await jobs.signal.next().wait()
    assert LIMITS.keep_days == 30


async def test_a_damaged_source_name_never_becomes_a_path(tmp_path: Path) -> None:
    async with queue(tmp_path) as jobs:
        job = await jobs.submit(request(content_name="../../etc/passwd"))
        assert jobs.files(job).folder == tmp_path / "data" / "jobs" / job.id
        assert all(name == job.id for name in ids(tmp_path))
        assert job.id.isalnum() and len(job.id) == 32


async def test_writing_down_keeps_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancellation that overtakes a report is not overwritten by it."""
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        engine.runs[0].send(moved(50, milestone=40, saved=True))
        await asyncio.gather(jobs.cancel(job), asyncio.sleep(0))
        engine.runs[0].send(Ended(False, None))
        await asyncio.gather(*jobs._drives)
    async with queue(tmp_path) as jobs:
        assert [job.state for job in jobs.all()] == [State.CANCELLED]


def test_the_queue_needs_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys, artstyle.jobs; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_who_runs_the_program_is_not_limited_like_a_visitor(tmp_path: Path) -> None:
    async with queue(tmp_path, limits=Limits(3, 1, 30, 10)) as jobs:
        for _ in range(3):
            await jobs.submit(request(trusted=True))
        with pytest.raises(QueueError, match="queue is full"):
            await jobs.submit(request(trusted=True))


async def test_a_row_that_cant_be_read_stays_with_its_files_and_its_number(tmp_path: Path) -> None:
    async with queue(tmp_path) as jobs:
        first, second = [await jobs.submit(request()) for _ in range(2)]
    with sqlite3.connect(tmp_path / "data" / "jobs.sqlite") as database:
        database.execute("UPDATE jobs SET settings = '{' WHERE id = ?", (second.id,))
    for number in (3, 4):
        async with queue(tmp_path) as jobs:
            assert (await jobs.submit(request())).number == number
    assert second.id in ids(tmp_path)
    with sqlite3.connect(tmp_path / "data" / "jobs.sqlite") as database:
        numbers = database.execute("SELECT number FROM jobs ORDER BY number").fetchall()
    assert numbers == [(1,), (2,), (3,), (4,)]
    assert first.number == 1


async def test_a_submission_that_is_called_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saving = asyncio.Event()
    save = Store.save

    async def slow(self: Store, job: Any) -> None:
        saving.set()
        await asyncio.shield(asyncio.ensure_future(save(self, job)))  # as a thread goes on
        await asyncio.Event().wait()

    async with queue(tmp_path) as jobs:
        with monkeypatch.context() as patch:
            patch.setattr(Store, "save", slow)
            submission = asyncio.create_task(jobs.submit(request()))
            await saving.wait()
            submission.cancel()
            await asyncio.gather(submission, return_exceptions=True)
        assert ids(tmp_path) == []
    async with queue(tmp_path) as jobs:
        assert jobs.all() == []


@pytest.mark.parametrize("end", ["cancel", "fail", "done"])
async def test_a_savepoint_goes_with_the_end_of_its_job(tmp_path: Path, end: str) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        jobs.files(job).savepoint.write_bytes(b"npz")
        if end == "cancel":
            await jobs.cancel(job)
        error = RunError("no") if end == "fail" else None
        engine.runs[0].send(Ended(end == "done", error))
        await asyncio.gather(*jobs._drives)
        assert not jobs.files(job).savepoint.exists()


async def test_a_savepoint_that_a_kill_left_beside_the_result_goes_at_the_next_start(
    tmp_path: Path,
) -> None:
    async with queue(tmp_path) as jobs:
        job = await jobs.submit(request())
        await jobs.cancel(job)
        files = jobs.files(job)
    files.savepoint.write_bytes(b"npz")
    async with queue(tmp_path):
        assert not files.savepoint.exists() and files.content.exists()


LOST = Ended(False, Lost("the machine that made it is gone"))


async def test_a_job_whose_machine_is_lost_goes_on_elsewhere_before_all_that_wait(
    tmp_path: Path,
) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job, other = [await jobs.submit(request(owner)) for owner in ("ann", "bob")]
        listener = asyncio.create_task(all_events(job))
        engine.runs[0].send(moved(45, milestone=40, saved=True))
        await until(job, Milestone)
        engine.runs[0].send(LOST)
        while len(engine.runs) < 2:
            await job.signal.next().wait()
        again = engine.runs[1]
        assert (again.task.id, again.task.milestone) == (job.id, 40)
        assert (job.moves, job.doing, other.position) == (1, MOVED, 1)
        again.done()
        events = await listener
        assert [e.percent for e in events if isinstance(e, Milestone)] == [20, 40, 60, 80, 100]
        assert any(isinstance(e, Advanced) and e.moves == 1 for e in events)
        assert events[-1] == Done()


async def test_a_job_that_loses_machine_after_machine_fails_with_the_reason(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job, other = [await jobs.submit(request()) for _ in range(2)]
        for moves in range(4):
            while len(engine.runs) == moves:
                await job.signal.next().wait()
            engine.runs[-1].send(LOST)
        failed = await until(job, Failed)
        assert isinstance(failed, Failed) and "is gone, 4 times in all" in failed.reason
        await until(other, Advanced)
        assert [run.task.id for run in engine.runs] == [job.id] * 4 + [other.id]


async def test_a_lost_job_waits_for_room_and_begins_when_there_is_some(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        engine.slots = 0
        engine.runs[0].send(LOST)
        await until(job, Queued)
        assert (job.state, job.position, len(engine.runs)) == (State.QUEUED, 1, 1)
        engine.slots = 1
        engine.changed()
        assert [run.task.id for run in engine.runs] == [job.id, job.id]


@pytest.mark.parametrize("end", ["cancel", "remove"])
async def test_a_job_that_was_called_off_isnt_moved(tmp_path: Path, end: str) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        await (jobs.cancel(job) if end == "cancel" else jobs.remove(job))
        engine.runs[0].send(LOST)
        await asyncio.gather(*jobs._drives)
        assert (len(engine.runs), job.state) == (1, State.CANCELLED)


async def test_a_machine_that_is_lost_at_the_shutdown_leaves_the_job_for_the_next_start(
    tmp_path: Path,
) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        await until(job, Advanced)
        jobs.stop()
        engine.runs[0].send(LOST)
    assert (await all_events(job))[-1] == Suspended()
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        (again,) = jobs.all()
        await until(again, Advanced)
        assert engine.runs[0].task.id == job.id
