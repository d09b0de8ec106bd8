"""How many jobs can run, and what is said when none can though some wait."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.jobs import PlayedEngine, queue, submission
from tests.lab_app import lab

from artstyle.errors import DiskFull, NoWorkers
from artstyle.jobs import Job, JobQueue, ThreadEngine
from artstyle.jobs.workers import Workers


def missing(workers: Workers, seconds: float) -> None:
    """Let the workers be missing for so long."""
    workers.set({})
    workers._none_since = time.monotonic() - seconds


def age(job: Job, seconds: float) -> None:
    """Let a job wait for so long."""
    job.request = replace(job.request, created=time.time() - seconds)


@pytest.fixture
def engine() -> PlayedEngine:
    return PlayedEngine(slots=0)


@pytest.fixture
async def jobs(tmp_path: Path, engine: PlayedEngine) -> AsyncIterator[JobQueue]:
    async with queue(tmp_path, engine) as made:
        yield made


def test_workers_are_missing_until_there_are_some_and_again_when_they_are_gone() -> None:
    workers = Workers()
    assert workers.missing_seconds() > 0 and workers.total == 0
    workers.set({"cuda": 2})
    assert (workers.missing_seconds(), workers.total) == (0, 2)
    workers.set({"cuda": 0})
    since = workers._none_since
    workers.set({})  # it is still the same absence
    assert workers._none_since == since and workers.missing_seconds() > 0


async def test_an_engine_of_threads_has_its_workers_once_the_device_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("artstyle.machine.devices.choose", lambda wanted: "cuda")
    engine = ThreadEngine({"cpu": 1, "cuda": 2, "mps": 1}, large_levels=3)
    assert engine.workers.by_device == {}
    await engine.prepare()
    assert engine.workers.by_device == {"cuda": 2}


@pytest.mark.parametrize(
    ("gone", "waited", "trouble"),
    [(70.0, 100.0, True), (50.0, 100.0, False), (500.0, 5.0, False), (0.0, 500.0, False)],
)
async def test_no_worker_is_trouble_after_a_minute_in_which_a_job_waited(
    gone: float, waited: float, trouble: bool, jobs: JobQueue, engine: PlayedEngine
) -> None:
    age(await jobs.submit(submission()), waited)
    missing(engine.workers, gone)
    found = jobs.trouble()
    assert isinstance(found, NoWorkers) == trouble
    if found is not None:
        assert found.data["seconds"] in (70, 71)


async def test_without_waiting_jobs_no_worker_is_needed(
    jobs: JobQueue, engine: PlayedEngine
) -> None:
    missing(engine.workers, 1000)
    assert jobs.trouble() is None


async def test_a_pause_is_told_before_missing_workers(jobs: JobQueue, engine: PlayedEngine) -> None:
    age(await jobs.submit(submission()), 100)
    missing(engine.workers, 100)
    jobs.pause.begin(DiskFull())
    assert isinstance(jobs.trouble(), DiskFull)


async def test_health_tells_of_missing_workers_and_jobs_are_still_accepted(
    tmp_path: Path, engine: PlayedEngine
) -> None:
    async with lab(tmp_path, engine) as it:
        age(await it.job(), 100)
        missing(engine.workers, 90)
        answer = await it.json("GET", "/healthz", 503)
        assert (answer["status"], answer["code"]) == ("paused", "no-workers")
        assert answer["reason"].startswith("Pictures are waiting, but no worker has been there for")
        await it.job()
        engine.workers.set({"cpu": 1})
        assert (await it.json("GET", "/healthz"))["status"] == "ok"
