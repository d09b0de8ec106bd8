import asyncio
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from tests.jobs import PHOTO, until
from tests.lab_app import Lab, form

from artstyle import errors
from artstyle.errors import MemoryShort
from artstyle.jobs import EventKind, Failure, JobStatus


async def events(it: Lab, path: str) -> list[tuple[str, Any]]:
    """Read a stream of server-sent events to its end."""
    async with it.client.get(path) as answer:
        assert answer.content_type == "text/event-stream"
        found = []
        for block in (await answer.text()).split("\r\n\r\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "event" in lines:
                found.append((lines["event"], json.loads(lines["data"])))
        return found


async def test_a_job_from_submission_to_result(it: Lab) -> None:
    job = await it.json("POST", "/api/jobs", 201, data=form(seed=5))
    assert (job["state"], job["settings"]["seed"], job["progress"]) == ("running", 5, None)
    here = job["links"]["self"]
    stream = asyncio.create_task(events(it, job["links"]["events"]))
    (real,) = it.queue.all()
    await it.advance(real, 50)
    now = await it.json("GET", here)
    assert (now["progress"]["percent"], now["milestones"]) == (50, [20, 40])
    loss = {"content": 0.5, "style": 0.25, "tv": 0.125, "total": 0.875}
    assert now["progress"]["loss"] == loss
    answer = await it.json("GET", f"{here}/result", 409)
    assert answer["error"] == "The job is running, so there is no result"
    assert (answer["code"], answer["data"]) == ("no-result", {"status": "running"})
    it.queue.files(real).result.write_bytes(PHOTO)
    await it.done(real)
    seen = await stream
    milestones = [data["percent"] for name, data in seen if name == "milestone"]
    assert milestones == [20, 40, 60, 80, 100]
    assert seen[0][0] == "running" and seen[-1] == ("done", {})
    done = await it.json("GET", here)
    async with it.client.get(done["links"]["result"]) as picture:
        assert picture.content_type == "image/png"
        disposition = picture.headers["Content-Disposition"]
        assert disposition == 'attachment; filename="photo-painting.png"'
        assert await picture.read() == PHOTO
    await it.json("DELETE", here, 204)
    await it.json("GET", here, 404)


async def test_a_failure_is_told_by_sentence_code_and_data(it: Lab) -> None:
    job = await it.job()
    it.engine.runs[0].fail(MemoryShort())
    await until(job, EventKind.FAILED)
    failure = {"code": "memory-short", "data": {}}
    answer = await it.json("GET", f"/api/jobs/{job.id}")
    assert answer["failure"] == failure
    assert answer["reason"].startswith("There wasn't enough memory")
    seen = await events(it, f"/api/jobs/{job.id}/events")
    assert seen == [("failed", {"reason": answer["reason"], "failure": failure})]


async def test_a_failure_shows_no_folder_even_if_an_older_version_stored_it(it: Lab) -> None:
    job = await it.job()
    it.engine.runs[0].fail(MemoryShort())
    await until(job, EventKind.FAILED)
    data = {"path": "/srv/data/jobs/a/result.png", "reason": "Read-only file system"}
    job.state = replace(job.state, failure=Failure("disk-unwritable", data))
    for path in (f"/api/jobs/{job.id}", f"/api/jobs/{job.id}/events", f"/jobs/{job.id}", "/"):
        async with it.client.get(path) as answer:
            text = await answer.text()
        assert "result.png can" in text and "/srv" not in text, path


@pytest.mark.parametrize(("format", "ending"), [("png", "png"), ("jpeg", "jpg"), ("webp", "webp")])
async def test_the_result_is_saved_in_the_format_asked_for(
    it: Lab, format: str, ending: str
) -> None:
    job = await it.job()
    await it.finish(job)
    async with it.client.get(f"/api/jobs/{job.id}/result?format={format}") as answer:
        assert (answer.status, answer.content_type) == (200, f"image/{format}")
        name = f"{job.request.content.name}-{job.request.style.name}.{ending}"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        with Image.open(io.BytesIO(await answer.read())) as image:
            assert (image.format, image.size) == (format.upper(), (341, 256))
    answer = await it.json("GET", f"/api/jobs/{job.id}/result?format=gif", 400)
    assert answer["error"] == "Format must be one of png, jpeg, webp"


async def test_a_saved_result_is_called_by_its_title(it: Lab) -> None:
    job = await it.job(title='Löwe × "Starry" / night')
    await it.finish(job)
    async with it.client.get(f"/api/jobs/{job.id}/result") as answer:
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="Lwe_Starry_night.png"; '
            "filename*=UTF-8''L%C3%B6we_Starry_night.png"
        )


