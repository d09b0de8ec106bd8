"""A job's run with the embedded network at 64 px: which files it leaves, and how it continues."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.jobs import PAINTING, PHOTO, SMALL, a_job, disk_full, mask, store

from artstyle.errors import DiskFull
from artstyle.jobs import JobState, Phase, Source, engine, history, worker
from artstyle.jobs.engine import Stop
from artstyle.jobs.files import JobFiles
from artstyle.jobs.messages import Artifact, Update
from artstyle.pictures import read
from artstyle.pictures.masks import load_mask
from artstyle.progress import Progress
from artstyle.savepoint import Savepoint
from artstyle.settings import Settings
from artstyle.sketch import network
from artstyle.style import pyramid
from artstyle.transfer import ROUGH, stylize
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

TWO_STAGES = replace(SMALL, iterations=12, levels=2)


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    """The two pictures of a job, stored."""
    files = JobFiles(tmp_path / "job")
    store(files)
    return files


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write everything at each iteration, so that no test has to wait."""
    for name in ("PREVIEW_SECONDS", "HISTORY_SECONDS", "REPORT_SECONDS", "SAVE_SECONDS"):
        monkeypatch.setattr(worker, name, 0.0)


class Reports(list[Update]):
    """What was reported; stops the run at an iteration."""

    def __init__(self, stop_at: int = 0, *, keep: bool = True) -> None:
        super().__init__()
        self.stop = Stop()
        self._at, self._keep = stop_at, keep

    def __call__(self, report: Update) -> None:
        self.append(report)
        if report.state.step is not None and report.state.step.iteration == self._at:
            self.stop.ask(keep=self._keep)

    @property
    def last(self) -> JobState:
        return self[-1].state

    @property
    def iterations(self) -> list[int]:
        steps = [report.state.step for report in self if report.state.phase is None]
        return list(dict.fromkeys(step.iteration for step in steps if step is not None))


def run(
    files: JobFiles,
    reports: Reports | None = None,
    settings: Settings = TWO_STAGES,
    state: JobState | None = None,
) -> bool:
    reports = Reports() if reports is None else reports
    order = files.order(a_job("j0b", settings=settings).request, state or JobState())
    return engine.drive(order, files, reports, reports.stop)


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        return image.size


def recorded(files: JobFiles) -> list[int]:
    """Iterations in the history."""
    return [point.iteration for point in history.loads(files.history.read_text())]


def names(files: JobFiles) -> set[str]:
    return {path.name for path in files.folder.iterdir()}


SOURCES = {"content.png", "content.jpg", "content-thumb.jpg"}
SNAPSHOTS = {f"snapshot-{percent}.jpg" for percent in (20, 40, 60, 80)}
SOURCES |= {name.replace("content", "style") for name in SOURCES}


