"""A job's run with the embedded network at 64 px: which files it leaves, and how it goes on."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.jobs import SMALL, request

from artstyle.errors import DiskError
from artstyle.jobs import engine, history, worker
from artstyle.jobs.folder import JobFiles
from artstyle.jobs.request import write_sources
from artstyle.jobs.task import Began, Doing, Moved, News, Stop, Task
from artstyle.pictures import read
from artstyle.settings import Settings
from artstyle.transfer import Transfer

THREE_STAGES = Settings(**{**SMALL.as_dict(), "iterations": 12, "levels": 3})


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    """The two pictures of a job, written down."""
    files = JobFiles(tmp_path / "job")
    write_sources(request(settings=THREE_STAGES), files)
    return files


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write everything at each iteration, so that no test has to wait."""
    for name in ("PREVIEW_SECONDS", "HISTORY_SECONDS", "REPORT_SECONDS", "SAVE_SECONDS"):
        monkeypatch.setattr(worker, name, 0.0)


def task(files: JobFiles, settings: Settings = THREE_STAGES, **said: int) -> Task:
    return Task("j0b", settings, files, **{"preview": 0, "stages": 0, "milestone": 0, **said})


class Reports(list[News]):
    """What was reported; stops the run at an iteration."""

    def __init__(self, stop_at: int = 0, *, keep: bool = True) -> None:
        super().__init__()
        self.stop = Stop()
        self._at, self._keep = stop_at, keep

    def __call__(self, report: News) -> None:
        self.append(report)
        if isinstance(report, Moved) and report.step.iteration == self._at:
            self.stop.ask(keep=self._keep)

    @property
    def moved(self) -> list[Moved]:
        return [report for report in self if isinstance(report, Moved)]

    @property
    def iterations(self) -> list[int]:
        return list(dict.fromkeys(report.step.iteration for report in self.moved))


def run(the_task: Task, reports: Reports) -> bool:
    return engine.drive(the_task, reports, reports.stop)


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        return image.size


def names(files: JobFiles) -> set[str]:
    return {path.name for path in files.folder.iterdir()}


SOURCES = {"content.png", "content.jpg", "content-thumb.jpg"}
SOURCES |= {name.replace("content", "style") for name in SOURCES}


def test_a_whole_run_leaves_a_result_and_all_that_is_shown_of_it(files: JobFiles) -> None:
    reports = Reports()
    assert run(task(files), reports)
    stages = {"stage-1.jpg", "stage-2.jpg", "stage-3.jpg"}
    snapshots = {f"snapshot-{percent}.jpg" for percent in (20, 40, 60, 80)}
    made = {"result.png", "preview.jpg", "start.jpg", "history.json"}
    assert names(files) == SOURCES | stages | snapshots | made
    assert size(files.result) == (340, 256)
    assert size(files.folder / "start.jpg") == (85, 64)
    assert size(files.folder / "stage-2.jpg") == (170, 128)
    assert read.read_metadata(files.result)["settings"]["iterations"] == 12
    points = history.loads(files.history.read_text())
    assert [point.iteration for point in points] == list(range(1, 13))
    assert points[-1].stage == 3


def test_a_run_tells_what_it_does_and_where_it_is(files: JobFiles) -> None:
    reports = Reports()
    run(task(files), reports)
    assert [r.what for r in reports if isinstance(r, Doing)] == [
        "reading the pictures",
        "loading the network",
    ]
    (began,) = [report for report in reports if isinstance(report, Began)]
    assert (began.network, began.settings.iterations) == ("vgg16", 12)
    last = reports.moved[-1]
    assert (last.step.percent, last.stages, last.milestone) == (100, 3, 80)
    assert [r.milestone for r in reports.moved] == sorted(r.milestone for r in reports.moved)
    assert {20, 40, 60, 80} <= {r.milestone for r in reports.moved}


def test_a_fast_run_skips_no_milestone(files: JobFiles) -> None:
    settings = Settings(**{**SMALL.as_dict(), "iterations": 1})
    assert run(task(files, settings), Reports())
    assert {f"snapshot-{percent}.jpg" for percent in (20, 40, 60, 80)} <= names(files)


