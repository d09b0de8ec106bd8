"""When the waiting jobs will start."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.jobs import PlayedEngine, queue, submission
from tests.test_costs import finished

from artstyle.errors import DiskFull
from artstyle.jobs import Job, JobQueue
from artstyle.jobs.forecast import _differs
from artstyle.jobs.job import JobState


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[JobQueue]:
    async with queue(tmp_path, PlayedEngine()) as it:
        yield it


def learn(it: JobQueue, job: Job, seconds: float) -> None:
    done = finished(job.request.settings, seconds, job.request.content.size)
    it.costs.observe(done, JobState())


async def test_it_is_unknown_until_something_was_measured(it: JobQueue) -> None:
    first, second = [await it.submit(submission()) for _ in range(2)]
    it._scheduler.look_ahead()
    assert (first.starts_in, second.starts_in) == (None, None)


async def test_each_starts_when_those_before_it_have_ended(it: JobQueue) -> None:
    first, second, third = [await it.submit(submission()) for _ in range(3)]
    learn(it, second, 20.0)
    it._scheduler.look_ahead()
    assert first.starts_in is None  # it runs
    assert second.starts_in == pytest.approx(20, abs=1)
    assert third.starts_in == pytest.approx(40, abs=1)
    run = it._scheduler.running[first]
    run.advance(75)  # type: ignore[attr-defined]
    while first.state.step is None:
        await first.signal.next().wait()
    step = replace(first.state.step, seconds_left=5.0)
    it._store.change(first, replace(first.state, phase=None, step=step))
    it._scheduler.look_ahead()
    assert second.starts_in == pytest.approx(5, abs=1)
    assert third.starts_in == pytest.approx(25, abs=1)
    await it.cancel(second)
    assert second.starts_in is None and third.starts_in == pytest.approx(5, abs=1)


async def test_nothing_starts_during_a_pause(it: JobQueue) -> None:
    _, second = [await it.submit(submission()) for _ in range(2)]
    learn(it, second, 20.0)
    it.pause.begin(DiskFull())
    it._scheduler.look_ahead()
    assert second.starts_in is None


def test_only_a_change_that_matters_is_told() -> None:
    assert _differs(None, 100.0, 0.0) and _differs(100.0, None, 0.0)
    assert not _differs(None, None, 0.0)
    assert not _differs(100.0, 119.0, 0.0) and _differs(100.0, 130.0, 0.0)
    assert not _differs(4.0, 6.5, 0.0)
