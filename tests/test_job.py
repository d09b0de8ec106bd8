"""A job's events, as its listeners get them, and its failure on its way through JSON."""

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.jobs import a_job, all_events, percents, step

from artstyle.errors import PictureGone, UnknownChoice
from artstyle.jobs import EventKind, Failure, Job, JobEvent, JobStatus, Phase


def change(job: Job, **changes: Any) -> None:
    job.state = replace(job.state, **changes)
    job.signal.changed()


async def listening(job: Job, after: int = 0) -> tuple[asyncio.Task[None], list[JobEvent]]:
    seen: list[JobEvent] = []

    async def listen() -> None:
        async for event in job.events(after):
            seen.append(event)

    task = asyncio.create_task(listen())
    await settled()
    return task, seen


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_new_listener_learns_the_present_state_first() -> None:
    job = a_job(position=4)
    task, seen = await listening(job)
    assert [(event.kind, event.position) for event in seen] == [(EventKind.QUEUED, 4)]
    job.position = 3
    change(job)
    await settled()
    late, late_seen = await listening(job)
    assert [(event.kind, event.position) for event in late_seen] == [(EventKind.QUEUED, 3)]
    change(job, status=JobStatus.RUNNING, phase=Phase.LOADING)
    await settled()
    assert seen[-1] == late_seen[-1] == JobEvent(EventKind.RUNNING, job.state)
    task.cancel()
    late.cancel()


async def test_after_the_end_there_is_the_end_alone() -> None:
    for job, kind in [
        (a_job(status=JobStatus.FAILED, failure=Failure("disk-full", {})), EventKind.FAILED),
        (a_job(status=JobStatus.CANCELLED), EventKind.CANCELLED),
        (a_job(suspended=True), EventKind.SUSPENDED),
    ]:
        assert await all_events(job) == [JobEvent(kind, job.state)]
    *milestones, end = await all_events(a_job(status=JobStatus.DONE, milestone=100))
    assert percents(milestones) == [20, 40, 60, 80, 100]
    assert end.kind is EventKind.DONE


async def test_any_number_of_listeners_get_one_end_each() -> None:
    job = a_job()
    listeners = [await listening(job) for _ in range(50)]
    change(job, status=JobStatus.RUNNING)
    change(job, status=JobStatus.DONE, milestone=100)
    change(job)
    await asyncio.gather(*(task for task, _ in listeners))
    for _, events in listeners:
        kinds = [event.kind for event in events]
        assert kinds[-1] is EventKind.DONE and kinds.count(EventKind.DONE) == 1


async def test_a_slow_listener_gets_the_newest_state_but_each_milestone() -> None:
    job = a_job(status=JobStatus.RUNNING)
    task, seen = await listening(job)
    for percent in range(1, 86):  # without letting the listener run
        change(job, step=step(percent), preview=percent, milestone=percent // 20 * 20)
    await settled()
    first, newest, *milestones = seen
    assert (first.state.step, newest.state.step, newest.state.preview) == (None, step(85), 85)
    assert percents(milestones) == [20, 40, 60, 80]
    change(job, status=JobStatus.DONE, milestone=100)
    await task
    assert (seen[-2].percent, seen[-1].kind) == (100, EventKind.DONE)


async def test_milestones_that_a_listener_had_are_not_repeated() -> None:
    job = a_job(status=JobStatus.RUNNING, milestone=60)
    task, seen = await listening(job, after=40)
    assert percents(seen[1:]) == [60]
    change(job, milestone=60)
    change(job, status=JobStatus.FAILED, milestone=80)
    await task
    assert percents(seen) == [60, 80]


async def test_a_listener_that_leaves_is_forgotten() -> None:
    job = a_job()
    task, _ = await listening(job)
    waiting = job.signal.next()
    assert len(waiting._waiters) == 1
    task.cancel()
    await settled()
    assert not waiting._waiters


@pytest.mark.parametrize(
    "error", [PictureGone(role="style"), UnknownChoice("preset", value="x", choices=("a", "b"))]
)
def test_a_failure_is_its_error_again(error: Any) -> None:
    failure = msgspec.json.decode(msgspec.json.encode(Failure.of(error)), type=Failure)
    assert type(failure.error()) is type(error)
    assert str(failure.error()) == str(error)
