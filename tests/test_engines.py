"""What every engine does for the queue: the same tests for threads here and for a cluster."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from loopback import Loopback
from tests.jobs import SMALL, request

from artstyle.errors import DiskError, PictureError
from artstyle.jobs.engine import Ended, Engine, Running, ThreadEngine
from artstyle.jobs.engines import EngineChoice, opened
from artstyle.jobs.folder import JobFiles
from artstyle.jobs.request import write_sources
from artstyle.jobs.task import Began, Doing, Moved, News, Task
from artstyle.pictures import read
from artstyle.settings import Settings

LONG = Settings(**{**SMALL.as_dict(), "iterations": 100_000})
MakeTask = Callable[..., Task]


@pytest.fixture(params=["local", pytest.param("cluster", marks=pytest.mark.xdist_group("cluster"))])
async def engine(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Engine]:
    """An engine that is ready."""
    where = "local"
    if request.param == "cluster":
        cluster: Loopback = request.getfixturevalue("cluster")
        for name, value in cluster.environment.items():
            monkeypatch.setenv(name, value)
        where = f"ray://{cluster.address}"
    choice = EngineChoice(
        engine=where,
        workers={"cpu": 1, "cuda": 1, "mps": 1},
        large_levels=3,
        gpus_per_job=1,
        cpus_per_job=1,
        network=False,
    )
    async with opened(choice) as made:
        await made.prepare()
        there = asyncio.Event()
        made.notify(there.set)
        while not made.has_room(SMALL, []):
            await there.wait()
        yield made


@pytest.fixture
def task(tmp_path: Path) -> MakeTask:
    """Makes tasks whose pictures are written down."""

    def make(settings: Settings = SMALL, milestone: int = 0) -> Task:
        files = JobFiles(tmp_path / "job")
        if not files.folder.exists():
            write_sources(request(), files)
        return Task("j0b", settings, files, preview=0, stages=0, milestone=milestone)

    return make


async def all_of(running: Running) -> list[News | Ended]:
    return [report async for report in running.reports()]


def end(reports: list[News | Ended]) -> Ended:
    *others, last = reports
    assert isinstance(last, Ended) and not any(isinstance(each, Ended) for each in others)
    return last


async def test_a_task_tells_all_of_it_in_order_and_leaves_its_files(
    engine: Engine, task: MakeTask
) -> None:
    the_task = task()
    reports = await all_of(engine.begin(the_task))
    assert end(reports) == Ended(True, None)
    kinds = [type(report) for report in reports]
    assert kinds.index(Doing) < kinds.index(Began) < kinds.index(Moved)
    last = reports[-2]
    assert isinstance(last, Moved) and (last.step.percent, last.milestone) == (100, 80)
    assert read.check(the_task.files.result).width == 85
    assert {path.name for path in the_task.files.folder.glob("snapshot*")} == {
        f"snapshot-{percent}.jpg" for percent in (20, 40, 60, 80)
    }


async def test_what_is_told_is_written_already(engine: Engine, task: MakeTask) -> None:
    the_task = task()
    async for report in engine.begin(the_task).reports():
        if isinstance(report, Moved) and report.milestone:
            assert (the_task.files.folder / f"snapshot-{report.milestone}.jpg").is_file()
        if isinstance(report, Moved) and report.preview:
            assert (the_task.files.folder / "preview.jpg").is_file()


async def test_the_same_seed_gives_the_same_picture_wherever_it_is_made(
    engine: Engine, task: MakeTask, tmp_path: Path
) -> None:
    the_task = task()
    pictures = []
    for each in (engine, ThreadEngine({"cpu": 1}, large_levels=3)):
        assert end(await all_of(each.begin(the_task))).done
        pictures.append(read.decode(the_task.files.result))
        the_task.files.savepoint.unlink(missing_ok=True)  # or the next would go on from there
    assert (pictures[0] == pictures[1]).all()


@pytest.mark.parametrize("keep", [True, False])
async def test_a_task_that_is_stopped_ends_soon_and_another_can_begin(
    engine: Engine, task: MakeTask, keep: bool
) -> None:
    running = engine.begin(task(LONG))
    reports: list[News | Ended] = []
    async for report in running.reports():
        reports.append(report)
        if isinstance(report, Moved):
            running.stop(keep=keep)
    assert end(reports) == Ended(False, None)
    assert not task().files.result.exists()
    assert end(await all_of(engine.begin(task()))).done


async def test_a_task_goes_on_from_its_savepoint_and_repeats_no_milestone(
    engine: Engine, task: MakeTask
) -> None:
    twelve = Settings(**{**SMALL.as_dict(), "iterations": 12})
    first = ThreadEngine({"cpu": 1}, large_levels=3).begin(task(twelve))
    async for report in first.reports():
        if isinstance(report, Moved):
            reached = report
            first.stop(keep=True)
    assert reached.saved and reached.step.iteration < 12
    reports = await all_of(engine.begin(task(twelve, reached.milestone)))
    assert end(reports) == Ended(True, None)
    moved = [report for report in reports if isinstance(report, Moved)]
    assert moved[0].step.iteration == reached.step.iteration + 1
    assert min(report.milestone for report in moved) >= reached.milestone


async def test_what_a_user_can_mend_comes_as_the_end(engine: Engine, task: MakeTask) -> None:
    the_task = task()
    the_task.files.content.write_bytes(b"eaten by a worm")
    last = end(await all_of(engine.begin(the_task)))
    assert isinstance(last.error, PictureError) and "the photo" in str(last.error)
    the_task.files.content.unlink()
    last = end(await all_of(engine.begin(the_task)))
    assert isinstance(last.error, PictureError) and "the photo" in str(last.error)


async def test_a_full_disk_ends_a_task_and_frees_its_place(
    engine: Engine, task: MakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    the_task = task(LONG)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        last = end(await all_of(engine.begin(the_task)))
    assert isinstance(last.error, DiskError) and "disk is full" in str(last.error)
    assert end(await all_of(engine.begin(task()))).done
