"""Sketches in the lab: alone as a job, and first in any other job."""

from __future__ import annotations

import json
from pathlib import Path

from tests.jobs import picture, until
from tests.lab_app import form, lab

from artstyle.jobs import EventKind, ThreadEngine
from artstyle.jobs.messages import Artifact


async def test_a_sketch_can_be_all_that_is_asked_for(tmp_path: Path) -> None:
    engine = ThreadEngine({"cpu": 1, "cuda": 1, "mps": 1}, large_levels=3)
    async with lab(tmp_path, engine) as it:
        made = await it.json("POST", "/api/jobs", 201, data=form(preset="sketch"))
        job = it.queue.get(made["id"])
        assert job is not None
        await until(job, EventKind.DONE)
        told = await it.json("GET", f"/api/jobs/{job.id}")
        assert told["settings"]["method"] == "sketch" and told["network"] == "sketch"
        assert told["progress"]["loss"] == dict.fromkeys(("content", "style", "tv", "total"))
        assert told["progress"]["levels"] == []
        page = await it.text(f"/jobs/{job.id}")
        assert "From coarse to fine" not in page and "682×512" in page
        async with it.client.get(f"/jobs/{job.id}/plot") as answer:
            assert (answer.status, await answer.text()) == (200, "")
        async with it.client.get("/events/latest") as answer:
            json.loads(await answer.text(), parse_constant=lambda name: 1 / 0)  # NaN is no JSON


async def test_the_page_of_a_job_has_its_sketch(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        it.queue.files(job).write(Artifact("sketch", picture(1, 64, 85, ".jpg")))
        it.run_of(job).update(sketch=True)
        await it.advance(job, 10)
        assert f"/jobs/{job.id}/pictures/sketch-384.webp" in await it.text(f"/jobs/{job.id}")
        async with it.client.get(f"/jobs/{job.id}/pictures/sketch-384.webp") as answer:
            assert answer.content_type == "image/webp"
