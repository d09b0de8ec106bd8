"""The queue with an engine that is played by hand: what it accepts, in what order, its events."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import (
    LIMITS,
    PAINTING,
    PHOTO,
    SMALL,
    PlayedEngine,
    all_events,
    disk_full,
    mask,
    percents,
    picture,
    queue,
    settled,
    step,
    submission,
    until,
)
from tests.version_1 import STEP_1, write_version_1

from artstyle import errors
from artstyle.errors import BadInput
from artstyle.jobs import EventKind, Failure, JobQueue, JobStatus, Limits, Phase, ages, pause
from artstyle.jobs.database import Database
from artstyle.jobs.decoding import DecodePool
from artstyle.jobs.messages import Outcome
from artstyle.jobs.retention import DAY
from artstyle.jobs.table import JobTable
from artstyle.pictures import read


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pause, "RETRY_SECONDS", 0.02)


@pytest.fixture
def engine() -> PlayedEngine:
    return PlayedEngine()


@pytest.fixture
async def jobs(tmp_path: Path, engine: PlayedEngine) -> AsyncIterator[JobQueue]:
    async with queue(tmp_path, engine) as made:
        yield made


def ids(tmp_path: Path, folder: str = "jobs") -> list[str]:
    return sorted(path.name for path in (tmp_path / "data" / folder).iterdir())


async def database_full(*_: object, **__: object) -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise error


async def test_a_job_runs_and_reports_all_of_it(
    tmp_path: Path, jobs: JobQueue, engine: PlayedEngine
) -> None:
    job = await jobs.submit(submission(preset="preview", content_name="../../etc/passwd"))
    asked = job.request
    assert (asked.content.name, asked.content.size) == ("../../etc/passwd", (72, 96))
    assert (asked.preset, asked.owner) == ("preview", "ann")
    assert jobs.files(job).folder == tmp_path / "data" / "jobs" / job.id
    assert job.id.isalnum() and len(job.id) == 32 and ids(tmp_path) == [job.id]
    (run,) = engine.runs
    listener = asyncio.create_task(all_events(job))
    run.update(phase=Phase.LOADING)
    run.update(used=SMALL, network="vgg16")
    run.advance(50, milestone=40)
    await until(job, EventKind.MILESTONE)
    assert (job.state.network, job.state.step) == ("vgg16", step(50))
    assert job.milestones == [20, 40]
    run.done()
    events = await listener
    assert events[0].kind is EventKind.RUNNING
    assert percents(events) == [20, 40, 60, 80, 100]
    assert events[-1].kind is EventKind.DONE
    assert job.status is JobStatus.DONE and job.state.started and job.state.ended


async def test_positions_are_reported_and_move_up(jobs: JobQueue, engine: PlayedEngine) -> None:
    first, second, third = [await jobs.submit(submission()) for _ in range(3)]
    assert [job.position for job in (first, second, third)] == [None, 1, 2]
    assert (await anext(third.events())).position == 2
    await jobs.cancel(second)
    assert (await anext(third.events())).position == 1
    engine.runs[0].done()
    await until(first, EventKind.DONE)
    await until(third, EventKind.RUNNING)
    assert [run.job.id for run in engine.runs] == [first.id, third.id]


async def test_owners_take_turns(jobs: JobQueue, engine: PlayedEngine) -> None:
    crowd = [await jobs.submit(submission("ann", content=picture(n))) for n in range(5)]
    late = await jobs.submit(submission("bob"))
    engine.runs[0].done()
    await until(crowd[0], EventKind.DONE)
    await until(crowd[1], EventKind.RUNNING)
    engine.runs[1].done()
    await until(late, EventKind.RUNNING)
    assert [job.position for job in crowd[2:]] == [1, 2, 3]


async def test_no_more_run_at_once_than_there_is_room(jobs: JobQueue, engine: PlayedEngine) -> None:
    engine.slots = 2
    taken = [await jobs.submit(submission()) for _ in range(4)]
    assert [job.status for job in taken] == ["running", "running", "queued", "queued"]


async def test_a_full_queue_and_a_greedy_owner_are_refused_with_the_limits(tmp_path: Path) -> None:
    async with queue(tmp_path, limits=Limits(3, 2, 30, 10)) as jobs:
        first, _ = [await jobs.submit(submission("ann")) for _ in range(2)]
        with pytest.raises(errors.OwnerFull) as greedy:
            await jobs.submit(submission("ann"))
        assert greedy.value.limit == 2
        operators = submission("ann", trusted=True)
        await jobs.submit(operators)
        for refused in (submission("eve"), operators):
            with pytest.raises(errors.QueueFull) as full:
                await jobs.submit(refused)
            assert full.value.limit == 3
        assert len(ids(tmp_path)) == 3
        await jobs.cancel(first)
        await jobs.submit(submission("bob"))


async def test_the_limits_hold_for_submissions_at_the_same_moment(tmp_path: Path) -> None:
    async with queue(tmp_path, limits=Limits(10, 2, 30, 10)) as jobs:
        together = [jobs.submit(submission()) for _ in range(6)]
        results = await asyncio.gather(*together, return_exceptions=True)
        assert sum(isinstance(result, errors.QueueError) for result in results) == 4
        assert len(jobs.all()) == len(ids(tmp_path)) == 2


async def test_a_bad_picture_is_refused_and_nothing_is_kept(tmp_path: Path, jobs: JobQueue) -> None:
    with pytest.raises(errors.PictureError) as refused:
        await jobs.submit(submission(style=PAINTING[:200]))
    assert refused.value.role == "style"
    assert jobs.all() == [] and ids(tmp_path) == []


@pytest.mark.parametrize(
    ("further", "weights", "told"),
    [
        ({"style_3": PAINTING}, None, ("picture-needs-other", "style_3")),
        ({"mask": mask(height=48)}, None, ("mask-shape", "mask")),
        (
            {"style_2": PAINTING, "style_mask_2": mask()},
            None,
            ("style-masks-count", "style_mask_2"),
        ),
        ({"style_mask": mask(0)}, None, ("mask-black", "style_mask")),
        ({"style_2": PAINTING}, (1, 2, 3), ("style-weights-count", "style_weights")),
        ({"style_2": b"no picture"}, None, ("picture-unknown", "style_2")),
    ],
)
async def test_pictures_that_dont_go_together_are_refused_and_nothing_is_kept(
    tmp_path: Path, jobs: JobQueue, further: Any, weights: Any, told: tuple[str, str]
) -> None:
    with pytest.raises(BadInput) as caught:
        asked = replace(SMALL, style_weights=weights)
        await jobs.submit(submission(further=further, settings=asked))
    data = caught.value.data
    assert (caught.value.code, data.get("role") or data.get("field")) == told
    assert jobs.all() == [] and ids(tmp_path) == ids(tmp_path, "incoming") == []


async def test_further_pictures_are_stored_with_their_names_and_sizes(
    tmp_path: Path, jobs: JobQueue
) -> None:
    further: Any = {"style_2": PHOTO, "mask": mask(), "style_mask": mask(), "style_mask_2": mask(9)}
    job = await jobs.submit(submission(further=further, further_names={"style_2": "impasto"}))
    told = {role: (each.name, each.size) for role, each in job.request.sources.items()}
    masks = dict.fromkeys(("mask", "style_mask", "style_mask_2"), ("mask", (72, 96)))
    paintings = {"style": ("painting", (80, 64)), "style_2": ("impasto", (72, 96))}
    assert told == {"content": ("photo", (72, 96)), **paintings, **masks}
    files = jobs.files(job)
    assert (read.decode(files.source("mask")) == read.decode(mask())).all()
    assert all(path.is_file() for role in job.request.sources for path in files.views(role))


@pytest.mark.parametrize("where", ["file", "database"])
async def test_a_full_disk_refuses_a_submission_and_nothing_is_kept(
    tmp_path: Path, jobs: JobQueue, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    with monkeypatch.context() as patch:
        if where == "file":
            patch.setattr(DecodePool, "store", disk_full)
        else:
            patch.setattr(Database, "execute", database_full)
        with pytest.raises(errors.DiskError):
            await jobs.submit(submission())
    assert jobs.all() == [] and ids(tmp_path) == [] == ids(tmp_path, "incoming")
    await jobs.pause.over()
    await jobs.submit(submission())


async def test_an_end_that_cant_be_stored_is_stored_when_the_disk_works_again(
    tmp_path: Path, jobs: JobQueue, engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await jobs.submit(submission())
    jobs.files(job).savepoint.write_bytes(b"npz")
    with monkeypatch.context() as patch:
        patch.setattr(Database, "execute", database_full)
        engine.runs[0].done()
        await until(job, EventKind.DONE)
        await settled(jobs)
        assert isinstance(jobs.pause.reason, errors.DiskFull)
    await jobs.pause.over()
    assert jobs.files(job).savepoint.exists()  # in case that the program had been killed
    with sqlite3.connect(tmp_path / "data" / "jobs.sqlite") as database:
        ((state,),) = database.execute("SELECT state FROM jobs")
    assert '"status":"done"' in state


async def test_a_failure_keeps_the_code_and_data_of_its_error(
    jobs: JobQueue, engine: PlayedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    job, other = [await jobs.submit(submission()) for _ in range(2)]
    engine.runs[0].fail(errors.MachineLost(7))
    event = await until(job, EventKind.FAILED)
    assert event.state.failure == Failure("machine-lost", {"times": 7})
    assert str(event.state.failure.error()) == str(errors.MachineLost(7))
    await until(other, EventKind.RUNNING)
    engine.runs[1].fail(ZeroDivisionError("secret of the program"))  # nobody expects it
    event = await until(other, EventKind.FAILED)
    assert event.state.failure == Failure.of(errors.Unexpected(other.id[:8]))
    assert other.id in caplog.text and "secret of the program" in caplog.text


async def test_a_cancelled_job_keeps_its_place_until_its_worker_stops(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    job, other = [await jobs.submit(submission()) for _ in range(2)]
    assert await jobs.cancel(job)
    assert [event.kind for event in await all_events(job)] == [EventKind.CANCELLED]
    assert not await jobs.cancel(job)
    assert engine.runs[0].stopped == "drop"
    assert other.status is JobStatus.QUEUED
    engine.runs[0].advance(70, milestone=60)  # too late
    engine.runs[0].end(Outcome.DONE)
    await until(other, EventKind.RUNNING)
    assert (job.status, job.milestones, job.state.step) == (JobStatus.CANCELLED, [], None)


async def test_a_removed_job_is_forgotten_with_its_files(
    tmp_path: Path, engine: PlayedEngine
) -> None:
    async with queue(tmp_path, engine) as jobs:
        running, waiting, other = [await jobs.submit(submission()) for _ in range(3)]
        await jobs.remove(waiting)
        await jobs.remove(waiting)
        assert [event.kind for event in await all_events(waiting)] == [EventKind.CANCELLED]
        await jobs.remove(running)
        assert jobs.all() == [other] and jobs.get(running.id) is None
        assert ids(tmp_path) == sorted([running.id, other.id])  # its worker may still write
        engine.runs[0].end()
        await until(other, EventKind.RUNNING)
        while ids(tmp_path) != [other.id]:
            await asyncio.sleep(0)
    async with queue(tmp_path) as jobs:
        assert [job.id for job in jobs.all()] == [other.id]


async def test_at_shutdown_every_unfinished_job_reports_that_it_will_continue(
    tmp_path: Path, engine: PlayedEngine
) -> None:
    async with queue(tmp_path, engine) as jobs:
        running, waiting = [await jobs.submit(submission()) for _ in range(2)]
        listeners = [asyncio.create_task(all_events(job)) for job in (running, waiting)]
        await until(waiting, EventKind.QUEUED)
        engine.runs[0].advance(30, milestone=20, saved=True)
    for events in await asyncio.gather(*listeners):
        assert [event.kind for event in events].index(EventKind.SUSPENDED) == len(events) - 1
    with pytest.raises(errors.QueueClosing):
        await jobs.submit(submission())


async def test_a_worker_that_doesnt_stop_doesnt_hold_up_the_shutdown(
    tmp_path: Path, engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.jobs.scheduler.STOP_SECONDS", 0.05)
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(submission())
        engine.runs[0].at_stop = None
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert engine.runs[0].stopped == "keep"
    assert [event.kind for event in await all_events(job)] == [EventKind.SUSPENDED]


async def test_the_next_start_continues_first_with_what_ran(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        done, running, waiting = [
            await jobs.submit(submission(owner)) for owner in ("ann", "bob", "ann")
        ]
        engine.runs[0].done()
        await until(done, EventKind.DONE)
        await until(running, EventKind.RUNNING)
        engine.runs[1].advance(45, milestone=40, saved=True)
        await until(running, EventKind.MILESTONE)
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        again = {job.id: job for job in jobs.all()}
        assert list(again) == [done.id, running.id, waiting.id]
        milestone, end = await all_events(again[done.id], after=80)
        assert (milestone.percent, end.kind) == (100, EventKind.DONE)
        await until(again[running.id], EventKind.RUNNING)
        (run,) = engine.runs
        assert (run.job.id, run.state.milestone, run.state.preview) == (running.id, 40, 1)
        assert again[running.id].state.step == step(45)
        listener = asyncio.create_task(all_events(again[running.id], after=40))
        run.done()
        assert percents(await listener) == [60, 80, 100]
        await until(again[waiting.id], EventKind.RUNNING)
        assert (await jobs.submit(submission())).request.number == 4


async def test_the_jobs_of_a_folder_of_version_0_1_continue(
    tmp_path: Path, engine: PlayedEngine
) -> None:
    running = {"state": "running", "started": 2.5, "step": STEP_1, "milestone": 40}
    done = {"state": "done", "ended": time.time(), "milestone": 100}
    (tmp_path / "data" / "jobs" / "job2").mkdir(parents=True)
    (tmp_path / "data" / "jobs" / "job2" / "savepoint.npz").write_bytes(b"npz")
    write_version_1(tmp_path / "data" / "jobs.sqlite", {}, running, done)
    async with queue(tmp_path, engine) as jobs:
        first, second, third = jobs.all()
        await until(second, EventKind.RUNNING)
        (run,) = engine.runs
        assert (run.job, run.state.milestone, run.state.step) == (second, 40, step(42.5))
        assert run.files.savepoint.read_bytes() == b"npz"
        assert run.job.request.settings.content_loss == "features"  # as it began
        assert (first.position, third.status) == (1, JobStatus.DONE)
        assert (await jobs.submit(submission())).request.number == 4


async def test_a_folder_is_locked_while_it_is_used(tmp_path: Path) -> None:
    async with queue(tmp_path):
        with pytest.raises(errors.DataError, match="in use by another lab or bot"):
            async with queue(tmp_path):
                pass
    (tmp_path / "data" / "jobs.sqlite").write_bytes(b"no database" * 1000)
    for _ in range(2):  # one that can't be read is unlocked again
        with pytest.raises(errors.DataError, match="can't be read"):
            async with queue(tmp_path):
                pass


async def test_old_and_surplus_jobs_are_removed_at_the_start_and_when_jobs_end(
    tmp_path: Path, engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def finish(jobs: JobQueue) -> str:
        job = await jobs.submit(submission())
        engine.runs[-1].done()
        await until(job, EventKind.DONE)
        await settled(jobs)
        return job.id

    async with queue(tmp_path, engine, Limits(9, 9, keep_days=7, keep_jobs=2)) as jobs:
        kept = [await finish(jobs) for _ in range(3)]
        assert [job.id for job in jobs.all()] == kept[1:]
        assert ids(tmp_path) == sorted(kept[1:])
    lived = time.monotonic() + 8 * DAY
    async with queue(tmp_path, engine) as jobs:
        with monkeypatch.context() as patch:
            patch.setattr(ages, "monotonic", lambda: lived)
            await jobs._retention.tidy()
        assert LIMITS.keep_days == 30 and len(jobs.all()) == 2
    async with queue(tmp_path, engine, Limits(9, 9, keep_days=7, keep_jobs=2)) as jobs:
        while jobs.all():
            await jobs.signal.next().wait()


async def test_a_late_report_doesnt_overwrite_a_cancellation(
    tmp_path: Path, engine: PlayedEngine
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(submission())
        engine.runs[0].advance(50, milestone=40, saved=True)
        await asyncio.gather(jobs.cancel(job), asyncio.sleep(0))
        engine.runs[0].end()
        await settled(jobs)
    async with queue(tmp_path) as jobs:
        assert [job.status for job in jobs.all()] == [JobStatus.CANCELLED]


async def test_a_row_that_cant_be_read_stays_with_its_files_and_its_number(tmp_path: Path) -> None:
    async with queue(tmp_path) as jobs:
        _, second = [await jobs.submit(submission()) for _ in range(2)]
    with sqlite3.connect(tmp_path / "data" / "jobs.sqlite") as database:
        database.execute("UPDATE jobs SET request = '{' WHERE id = ?", (second.id,))
    for number in (3, 4):
        async with queue(tmp_path) as jobs:
            assert (await jobs.submit(submission())).request.number == number
    assert second.id in ids(tmp_path)
    with sqlite3.connect(tmp_path / "data" / "jobs.sqlite") as database:
        numbers = database.execute("SELECT number FROM jobs ORDER BY number").fetchall()
    assert numbers == [(1,), (2,), (3,), (4,)]


async def test_a_submission_that_is_called_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saving = asyncio.Event()
    write = JobTable.write

    async def slow(self: JobTable, *records: Any) -> None:
        saving.set()
        await asyncio.shield(asyncio.ensure_future(write(self, *records)))  # as in a thread
        await asyncio.Event().wait()

    async with queue(tmp_path) as jobs:
        with monkeypatch.context() as patch:
            patch.setattr(JobTable, "write", slow)
            accepting = asyncio.create_task(jobs.submit(submission()))
            await saving.wait()
            accepting.cancel()
            await asyncio.gather(accepting, return_exceptions=True)
        assert ids(tmp_path) == []
    async with queue(tmp_path) as jobs:
        assert jobs.all() == []


@pytest.mark.parametrize("end", ["cancel", "fail", "done", "kill"])
async def test_a_savepoint_is_deleted_when_its_job_has_ended(
    tmp_path: Path, engine: PlayedEngine, end: str
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(submission())
        files = jobs.files(job)
        files.savepoint.write_bytes(b"npz")
        if end == "cancel":
            await jobs.cancel(job)
        if end == "fail":
            engine.runs[0].fail(errors.MemoryShort())
        else:
            engine.runs[0].end(Outcome.STOPPED if end == "cancel" else Outcome.DONE)
        await settled(jobs)
        assert not files.savepoint.exists()
    if end == "kill":  # before the savepoint was deleted
        files.savepoint.write_bytes(b"npz")
        async with queue(tmp_path):
            assert not files.savepoint.exists() and files.source("content").exists()


async def test_a_job_whose_machine_is_lost_continues_elsewhere_before_all_that_wait(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    job, other = [await jobs.submit(submission(owner)) for owner in ("ann", "bob")]
    listener = asyncio.create_task(all_events(job))
    engine.runs[0].advance(45, milestone=40, saved=True)
    await until(job, EventKind.MILESTONE)
    engine.runs[0].end(Outcome.LOST)
    while len(engine.runs) < 2:
        await job.signal.next().wait()
    again = engine.runs[1]
    assert (again.job.id, again.state.milestone) == (job.id, 40)
    assert (job.state.moves, job.state.phase, other.position) == (1, Phase.MOVING, 1)
    again.done()
    events = await listener
    assert percents(events) == [20, 40, 60, 80, 100]
    assert any(e.kind is EventKind.RUNNING and e.state.moves == 1 for e in events)
    assert events[-1].kind is EventKind.DONE


async def test_a_job_that_loses_machine_after_machine_fails_with_the_reason(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    job, other = [await jobs.submit(submission()) for _ in range(2)]
    for moves in range(4):
        while len(engine.runs) == moves:
            await job.signal.next().wait()
        engine.runs[-1].end(Outcome.LOST)
    event = await until(job, EventKind.FAILED)
    assert event.state.failure == Failure.of(errors.MachineLost(4))
    await until(other, EventKind.RUNNING)
    assert [run.job.id for run in engine.runs] == [job.id] * 4 + [other.id]


async def test_a_lost_job_waits_for_room_and_begins_when_there_is_some(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    job = await jobs.submit(submission())
    engine.slots = 0
    engine.runs[0].end(Outcome.LOST)
    await until(job, EventKind.QUEUED)
    assert (job.status, job.position, len(engine.runs)) == (JobStatus.QUEUED, 1, 1)
    engine.slots = 1
    engine.changed()
    assert [run.job.id for run in engine.runs] == [job.id, job.id]


@pytest.mark.parametrize("end", ["cancel", "remove"])
async def test_a_job_that_was_called_off_isnt_moved(
    jobs: JobQueue, engine: PlayedEngine, end: str
) -> None:
    job = await jobs.submit(submission())
    await (jobs.cancel(job) if end == "cancel" else jobs.remove(job))
    engine.runs[0].end(Outcome.LOST)
    await settled(jobs)
    assert (len(engine.runs), job.status) == (1, JobStatus.CANCELLED)


async def test_a_machine_that_is_lost_at_the_shutdown_leaves_the_job_for_the_next_start(
    tmp_path: Path, engine: PlayedEngine
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(submission())
        await until(job, EventKind.RUNNING)
        engine.runs[0].at_stop = Outcome.LOST
    assert (await all_events(job))[-1].kind is EventKind.SUSPENDED
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        (again,) = jobs.all()
        await until(again, EventKind.RUNNING)
        assert engine.runs[0].job.id == job.id


async def test_a_job_for_idle_times_gives_way_and_continues_later(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    idle = await jobs.submit(submission("table", idle=True))
    second = await jobs.submit(submission("table", idle=True))
    run = engine.runs[0]
    run.advance(30, saved=True)
    await until(idle, EventKind.RUNNING)
    mine = await jobs.submit(submission("ann"))
    assert run.stopped == "keep"
    assert second.position == 2  # behind what somebody asked for
    while mine.status is not JobStatus.RUNNING:
        await mine.signal.next().wait()
    assert (str(idle.status), idle.position) == ("queued", 1)
    engine.runs[1].done()
    while idle.status is not JobStatus.RUNNING:
        await idle.signal.next().wait()
    assert [each.job for each in engine.runs] == [idle, mine, idle]
    engine.runs[2].done()
    await until(idle, EventKind.DONE)


async def test_jobs_for_idle_times_dont_give_way_to_each_other(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    await jobs.submit(submission("table", idle=True))
    await jobs.submit(submission("table", idle=True))
    assert engine.runs[0].stopped is None and len(engine.runs) == 1