def test_a_whole_run_leaves_a_result_and_all_that_is_shown_of_it(
    files: JobFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SAVE_SECONDS", 1e6)
    assert run(files)
    made = {"result.png", "history.json", "stage-1.jpg", "stage-2.jpg"}
    made |= {"start.jpg", "sketch.jpg", "preview.jpg"}
    assert names(files) == SOURCES | SNAPSHOTS | made | {"savepoint.npz"}
    assert Savepoint.loads(files.savepoint.read_bytes()).iteration == 1  # before all others
    assert size(files.result) == (170, 128)
    assert size(files.folder / "start.jpg") == (85, 64)
    assert size(files.folder / "stage-2.jpg") == (170, 128)
    assert read.read_metadata(files.result)["settings"]["iterations"] == 12
    assert recorded(files) == list(range(1, 13))
    assert history.loads(files.history.read_text())[-1].stage == 2


def test_a_run_reports_its_phase_and_its_step(files: JobFiles) -> None:
    reports = Reports()
    run(files, reports)
    phases = [report.state.phase for report in reports]
    assert list(dict.fromkeys(phases)) == [Phase.READING, Phase.LOADING, None]
    last = reports.last
    assert last.used is not None and last.step is not None
    assert (last.network, last.used.iterations) == ("vgg16", 12)
    assert (last.step.percent, last.stages, last.milestone) == (100, 2, 80)
    milestones = [report.state.milestone for report in reports]
    assert milestones == sorted(milestones)  # a slow iteration may reach two at once
    assert names(files) >= SNAPSHOTS


@pytest.mark.parametrize("stop_at", [1, 3, 4, 7, 10])
@pytest.mark.usefixtures("always")
def test_a_stopped_run_goes_on_where_it_was(files: JobFiles, stop_at: int) -> None:
    first = Reports(stop_at)
    assert not run(files, first)
    stopped = first.last
    assert stopped.step is not None and first[-1].saved
    assert stopped.step.iteration in (stop_at, stop_at + 1)
    assert not files.result.exists()
    second = Reports()
    assert run(files, second, state=stopped)
    assert second.iterations == list(range(stopped.step.iteration + 1, 13))
    assert names(files) >= SNAPSHOTS
    assert min(report.state.milestone for report in second) >= stopped.milestone
    assert recorded(files) == list(range(1, 13))
    assert size(files.result) == (170, 128)


@pytest.mark.usefixtures("always")
def test_what_was_done_after_the_savepoint_is_done_again(files: JobFiles) -> None:
    """As after kill -9: the history is ahead of the savepoint."""
    first = Reports(6)
    run(files, first)
    old = files.savepoint.read_bytes()
    run(files, Reports(9), state=first.last)
    files.savepoint.write_bytes(old)
    assert run(files)
    assert recorded(files) == list(range(1, 13))


@pytest.mark.usefixtures("always")
def test_a_cancelled_run_saves_nothing_and_stops_within_an_iteration(files: JobFiles) -> None:
    reports = Reports(1, keep=False)
    assert not run(files, reports)
    assert reports.iterations == [1]
    assert Savepoint.loads(files.savepoint.read_bytes()).iteration == 1  # as every iteration


@pytest.mark.usefixtures("always")
def test_a_damaged_savepoint_is_ignored(files: JobFiles, caplog: pytest.LogCaptureFixture) -> None:
    files.savepoint.write_bytes(b"PK\3\4 cut off")
    files.history.write_text('{"half')
    reports = Reports()
    assert run(files, reports)
    assert reports.iterations == list(range(1, 13))
    assert "job j0b starts from the beginning" in caplog.text


def test_previews_are_few_and_no_larger_than_a_page_needs(
    files: JobFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[str] = []
    write = JobFiles.write

    def counted(self: JobFiles, artifact: Artifact) -> None:
        writes.append(artifact.name)
        write(self, artifact)

    monkeypatch.setattr(JobFiles, "write", counted)
    monkeypatch.setattr(worker, "PREVIEW_SECONDS", 1e6)
    monkeypatch.setattr(worker, "VIEW", 50)
    run(files)
    assert writes.count("preview") == 3  # the sketch, at the end of the first stage and of the run
    assert size(files.folder / "preview.jpg") == (50, 38)
    assert size(files.result) == (170, 128)


@pytest.mark.usefixtures("always")
def test_there_is_no_preview_while_a_stage_has_just_begun(files: JobFiles) -> None:
    reports = Reports()
    asked = replace(TWO_STAGES, iterations=24)
    run(files, reports, asked)
    first = {report.state.preview: report.state.step for report in reversed(reports)}
    previews = sorted((step.stage, step.iteration) for step in first.values() if step is not None)
    ended, _ = (stage.iterations for stage in pyramid.stages((72, 96), asked))
    later = range(ended + ROUGH, 25)
    assert later and previews == [(1, ended)] + [(2, n) for n in later]


def test_the_sketch_is_shown_before_the_network_of_the_run_has_done_anything(
    files: JobFiles,
) -> None:
    reports = Reports()
    run(files, reports)
    first = next(report.state for report in reports if report.state.preview)
    assert first.sketch and first.step is None and first.stages == 0
    assert (files.folder / "sketch.jpg").read_bytes() != (files.folder / "start.jpg").read_bytes()


def test_a_run_goes_on_without_a_sketch(
    files: JobFiles, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(network, "WEIGHTS", files.folder / "none.npz")
    network.load.cache_clear()
    reports = Reports()
    assert run(files, reports)
    assert not reports.last.sketch and not (files.folder / "sketch.jpg").exists()
    assert "there is no sketch" in caplog.text


def test_a_job_can_be_a_sketch_alone(files: JobFiles) -> None:
    reports = Reports()
    assert run(files, reports, Settings(levels=1, method="sketch"))
    assert size(files.result) == (341, 256)
    assert reports.last.network == "sketch" and not reports.last.sketch
    metadata = read.read_metadata(files.result)
    assert metadata["loss"] is None and metadata["settings"]["method"] == "sketch"


def test_a_milestone_has_a_picture_even_then(
    files: JobFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    rough: list[bool] = []
    show = worker.Work._show_reached

    def watched(self: worker.Work, progress: Progress) -> worker.Reports:
        rough.append(progress.rough)
        yield from show(self, replace(progress, percent=40 if progress.rough else 1))

    monkeypatch.setattr(worker.Work, "_show_reached", watched)
    run(files, settings=replace(TWO_STAGES, iterations=24))
    assert rough.count(True) == 5
    assert size(files.folder / "snapshot-40.jpg") == (170, 128)


@pytest.mark.parametrize("what", ["preview.jpg", "savepoint.npz", "history.json", "result.png"])
@pytest.mark.usefixtures("always")
def test_a_full_disk_fails_the_run(
    files: JobFiles, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        return disk_full() if target.name == what else replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DiskFull):
        run(files)
    assert not files.result.exists()
    assert not [name for name in names(files) if name.startswith(".")]


def test_the_network_is_loaded_once(files: JobFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    load = checkpoints.load

    def counted(name: str) -> Network:
        loaded.append(name)
        return load(name)

    worker._load.cache_clear()
    monkeypatch.setattr(checkpoints, "load", counted)
    for _ in range(2):
        run(files, settings=replace(SMALL, iterations=1))
    assert loaded == ["vgg16"]
    assert names(files) >= SNAPSHOTS  # though there is only one iteration


@pytest.mark.usefixtures("always")
def test_a_preview_has_a_number_that_no_other_has_even_after_a_kill(files: JobFiles) -> None:
    first, second = Reports(2), Reports()
    run(files, first)
    assert run(files, second)  # without the state of the first run
    numbers = [report.state.preview for report in first]
    assert numbers == sorted(numbers)
    assert second.last.preview > first.last.preview > 0


MASKED = replace(SMALL, style_weights=(2, 1))


def test_a_run_blends_all_paintings_where_the_masks_say(tmp_path: Path) -> None:
    files = JobFiles(tmp_path / "job")
    regions = {"style_mask": mask(48), "style_mask_2": mask(96)}
    store(files, style_2=PHOTO, mask=mask(24), **regions)
    further: Any = {
        role: Source(role, (72, 96)) for role in ("style_2", "mask", "style_mask", "style_mask_2")
    }
    order = files.order(a_job(settings=MASKED, further=further).request, JobState())
    reports = Reports()
    assert engine.drive(order, files, reports, reports.stop)
    styles = [read.load(data) for data in (PAINTING, PHOTO)]
    masks = [load_mask(each) for each in (mask(24), mask(48), mask(96))]
    wanted = stylize(read.load(PHOTO), styles, MASKED, mask=masks[0], style_masks=masks[1:])
    result = read.load(files.result)
    assert (result - wanted.picture).abs().max() <= 0.5 / 255 + 1e-6
    photo = pyramid.target(read.load(PHOTO), pyramid.size_of(result))
    assert (result - photo)[..., -24:].abs().max() <= 0.5 / 255 + 1e-6
    assert (result - photo)[..., :8].abs().max() > 0.05
