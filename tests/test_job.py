"""A job's events, as its listeners get them."""

import asyncio

from tests.jobs import a_job, all_events, step

from artstyle.jobs import Advanced, Cancelled, Done, Failed, Job, Milestone, Queued, Suspended
from artstyle.jobs.events import Event
from artstyle.jobs.job import State


def change(job: Job, **changes: object) -> None:
    for name, value in changes.items():
        setattr(job, name, value)
    job.signal.changed()


async def listening(job: Job, after: int = 0) -> tuple[asyncio.Task[list[Event]], list[Event]]:
    """Listen in a task; the list fills as events come."""
    seen: list[Event] = []

    async def listen() -> list[Event]:
        async for event in job.events(after):
            seen.append(event)
        return seen

    task = asyncio.create_task(listen())
    await settled()
    return task, seen


async def settled() -> None:
    """Let every task that can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_whoever_joins_learns_the_present_state_first() -> None:
    job = a_job(position=4)
    task, seen = await listening(job)
    assert seen == [Queued(4)]
    change(job, position=3)
    await settled()
    late, late_seen = await listening(job)
    assert late_seen == [Queued(3)]
    change(job, state=State.RUNNING, doing="loading the network")
    await settled()
    assert seen[-1] == late_seen[-1] == Advanced(None, 0, "loading the network")
    task.cancel()
    late.cancel()


async def test_after_the_end_there_is_the_end_alone() -> None:
    for job, end in [
        (a_job(state=State.FAILED, reason="no disk"), Failed("no disk")),
        (a_job(state=State.CANCELLED), Cancelled()),
        (a_job(suspended=True), Suspended()),
    ]:
        assert await all_events(job) == [end]
    milestones = [Milestone(percent) for percent in (20, 40, 60, 80, 100)]
    assert await all_events(a_job(state=State.DONE, milestone=100)) == [*milestones, Done()]


async def test_any_number_of_listeners_get_one_end_each() -> None:
    job = a_job()
    tasks = [(await listening(job))[0] for _ in range(50)]
    change(job, state=State.RUNNING)
    change(job, state=State.DONE, milestone=100)
    change(job)
    for events in await asyncio.gather(*tasks):
        assert events[-1] == Done()
        assert sum(isinstance(event, Done) for event in events) == 1


async def test_a_slow_listener_gets_the_newest_state_but_each_milestone() -> None:
    job = a_job(state=State.RUNNING)
    task, seen = await listening(job)
    for percent in range(1, 86):  # without letting the listener run
        change(job, step=step(percent), preview=percent, milestone=percent // 20 * 20)
    await settled()
    assert seen[1:] == [Advanced(step(85), 85, None), *map(Milestone, (20, 40, 60, 80))]
    change(job, state=State.DONE, milestone=100)
    assert (await task)[-2:] == [Milestone(100), Done()]


async def test_milestones_that_a_listener_had_are_not_repeated() -> None:
    job = a_job(state=State.RUNNING, milestone=60)
    task, seen = await listening(job, after=40)
    assert seen[1:] == [Milestone(60)]
    change(job, milestone=60)
    change(job, state=State.FAILED, reason="x", milestone=80)
    assert [event for event in await task if isinstance(event, Milestone)] == [
        Milestone(60),
        Milestone(80),
    ]


async def test_a_listener_that_leaves_is_forgotten() -> None:
    job = a_job()
    task, _ = await listening(job)
    waiting = job.signal.next()
    assert len(waiting._waiters) == 1
    task.cancel()
    await settled()
    assert not waiting._waiters
