"""Clips in the queue: what is refused, what is stored of them, and how long they take."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from tests import clips
from tests.jobs import LIMITS, SMALL, PlayedEngine, a_job, mask, queue, step, submission

from artstyle.errors import ClipsRefused, ClipTooLong, MaskForClip, NotForClips
from artstyle.jobs import Job, JobRequest, JobStatus, Source
from artstyle.jobs.cluster.engine import ClusterEngine, ClusterRun
from artstyle.jobs.costs import Costs
from artstyle.jobs.files import JobFiles
from artstyle.jobs.messages import Ended
from artstyle.jobs.workers import Workers
from artstyle.pictures.messages import Length
from artstyle.video.frames import Frames

USUAL, SIZE = replace(SMALL, iterations=50), (400, 600)


def finished(content: Source, seconds: float) -> Job:
    done: dict[str, Any] = {"status": JobStatus.DONE, "used": USUAL.resolved("cpu")}
    done["step"] = replace(step(100), seconds=seconds)
    return a_job(content=content, settings=USUAL, **done)


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    return clips.write(tmp_path / "given.mp4", clips.pictures(4)).read_bytes()


def folders(folder: Path) -> list[str]:
    return [each.name for name in ("jobs", "incoming") for each in (folder / name).iterdir()]


async def test_a_clip_becomes_a_job_that_knows_its_length(tmp_path: Path, clip: bytes) -> None:
    async with queue(tmp_path) as jobs:
        job = await jobs.submit(submission(content=clip))
        assert job.request.content == Source("clip", (64, 64), length=Length(0.5, 4, 8.0))
        assert job.request.frames == 4 and job.request.style.length is None
        files = jobs.files(job)
        assert files.original("content", job.request.content) == files.clip
        assert files.original("style", job.request.style) == files.source("style")
        read = msgspec.json.decode(msgspec.json.encode(job.request), type=JobRequest)
        assert read == job.request


async def test_it_is_the_same_job_after_a_restart(tmp_path: Path, clip: bytes) -> None:
    async with queue(tmp_path) as jobs:
        request = (await jobs.submit(submission(content=clip))).request
    async with queue(tmp_path) as jobs:
        assert [job.request for job in jobs.all()] == [request]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"further": {"mask": mask()}}, MaskForClip),
        ({"settings": replace(SMALL, keep_faces=True)}, NotForClips),
        ({"settings": replace(SMALL, method="sketch")}, NotForClips),
    ],
)
async def test_what_only_photos_have_is_refused(
    tmp_path: Path, clip: bytes, said: dict[str, Any], error: type[Exception]
) -> None:
    async with queue(tmp_path) as jobs:
        with pytest.raises(error):
            await jobs.submit(submission(content=clip, **said))
        assert folders(tmp_path / "data") == []


async def test_limits_are_those_of_the_configuration(tmp_path: Path, clip: bytes) -> None:
    long = clips.write(tmp_path / "long.mp4", clips.pictures(9, 64, 96)).read_bytes()
    async with queue(tmp_path, limits=replace(LIMITS, clip_seconds=0.5)) as jobs:
        await jobs.submit(submission(content=clip))
        with pytest.raises(ClipTooLong):
            await jobs.submit(submission(content=long))


async def test_a_cluster_takes_photos_alone(tmp_path: Path, clip: bytes) -> None:
    engine = PlayedEngine()
    engine.clips = ClusterEngine.clips
    async with queue(tmp_path, engine) as jobs:
        with pytest.raises(ClipsRefused):
            await jobs.submit(submission(content=clip))
        await jobs.submit(submission())


async def test_a_clip_from_before_the_cluster_fails_in_a_sentence(tmp_path: Path) -> None:
    clip = Source("clip", SIZE, length=Length(1, 8, 8))
    with ThreadPoolExecutor(1) as writers:
        engine: Any = SimpleNamespace(writers=writers, send=lambda *_: True, runs={})
        run = ClusterRun(engine, 1, a_job(content=clip), JobFiles(tmp_path), {})
        *_, end = [report async for report in run.reports()]
    assert isinstance(end, Ended) and end.failure and end.failure.code == ClipsRefused.code


async def test_the_frames_of_a_cancelled_job_are_deleted(tmp_path: Path, clip: bytes) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(submission(content=clip))
        while not engine.runs:
            await job.signal.next().wait()
        frames = Frames(jobs.files(job).frames)
        frames.folder.mkdir()
        frames.path(1).write_bytes(b"a frame")
        await jobs.cancel(job)
        engine.runs[0].end()
        while jobs._scheduler.following:
            await next(iter(jobs._scheduler.following))
        assert not frames.folder.exists() and jobs.files(job).clip.exists()


def test_what_a_clip_takes_grows_with_its_frames() -> None:
    costs = Costs(Workers())
    costs.load([finished(Source("photo", SIZE), 8.0)])
    alone = costs.expected_seconds(USUAL, SIZE)
    ten, twenty = (costs.expected_seconds(USUAL, SIZE, frames) for frames in (10, 19))
    assert alone and ten and twenty and alone == pytest.approx(8.0)
    assert twenty - ten == pytest.approx(ten - alone) and alone < ten - alone < 9 * alone


def test_clips_are_estimated_by_clips_once_there_are_some() -> None:
    costs = Costs(Workers())
    clip = Source("clip", SIZE, length=Length(1, 10, 10))
    costs.load([finished(Source("photo", SIZE), 8.0), finished(clip, 90.0)])
    assert costs.expected_seconds(USUAL, SIZE, 10) == pytest.approx(90.0)
    assert costs.expected_seconds(USUAL, SIZE) == pytest.approx(8.0)
