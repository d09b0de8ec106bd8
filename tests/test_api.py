import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import PHOTO, moved, until
from tests.lab_app import Lab, form, lab

from artstyle.jobs import Done, Milestone, State
from artstyle.jobs.task import Began


async def events(it: Lab, path: str) -> list[tuple[str, Any]]:
    """Read a stream of server-sent events to its end."""
    async with it.client.get(path) as answer:
        assert answer.content_type == "text/event-stream"
        told = []
        for block in (await answer.text()).split("\r\n\r\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "event" in lines:
                told.append((lines["event"], json.loads(lines["data"])))
        return told


async def test_a_job_from_submission_to_result(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.json("POST", "/api/jobs", 201, data=form(seed=5))
        assert (job["state"], job["settings"]["seed"], job["progress"]) == ("running", 5, None)
        here = job["links"]["self"]
        stream = asyncio.create_task(events(it, job["links"]["events"]))
        run = it.engine.runs[0]
        run.send(Began(run.task.settings, "vgg16"))
        run.send(moved(50, milestone=40))
        (real,) = it.queue.all()
        await until(real, Milestone)
        now = await it.json("GET", here)
        assert (now["progress"]["percent"], now["milestones"]) == (50, [20, 40])
        assert now["progress"]["loss"] == {
            "content": 0.5,
            "style": 0.25,
            "tv": 0.125,
            "total": 0.875,
        }
        await it.json("GET", f"{here}/result", 409)
        it.queue.files(real).result.write_bytes(PHOTO)
        run.done()
        await until(real, Done)
        told = await stream
        assert [data["percent"] for name, data in told if name == "milestone"] == [
            20,
            40,
            60,
            80,
            100,
        ]
        assert told[0][0] == "running" and told[-1] == ("done", {})
        done = await it.json("GET", here)
        async with it.client.get(done["links"]["result"]) as answer:
            assert answer.content_type == "image/png"
            assert (
                answer.headers["Content-Disposition"] == 'attachment; filename="photo-painting.png"'
            )
            assert await answer.read() == PHOTO
        await it.json("DELETE", here, 204)
        await it.json("GET", here, 404)


async def test_events_begin_after_a_milestone_if_asked(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        it.engine.runs[0].done()
        await until(job, Done)
        told = await events(it, f"/api/jobs/{job.id}/events?after=60")
        assert told == [
            ("milestone", {"percent": 80}),
            ("milestone", {"percent": 100}),
            ("done", {}),
        ]


async def test_cancelling_twice_is_a_conflict(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        told = await it.json("POST", f"/api/jobs/{job.id}/cancel")
        assert told["state"] == "cancelled"
        told = await it.json("POST", f"/api/jobs/{job.id}/cancel", 409)
        assert told == {"error": "The job is cancelled already."}


async def test_the_list_can_be_filtered_and_paged(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        jobs = [await it.job() for _ in range(4)]
        await it.queue.cancel(jobs[2])
        everything = await it.json("GET", "/api/jobs")
        assert everything["total"] == 4
        assert [job["id"] for job in everything["jobs"]] == [job.id for job in reversed(jobs)]
        queued = await it.json("GET", "/api/jobs?state=queued&offset=1&limit=1")
        assert (queued["total"], [job["id"] for job in queued["jobs"]]) == (2, [jobs[1].id])
        for wrong in ("state=dreaming", "limit=-1", "offset=x", "limit="):
            told = await it.json("GET", f"/api/jobs?{wrong}", 400)
            assert told["error"].startswith(wrong.partition("=")[0].capitalize())


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_job_is_told_as_json(tmp_path: Path, method: str) -> None:
    async with lab(tmp_path) as it:
        told = await it.json(method, "/api/jobs/nothing", 404)
        assert "There is nothing here" in told["error"]
        told = await it.json("POST", "/api/jobs/nothing", 405)
        assert "doesn't take such a request" in told["error"]


async def test_health_counts_jobs(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        await it.job()
        told = await it.json("GET", "/healthz")
        assert told["status"] == "ok"
        assert told["jobs"][State.RUNNING] == 1


async def test_a_stream_ends_with_the_word_that_it_goes_on_when_the_server_stops(
    tmp_path: Path,
) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        stream = asyncio.create_task(events(it, f"/api/jobs/{job.id}/events"))
        report = asyncio.create_task(it.text("/events"))
        page = asyncio.create_task(it.text(f"/jobs/{job.id}/events"))
        while not job.signal.next()._waiters:
            await asyncio.sleep(0)
        assert it.client.app is not None
        await it.client.app.shutdown()
        assert (await stream)[-1] == ("suspended", {})
        await asyncio.gather(report, page)
