"""What every engine does for the queue: the same tests for threads here and for a cluster."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from loopback import Loopback
from tests.jobs import SMALL, a_choice, a_job, disk_full, store

from artstyle.errors import DiskFull, PictureDamaged, PictureGone
from artstyle.jobs import Failure, JobState, ThreadEngine, opened
from artstyle.jobs.engine import Engine, Running
from artstyle.jobs.files import JobFiles
from artstyle.jobs.messages import Ended, Outcome, Update
from artstyle.pictures import read
from artstyle.settings import Settings

LONG = replace(SMALL, iterations=100_000)
DONE = Ended(Outcome.DONE)
PNG = b"\x89PNG\r\n\x1a\n"
Begin = Callable[..., Running]


@pytest.fixture(params=["local", pytest.param("cluster", marks=pytest.mark.xdist_group("cluster"))])
async def engine(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Engine]:
    where = "local"
    if request.param == "cluster":
        cluster: Loopback = request.getfixturevalue("cluster")
        for name, value in cluster.environment.items():
            monkeypatch.setenv(name, value)
        where = f"ray://{cluster.address}"
    async with opened(a_choice(where)) as made:
        await made.prepare()
        there = asyncio.Event()
        made.notify(there.set)
        while not made.has_room(SMALL, []):
            await there.wait()
        yield made


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    files = JobFiles(tmp_path / "job")
    store(files)
    return files


@pytest.fixture
def begin(engine: Engine, files: JobFiles) -> Begin:
    """Starts a job with these pictures."""

    def begin(settings: Settings = SMALL, *, at: Engine = engine, milestone: int = 0) -> Running:
        return at.begin(a_job(settings=settings, milestone=milestone), files)

    return begin


async def updates(running: Running) -> tuple[list[JobState], Ended]:
    """The states that are reported, and the end."""
    *reports, end = [report async for report in running.reports()]
    assert isinstance(end, Ended)
    return [report.state for report in reports if isinstance(report, Update)], end


async def test_a_job_reports_in_order_and_leaves_its_files(begin: Begin, files: JobFiles) -> None:
    states, end = await updates(begin())
    assert end == DONE
    assert states[0].phase is not None and states[0].network is None
    used, last = next(state.used for state in states if state.network), states[-1]
    assert used is not None and used.iterations == 3
    assert last.step is not None and (last.step.percent, last.milestone) == (100, 80)
    assert last.phase is None
    assert read.check(files.result).width == 85
    assert {path.name for path in files.folder.glob("snapshot*")} == {
        f"snapshot-{percent}.jpg" for percent in (20, 40, 60, 80)
    }


async def test_files_are_written_before_they_are_reported(begin: Begin, files: JobFiles) -> None:
    async for report in begin().reports():
        if isinstance(report, Update) and report.state.milestone:
            assert (files.folder / f"snapshot-{report.state.milestone}.jpg").is_file()
        if isinstance(report, Update) and report.state.preview:
            assert (files.folder / "preview.jpg").is_file()


async def test_the_same_seed_gives_the_same_file_on_every_engine(
    engine: Engine, begin: Begin, files: JobFiles
) -> None:
    results = []
    for each in (engine, ThreadEngine({"cpu": 1}, large_levels=3)):
        assert (await updates(begin(at=each)))[1] == DONE
        results.append(read.decode(files.result))
        files.savepoint.unlink(missing_ok=True)  # or the next would continue from there
    assert (results[0] == results[1]).all()


@pytest.mark.parametrize("keep", [True, False])
async def test_a_job_that_is_stopped_ends_soon_and_another_can_begin(
    begin: Begin, files: JobFiles, keep: bool
) -> None:
    running = begin(LONG)
    async for report in running.reports():
        if isinstance(report, Update) and report.state.step:
            running.stop(keep=keep)
    assert report == Ended(Outcome.STOPPED)
    assert not files.result.exists()
    assert (await updates(begin()))[1] == DONE


async def test_a_job_continues_from_its_savepoint_and_repeats_no_milestone(begin: Begin) -> None:
    twelve = replace(SMALL, iterations=12)
    first = begin(twelve, at=ThreadEngine({"cpu": 1}, large_levels=3))
    async for report in first.reports():
        if isinstance(report, Update) and report.state.step:
            reached = report
            first.stop(keep=True)
    step, milestone = reached.state.step, reached.state.milestone
    assert reached.saved and step is not None and step.iteration < 12
    states, end = await updates(begin(twelve, milestone=milestone))
    assert end == DONE
    steps = [state.step.iteration for state in states if state.step]
    assert steps[0] == step.iteration + 1
    assert min(state.milestone for state in states) >= milestone


async def test_a_picture_that_is_damaged_or_gone_ends_the_job(
    begin: Begin, files: JobFiles
) -> None:
    files.source("content").write_bytes(PNG + b"eaten by a worm")
    _, end = await updates(begin())
    assert end == Ended(Outcome.FAILED, Failure.of(PictureDamaged(role="content")))
    files.source("content").unlink()
    _, end = await updates(begin())
    assert end == Ended(Outcome.FAILED, Failure.of(PictureGone(role="content")))


async def test_a_full_disk_ends_a_job_and_frees_its_place(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", disk_full)
        _, end = await updates(begin(LONG))
    assert end == Ended(Outcome.FAILED, Failure.of(DiskFull()))
    assert (await updates(begin()))[1] == DONE