async def test_events_begin_after_a_milestone_if_asked(it: Lab) -> None:
    job = await it.job()
    await it.done(job)
    assert await events(it, f"/api/jobs/{job.id}/events?after=60") == [
        ("milestone", {"percent": 80}),
        ("milestone", {"percent": 100}),
        ("done", {}),
    ]


async def test_cancelling_twice_is_a_conflict(it: Lab) -> None:
    job = await it.job()
    answer = await it.json("POST", f"/api/jobs/{job.id}/cancel")
    assert answer["state"] == "cancelled"
    answer = await it.json("POST", f"/api/jobs/{job.id}/cancel", 409)
    assert answer["error"] == "The job is already cancelled"


async def test_the_list_can_be_filtered_and_paged(it: Lab) -> None:
    jobs = [await it.job() for _ in range(4)]
    await it.queue.cancel(jobs[2])
    everything = await it.json("GET", "/api/jobs")
    assert everything["total"] == 4
    assert [job["id"] for job in everything["jobs"]] == [job.id for job in reversed(jobs)]
    queued = await it.json("GET", "/api/jobs?state=queued&offset=1&limit=1")
    assert (queued["total"], [job["id"] for job in queued["jobs"]]) == (2, [jobs[1].id])
    for wrong in ("state=dreaming", "limit=-1", "offset=x", "limit="):
        answer = await it.json("GET", f"/api/jobs?{wrong}", 400)
        assert answer["data"]["name"] == wrong.partition("=")[0]


async def test_a_page_of_the_list_has_links_to_the_others(it: Lab) -> None:
    for _ in range(5):
        await it.job()

    async def links(query: str) -> dict[str, str]:
        async with it.client.get(f"/api/jobs?{query}") as answer:
            assert answer.status == 200
            found = answer.headers.get("Link", "")
            return {kind: path for path, kind in re.findall(r'<([^>]+)>; rel="(\w+)"', found)}

    first = await links("limit=2&state=queued")
    here = "/api/jobs?state=queued&offset="
    assert first == {"first": f"{here}0&limit=2", "next": f"{here}2&limit=2"}
    assert await links(first["next"].partition("?")[2]) == {
        "first": f"{here}0&limit=2",
        "prev": f"{here}0&limit=2",
    }
    assert await links("") == {"first": "/api/jobs?offset=0&limit=100"}
    assert await links("limit=0") == {}


async def test_samples_and_presets_are_listed(it: Lab) -> None:
    told = await it.json("GET", "/api/samples")
    names = {role: {each["name"] for each in told[role]} for role in ("content", "style")}
    assert "astronaut" in names["content"] and "cubist" in names["style"]
    for each in (told["content"][0], told["style"][0]):
        async with it.client.get(each["picture"]) as picture:
            assert (picture.status, picture.content_type) == (200, "image/webp")
    presets = await it.json("GET", "/api/presets")
    assert presets["default"] == "standard"
    assert presets["presets"][0]["name"] == "preview"
    assert presets["presets"][0]["settings"] == {"levels": 1}


async def test_health_counts_jobs(it: Lab) -> None:
    await it.job()
    answer = await it.json("GET", "/healthz")
    assert (answer["status"], answer["jobs"][JobStatus.RUNNING]) == ("ok", 1)


async def test_a_pause_is_told_by_health_pages_and_jobs(it: Lab) -> None:
    await it.job()
    waiting = await it.job()
    it.queue.pause.begin(errors.DiskBroken("Input/output error"))
    answer = await it.json("GET", "/healthz", 503)
    told = "The disk can't be used (Input/output error): check it"
    assert (answer["status"], answer["code"], answer["reason"]) == ("paused", "disk-broken", told)
    assert answer["jobs"][JobStatus.QUEUED] == 1
    assert (await it.json("GET", f"/api/jobs/{waiting.id}"))["held"] == told
    assert "Nothing is painted at the moment" in (page := await it.text("/"))
    assert "waiting: the disk can&#39;t be used (Input/output error): check it" in page
    refused = await it.json("POST", "/api/jobs", 507, data=form())
    assert refused["code"] == "disk-broken"


async def test_when_the_server_stops_a_stream_ends_with_the_job_suspended(it: Lab) -> None:
    job = await it.job()
    stream = asyncio.create_task(events(it, f"/api/jobs/{job.id}/events"))
    gallery = asyncio.create_task(it.text("/events"))
    while not job.signal.next()._waiters:
        await asyncio.sleep(0)
    assert it.client.app is not None
    await it.client.app.shutdown()
    assert (await stream)[-1] == ("suspended", {})
    await gallery