@pytest.mark.parametrize("stop_at", [1, 3, 4, 7, 10])
@pytest.mark.usefixtures("always")
def test_a_stopped_run_goes_on_where_it_was(files: JobFiles, stop_at: int) -> None:
    first = Reports(stop_at)
    assert not run(task(files), first)
    stopped = first.moved[-1]
    assert stopped.saved and stopped.step.iteration in (stop_at, stop_at + 1)
    assert not files.result.exists()
    second = Reports()
    again = task(files, preview=stopped.preview, stages=stopped.stages, milestone=stopped.milestone)
    assert run(again, second)
    assert second.iterations == list(range(stopped.step.iteration + 1, 13))
    assert {f"snapshot-{percent}.jpg" for percent in (20, 40, 60, 80)} <= names(files)
    assert min(r.milestone for r in second.moved) >= stopped.milestone
    points = history.loads(files.history.read_text())
    assert [point.iteration for point in points] == list(range(1, 13))
    assert size(files.result) == (340, 256)


@pytest.mark.usefixtures("always")
def test_what_was_done_after_the_savepoint_is_done_again(files: JobFiles) -> None:
    """As after kill -9: the history is ahead of the savepoint."""
    first = Reports(6)
    run(task(files), first)
    old = files.savepoint.read_bytes()
    run(task(files, milestone=first.moved[-1].milestone), Reports(9))
    files.savepoint.write_bytes(old)
    assert run(task(files), Reports())
    points = history.loads(files.history.read_text())
    assert [point.iteration for point in points] == list(range(1, 13))


@pytest.mark.usefixtures("always")
def test_a_cancelled_run_saves_nothing_and_stops_within_an_iteration(files: JobFiles) -> None:
    reports = Reports(1, keep=False)
    assert not run(task(files), reports)
    assert reports.iterations == [1]
    assert not files.savepoint.exists() or reports.moved[-1].step.iteration == 1


@pytest.mark.usefixtures("always")
def test_a_damaged_savepoint_begins_anew(files: JobFiles, caplog: pytest.LogCaptureFixture) -> None:
    files.savepoint.write_bytes(b"PK\3\4 cut off")
    files.history.write_text('{"half')
    reports = Reports()
    assert run(task(files), reports)
    assert reports.iterations == list(range(1, 13))
    assert "job j0b begins anew" in caplog.text


def test_without_need_little_is_written(files: JobFiles) -> None:
    writes: list[str] = []
    show = JobFiles.show

    def counted(self: JobFiles, name: str, jpeg: bytes) -> None:
        writes.append(name)
        show(self, name, jpeg)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobFiles, "show", counted)
        patch.setattr(worker, "PREVIEW_SECONDS", 1e6)
        run(task(files), Reports())
    assert writes.count("preview") == 2  # the first iteration and the last


@pytest.mark.parametrize("what", ["preview.jpg", "savepoint.npz", "history.json", "result.png"])
@pytest.mark.usefixtures("always")
def test_a_full_disk_fails_the_run_in_words(
    files: JobFiles, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == what:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DiskError, match="the disk is full"):
        run(task(files), Reports())
    assert not files.result.exists()
    assert not [name for name in names(files) if name.startswith(".")]


def test_previews_are_no_larger_than_a_page_needs(
    files: JobFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "VIEW", 50)
    run(task(files), Reports())
    assert size(files.folder / "preview.jpg") == (50, 38)
    assert size(files.result) == (340, 256)


def test_the_network_is_loaded_once(files: JobFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    make: Callable[..., None] = Transfer.__init__

    def watched(self: Transfer, *args: Any) -> None:
        make(self, *args)
        seen.append(self.objective._weights)

    monkeypatch.setattr(Transfer, "__init__", watched)
    one = Settings(**{**SMALL.as_dict(), "iterations": 1})
    for _ in range(2):
        run(task(files, one), Reports())
    assert seen[0] is seen[1]


@pytest.mark.usefixtures("always")
def test_a_preview_has_a_number_that_no_other_has_even_after_a_kill(files: JobFiles) -> None:
    first, second = Reports(5), Reports()
    run(task(files), first)
    assert run(task(files), second)  # nothing is known of the first life's previews
    numbers = [report.preview for report in first.moved]
    assert numbers == sorted(numbers)
    assert min(report.preview for report in second.moved) > 0
    last_of_first = int(first.moved[-1].preview)
    assert second.moved[-1].preview > last_of_first
