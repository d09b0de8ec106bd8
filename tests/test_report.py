import re
from pathlib import Path

from tests.jobs import moved, until
from tests.lab_app import TOKEN, lab

from artstyle.jobs import Cancelled, Done, Milestone
from artstyle.jobs.task import Began
from artstyle.lab import listing
from artstyle.lab.safety import Safety
from artstyle.lab.table import OWNER


def cards(html: str) -> list[str]:
    return re.findall(r'<li class="card" data-job="(\w+)"', html)


async def test_an_empty_report_invites_to_make_a_picture(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        html = await it.text("/")
        assert 'href="/new"' in html and not cards(html)


async def test_a_plain_page_tells_how_every_job_stands(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        running = await it.job(content_name="hubble_deep_field", style_name="impasto")
        waiting = await it.job()
        run = it.engine.runs[0]
        run.send(Began(running.settings, "vgg16"))
        run.send(moved(43, milestone=40))
        await until(running, Milestone)
        html = await it.text("/")
        assert cards(html) == [waiting.id, running.id]
        assert "hubble deep field in the manner of impasto" in html
        assert "43 % · iteration 43 of 100 · 2 s left" in html
        assert "waiting, next in line" in html
        assert f"/jobs/{running.id}/pictures/preview?v=1" in html
        assert 'value="43' in html and "VGG16" in html
        assert html.count(f'action="/jobs/{waiting.id}/cancel"') == 1


async def test_visitors_come_first_and_the_table_keeps_its_order(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        jobs = [await it.job(owner=owner) for owner in (OWNER, "web:a", OWNER, "web:b")]
        order = [jobs[3].id, jobs[1].id, jobs[0].id, jobs[2].id]
        assert cards(await it.text("/")) == order
        it.engine.runs[0].done()
        await until(jobs[0], Done)
        await it.queue.cancel(jobs[3])
        assert cards(await it.text("/")) == order


async def test_many_pictures_are_shown_page_by_page(tmp_path: Path, monkeypatch: object) -> None:
    async with lab(tmp_path) as it:
        jobs = [await it.job() for _ in range(5)]
        listing.PAGE, before = 2, listing.PAGE
        try:
            seen = [cards(await it.text(f"/?page={page}")) for page in (1, 2, 3)]
        finally:
            listing.PAGE = before
        assert [id for page in seen for id in page] == [job.id for job in reversed(jobs)]
        for page in ("0", "4", "-1", "x", "", "1e9", "٢"):
            assert "may have been removed" in await it.text(f"/?page={page}", status=404)


async def test_a_single_card_is_there_for_pages_that_are_open(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        html = await it.text(f"/jobs/{job.id}/card")
        assert cards(html) == [job.id] and "<html" not in html
        await it.queue.remove(job)
        assert await until(job, Cancelled)
        await it.text(f"/jobs/{job.id}/card", status=404)


async def test_the_page_says_when_the_embedded_network_stands_in(tmp_path: Path) -> None:
    from dataclasses import replace

    from tests.jobs import SMALL

    async with lab(tmp_path) as it:
        job = await it.job(settings=replace(SMALL, network="auto"))
        assert "stands in" not in await it.text("/")
        it.engine.runs[0].send(Began(SMALL, "vgg16"))
        it.engine.runs[0].send(moved(30, milestone=20))
        await until(job, Milestone)
        html = await it.text("/")
        assert "VGG16 stands in for VGG19" in html and "vgg19-dcbb9e9d.pth" in html
        assert "stands in" in await it.text(f"/jobs/{job.id}")


async def test_private_pictures_are_shown_to_who_holds_the_token_alone(tmp_path: Path) -> None:
    safety = Safety("127.0.0.1", TOKEN, frozenset())
    holder = {"Authorization": f"Bearer {TOKEN}"}
    async with lab(tmp_path, safety=safety) as it:
        job, open_job = await it.job(private=True), await it.job()
        assert cards(await it.text("/")) == [open_job.id]
        assert cards(await it.text("/", headers=holder)) == [open_job.id, job.id]
        listed = (await it.json("GET", "/api/jobs"))["jobs"]
        assert [each["id"] for each in listed] == [open_job.id]
        paths = ["", "/card", "/plot", "/events", "/pictures/content", "/pictures/style-thumb"]
        for path in [f"/jobs/{job.id}{each}" for each in paths] + [f"/api/jobs/{job.id}"]:
            await it.text(path, status=404)
        assert await it.text(f"/jobs/{job.id}/pictures/content-thumb", 404) == await it.text(
            f"/jobs/{'0' * 32}/pictures/content-thumb", 404
        )
        await it.text(f"/jobs/{job.id}", headers=holder)
        assert job.id not in await it.text(f"/new?again={job.id}")
        for headers, wanted in (({}, [open_job.id]), (holder, [open_job.id, job.id])):
            async with it.client.get("/events", headers=headers) as answer:
                line = (await answer.content.readuntil(b"\r\n\r\n")).decode()
                found = re.findall(r'"id": "(\w+)"', line)
                assert found == wanted
