import asyncio
from pathlib import Path

import pytest
from tests.jobs import PHOTO, moved, until
from tests.lab_app import JSON, Lab, lab

from artstyle.jobs import Cancelled, Done, Failed, Job, Milestone, State, history
from artstyle.jobs.engine import Ended
from artstyle.jobs.history import LossPoint
from artstyle.jobs.task import Began, News
from artstyle.progress import LossParts
from artstyle.settings import Settings


async def finished(it: Lab, job: Job) -> None:
    files = it.queue.files(job)
    files.result.write_bytes(PHOTO)
    points = [LossPoint(n, 1, ((64, 85),), (LossParts(1 / n, 1.0, 0.1),)) for n in range(1, 9)]
    files.history.write_text(history.dumps(points))
    for name in ("preview", "start", "stage-1", "snapshot-20"):
        files.show(name, b"\xff\xd8\xff jpeg of " + name.encode())
    run = next(run for run in it.engine.runs if run.task.id == job.id)
    run.send(Began(Settings(levels=1, iterations=8, seed=77, network="vgg16"), "vgg16"))
    run.done()
    await until(job, Done)


async def test_a_finished_job_shows_all_that_belongs_to_it(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job(preset="preview")
        await finished(it, job)
        html = await it.text(f"/jobs/{job.id}")
        for wanted in (
            'type="range"',
            f"/jobs/{job.id}/pictures/start",
            f"/jobs/{job.id}/pictures/snapshot-80",
            "<svg",
            f'href="/api/jobs/{job.id}/result"',
            f'href="/new?again={job.id}"',
            f'action="/jobs/{job.id}/remove"',
            "77",
            "256",
        ):
            assert wanted in html, wanted
        assert f'action="/jobs/{job.id}/cancel"' not in html


async def test_a_job_that_hasnt_begun_can_be_shown_and_cancelled(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        await it.job()
        job = await it.job()
        html = await it.text(f"/jobs/{job.id}")
        assert "waiting, next in line" in html
        assert f'action="/jobs/{job.id}/cancel"' in html and "/result" not in html


async def test_a_failure_is_told_on_its_page(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        it.engine.runs[0].send(Ended(False, MemoryError()))
        await until(job, Failed)
        assert "not enough memory" in await it.text(f"/jobs/{job.id}")


@pytest.mark.parametrize("name", ["preview?v=3", "content", "style-thumb", "start"])
async def test_pictures_are_jpegs_and_cached_if_they_never_change(
    tmp_path: Path, name: str
) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        await finished(it, job)
        async with it.client.get(f"/jobs/{job.id}/pictures/{name}") as answer:
            assert answer.status == 200
            assert answer.content_type == "image/jpeg"
            assert (await answer.read()).startswith(b"\xff\xd8\xff")
            assert ("immutable" in answer.headers["Cache-Control"]) == (name != "start")


@pytest.mark.parametrize(
    "name", ["stage-4", "..%2Fcontent.png", "%2e%2e/jobs.sqlite", "result", "..%5clock", "x" * 999]
)
async def test_what_is_no_picture_of_the_job_isnt_found(tmp_path: Path, name: str) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        await it.text(f"/jobs/{job.id}/pictures/{name}", status=404)
        await it.text(f"/jobs/{'0' * 32}/pictures/content", status=404)


async def test_the_plot_is_a_fragment(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        assert await it.text(f"/jobs/{job.id}/plot") == ""
        await finished(it, job)
        html = await it.text(f"/jobs/{job.id}/plot")
        assert "<svg" in html and "<html" not in html
        it.queue.files(job).history.write_text("{damaged")
        assert await it.text(f"/jobs/{job.id}/plot") == ""
        await it.text(f"/jobs/{job.id}")


async def test_cancelling_by_the_form_leads_back_to_the_page(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        async with it.client.post(f"/jobs/{job.id}/cancel", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"/jobs/{job.id}")
        assert job.state is State.CANCELLED
        told = await it.json("POST", f"/jobs/{job.id}/cancel", headers=JSON)
        assert told == {"page": f"/jobs/{job.id}"}


async def test_removing_by_the_form_leads_to_the_report(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job, other = await it.job(), await it.job()
        async with it.client.post(f"/jobs/{other.id}/remove", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert it.queue.all() == [job]
        assert not it.queue.files(other).folder.exists()
        await it.text(f"/jobs/{other.id}", status=404)


async def test_looking_changes_nothing(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        for action in ("cancel", "remove"):
            await it.text(f"/jobs/{job.id}/{action}", status=405)
        assert job.state is State.RUNNING


async def test_a_page_asked_for_at_every_moment_of_a_run_is_whole(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        run = it.engine.runs[0]
        reports: list[News] = [
            Began(job.settings, "vgg16"),
            moved(30, milestone=20),
            moved(90, milestone=80),
        ]
        for report in reports:
            before = job.version
            run.send(report)
            while job.version == before:
                await job.signal.next().wait()
            assert "</html>" in await it.text(f"/jobs/{job.id}")
        assert await until(job, Milestone)
        await asyncio.gather(it.queue.cancel(job), it.text(f"/jobs/{job.id}"))
        assert await until(job, Cancelled)
