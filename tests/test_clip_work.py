"""A job's run on a clip at 64 px: what it reports and leaves, and how it goes on after a stop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests import clips
from tests.jobs import SMALL, a_job, store
from tests.test_worker import Reports, names, size

from artstyle.errors import PictureGone
from artstyle.jobs import JobState, Phase, Source, clip_work, engine
from artstyle.jobs.files import JobFiles
from artstyle.pictures.messages import Length
from artstyle.video.frames import Frames

FRAMES = 3
CLIP = Source("clip", (64, 64), length=Length(FRAMES / clips.RATE, FRAMES, clips.RATE))


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    """A clip and a painting, stored."""
    files = JobFiles(tmp_path / "job")
    store(files)
    files.source("content").unlink()
    clips.write(files.clip, clips.pictures(FRAMES), sound="aac")
    return files


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report everything, so that no test depends on its machine's speed."""
    for name in ("PREVIEW_SECONDS", "REPORT_SECONDS"):
        monkeypatch.setattr(clip_work, name, 0.0)


class StopsAtFrame(Reports):
    """Stops the run when a frame is finished."""

    def __call__(self, report: object) -> None:
        super().__call__(report)  # type: ignore[arg-type]
        if self[-1].saved and self.last.frame == 2:
            self.stop.ask(keep=True)


def run(files: JobFiles, reports: Reports, state: JobState | None = None) -> bool:
    request = a_job("c11b", content=CLIP, settings=replace(SMALL, iterations=3)).request
    return engine.drive(files.order(request, state or JobState()), files, reports, reports.stop)


def test_a_run_leaves_a_clip_its_first_frame_and_what_is_shown_on_the_way(
    files: JobFiles, always: None
) -> None:
    before, reports = names(files), Reports()
    assert run(files, reports)
    snapshots = {f"snapshot-{percent}.jpg" for percent in (20, 40, 60, 80)}
    assert names(files) - before == {"result.mp4", "result.png", "preview.jpg", *snapshots}
    assert [each.shape for each in clips.decoded(files.result_clip)] == [(64, 64, 3)] * FRAMES
    assert clips.heard(files.result_clip).size and size(files.result) == (64, 64)
    assert reports.last.milestone == 80 and reports.last.network == "vgg16"
    assert reports.last.step and reports.last.step.percent == 100
    assert reports.last.step.size == (64, 64) and reports.last.used is not None


def test_it_tells_its_phases_and_counts_its_frames(files: JobFiles, always: None) -> None:
    reports = Reports()
    run(files, reports)
    phases = dict.fromkeys(report.state.phase for report in reports)
    assert list(phases) == [Phase.READING, Phase.LOADING, None]
    counted = dict.fromkeys(each.state.frame for each in reports if each.state.phase is None)
    assert list(counted) == [1, 2, 3] and reports.last.frames == FRAMES
    previews = [report.state.preview for report in reports if report.state.preview]
    assert len(set(previews)) == FRAMES + 1 and previews == sorted(previews)


def test_each_finished_frame_is_a_point_to_go_on_from(files: JobFiles, always: None) -> None:
    reports = Reports()
    run(files, reports)
    assert [report.state.frame for report in reports if report.saved] == [1, 2, 3]


def test_a_run_that_was_stopped_goes_on_and_gives_the_same_clip(
    files: JobFiles, always: None, tmp_path: Path
) -> None:
    whole = JobFiles(tmp_path / "whole")
    store(whole)
    clips.write(whole.clip, clips.pictures(FRAMES), sound="aac")
    run(whole, Reports())
    first, second = StopsAtFrame(), Reports(stop_at=-1)
    assert not run(files, first) and first[-1].saved
    assert Frames(files.frames).path(2).is_file() and not files.result.exists()
    painted = Frames(files.frames).path(1).stat().st_mtime_ns, first.last.step
    assert run(files, second, first.last)
    assert painted[1] and second.last.step and second.last.step.seconds > painted[1].seconds
    pairs = zip(clips.decoded(files.result_clip), clips.decoded(whole.result_clip), strict=True)
    assert all((mine == theirs).all() for mine, theirs in pairs)


def test_a_clip_that_is_gone_is_told_as_such(files: JobFiles) -> None:
    files.clip.unlink()
    with pytest.raises(PictureGone):
        run(files, Reports())


def test_a_jobs_frames_are_deleted_with_it_and_when_it_has_ended(files: JobFiles) -> None:
    run(files, StopsAtFrame())
    assert files.frames.is_dir()
    files.delete_unfinished()
    assert not files.frames.exists() and files.clip.exists()
    run(files, StopsAtFrame())
    assert files.delete() and not files.folder.exists()


def test_a_link_in_place_of_the_frames_is_left_alone(files: JobFiles, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "000001.png").write_bytes(b"mine")
    files.frames.symlink_to(elsewhere)
    files.delete_unfinished()
    assert (elsewhere / "000001.png").read_bytes() == b"mine"
