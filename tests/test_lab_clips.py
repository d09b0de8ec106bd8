"""Clips in the lab: its form, its API, the page of a job, cards and downloads."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests import clips
from tests.jobs import LIMITS, PAINTING, mask, picture
from tests.lab_app import JSON, Lab, form, lab
from tests.test_gif import gif

from artstyle.jobs import Job
from artstyle.lab.checking import BEGINNING

RESULT = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 8


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    return clips.write(tmp_path / "given.mp4", clips.pictures(4)).read_bytes()


async def submitted(it: Lab, clip: bytes, **fields: Any) -> Job:
    made = await it.json("POST", "/api/jobs", 201, data=form(content=clip, **fields))
    job = it.queue.get(made["id"])
    assert job is not None
    return job


async def painted(it: Lab, job: Job) -> None:
    """Play a run to its end."""
    files = it.queue.files(job)
    files.result_clip.write_bytes(RESULT)
    files.result.write_bytes(picture(3, 64, 64))
    it.show(job, "preview", "snapshot-20", jpeg=picture(3, 64, 64, ".jpg"))
    it.run_of(job).update(frame=2, frames=4)
    await it.advance(job, 85)
    await it.done(job)


async def refusal(it: Lab, **fields: Any) -> dict[str, str]:
    answer = await it.json("POST", "/api/jobs", 422, data=form(**fields), headers=JSON)
    assert not it.queue.all()
    told: dict[str, str] = answer["errors"]
    return told


async def test_a_clip_becomes_a_job_with_its_length(it: Lab, clip: bytes) -> None:
    job = await submitted(it, clip)
    told = await it.json("GET", f"/api/jobs/{job.id}")
    assert told["content"] == {
        **{"name": "clip", "width": 64, "height": 64, "missing": None},
        "length": {"seconds": 0.5, "frames": 4, "fps": 8.0},
    }
    assert told["style"]["length"] is None and told["title"] == "clip × painting"


async def test_a_gif_that_moves_is_a_clip_too(it: Lab) -> None:
    job = await submitted(it, gif(3, duration=100))
    assert job.request.length and job.request.length.frames == 3


async def test_a_clip_is_refused_at_its_field_in_a_sentence(
    it: Lab, clip: bytes, tmp_path: Path
) -> None:
    assert await refusal(it, content=clip[: len(clip) // 3]) == {
        "content": "The clip is damaged or cut off, so nothing of it can be shown; export it again"
    }
    sound = clips.only_sound(tmp_path / "sound.mp4").read_bytes()
    assert "holds no video" in (await refusal(it, content=sound))["content"]
    assert (await refusal(it, content=clip, mask=mask())).keys() == {"mask"}
    assert (await refusal(it, content=clip, keep_faces="on")).keys() == {"keep_faces"}
    assert (await refusal(it, style=clip)).keys() == {"style"}


async def test_a_clip_is_refused_for_its_length_and_its_size(tmp_path: Path, clip: bytes) -> None:
    async with lab(tmp_path, limits=replace(LIMITS, clip_seconds=0.3)) as it:
        gone = clips.write(tmp_path / "long.mp4", clips.pictures(12, 64, 96)).read_bytes()
        told = await refusal(it, content=gone)
        assert told == {"content": "The clip is 1.5 s long, more than 0.3 s; choose a part of it"}
    async with lab(tmp_path, limits=replace(LIMITS, clip_bytes=1000)) as it:
        told = await refusal(it, content=clip)
        assert told == {"content": "The clip is larger than 0.001 MB; choose a smaller file"}


async def test_where_no_clips_are_taken_the_form_says_so(tmp_path: Path, clip: bytes) -> None:
    async with lab(tmp_path, limits=replace(LIMITS, clip_seconds=0)) as it:
        assert "Clips can't be painted here" in (await refusal(it, content=clip))["content"]
        assert "video/*" not in await it.text("/")
    async with lab(tmp_path) as it:
        assert "video/*" in await it.text("/")


async def check(it: Lab, beginning: bytes, size: int) -> dict[str, Any]:
    path = f"/api/check?role=content&bytes={size}"
    told: dict[str, Any] = await it.json("POST", path, data=beginning)
    return told


async def test_its_beginning_tells_whether_it_will_be_taken(it: Lab, clip: bytes) -> None:
    found = await check(it, clip, len(clip))
    assert (found["ok"], found["width"], found["height"]) == (True, 64, 64)
    assert (await check(it, clip[:2000], len(clip)))["ok"]  # the rest may be what is missing
    told = await check(it, clip[:BEGINNING], LIMITS.clip_bytes + 1)
    assert (told["ok"], told["code"]) == (False, "clip-heavy")


async def test_while_it_is_painted_its_frames_are_counted(it: Lab, clip: bytes) -> None:
    job = await submitted(it, clip)
    it.run_of(job).update(frame=3, frames=4)
    await it.advance(job, 50)
    view = await it.json("GET", f"/jobs/{job.id}/view")
    assert view["status"] == "50 % · frame 3 of 4 · 2 s left"
    assert view["detail"].startswith("frame 3 of 4 · iteration")
    assert "0.5 s, 8 frames a second" in view["facts"]
    progress = (await it.json("GET", f"/api/jobs/{job.id}"))["progress"]
    assert (progress["frame"], progress["frames"]) == (3, 4)
    russian = await it.text(f"/jobs/{job.id}", headers={"Accept-Language": "ru"})
    assert "кадр 3 из 4" in russian


async def test_the_page_plays_the_result(it: Lab, clip: bytes) -> None:
    job = await submitted(it, clip)
    page = await it.text(f"/jobs/{job.id}")
    assert "<video" not in page and "data-picture" in page and "viewer.js" not in page
    await painted(it, job)
    page = await it.text(f"/jobs/{job.id}")
    video = re.search(r"<video [^>]*>", page)
    assert video and f'src="/api/jobs/{job.id}/result"' in video[0]
    assert all(word in video[0] for word in ("controls", "loop", "muted", "playsinline"))
    assert f'poster="/jobs/{job.id}/pictures/preview?v=1"' in video[0]
    assert "Download MP4" in page and "Download PNG" not in page
    assert f"/jobs/{job.id}/pictures/content.mp4" in page
    photo = await it.job()
    assert "<video" not in await it.text(f"/jobs/{photo.id}")


async def test_the_result_is_served_in_parts_as_players_ask_for_it(it: Lab, clip: bytes) -> None:
    job = await submitted(it, clip)
    path = f"/api/jobs/{job.id}/result"
    await it.json("GET", path, 409)
    await painted(it, job)
    async with it.client.get(path) as answer:
        assert answer.content_type == "video/mp4" and await answer.read() == RESULT
        assert answer.headers["Content-Disposition"].endswith('clip-painting.mp4"')
        assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
    async with it.client.get(path, headers={"Range": "bytes=10-19"}) as answer:
        assert answer.status == 206 and await answer.read() == RESULT[10:20]
        assert answer.headers["Content-Range"] == f"bytes 10-19/{len(RESULT)}"
    async with it.client.get(f"{path}?format=jpeg") as answer:
        assert answer.content_type == "image/jpeg"
    told = await it.json("GET", f"{path}?format=gif", 400)
    assert "mp4" in told["error"]


async def test_a_photos_result_is_no_clip(it: Lab) -> None:
    job = await it.job()
    await it.finish(job)
    told = await it.json("GET", f"/api/jobs/{job.id}/result?format=mp4", 409)
    assert told["code"] == "no-clip"


async def test_the_clip_itself_is_served(it: Lab, clip: bytes) -> None:
    job = await submitted(it, clip)
    async with it.client.get(f"/jobs/{job.id}/pictures/content.mp4") as answer:
        assert answer.status == 200 and answer.content_type == "video/mp4"
        assert "immutable" in answer.headers["Cache-Control"]
    photo = await it.job()
    await it.text(f"/jobs/{photo.id}/pictures/content.mp4", 404)


async def test_its_card_says_that_it_is_a_clip_and_offers_its_first_frame(
    it: Lab, clip: bytes
) -> None:
    job = await submitted(it, clip)
    await painted(it, job)
    card = await it.text(f"/jobs/{job.id}/card")
    assert re.search(r'class="badge">\s*Clip · 0.5 s', card)
    assert f'data-result="/api/jobs/{job.id}/result?format=png"' in card
    photo = await it.job()
    assert "badge" not in await it.text(f"/jobs/{photo.id}/card")


async def test_a_zip_has_clips_and_pictures(it: Lab, clip: bytes) -> None:
    job = await submitted(it, clip)
    await painted(it, job)
    photo = await it.job()
    await it.finish(photo)
    async with it.client.get(f"/api/jobs/zip?ids={job.id},{photo.id}") as answer:
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as files:
            assert files.namelist() == ["01-clip-painting.mp4", "02-photo-painting.png"]
            assert files.read("01-clip-painting.mp4") == RESULT


async def test_it_counts_as_a_job_and_not_among_the_times_of_pictures(it: Lab, clip: bytes) -> None:
    await painted(it, await submitted(it, clip))
    text = await it.text("/metrics")
    counts = set(re.findall(r"^artstyle_picture_seconds_count\{.*\} (.*)$", text, re.MULTILINE))
    assert 'artstyle_jobs{state="done"} 1.0' in text and counts == {"0.0"}


async def test_it_is_repeated_with_other_settings(it: Lab, clip: bytes) -> None:
    job = await submitted(it, clip)
    await painted(it, job)
    made = await it.json(
        *("POST", "/api/jobs", 201), data=form(content=None, style=PAINTING, again=job.id)
    )
    assert made["content"]["length"]["frames"] == 4 and made["content"]["name"] == "clip"
