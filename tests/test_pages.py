"""The gallery, the page of a job, and the form, as HTML."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import PAINTING, PHOTO, SMALL, picture, until
from tests.lab_app import BEARER, JSON, TOKEN, Lab, form, lab

from artstyle.errors import MemoryShort
from artstyle.jobs import EventKind, JobStatus, Limits
from artstyle.lab import listing
from artstyle.lab.access import AccessPolicy
from artstyle.lab.examples import examples
from artstyle.lab.showcase import OWNER
from artstyle.noise_levels import NoiseLevel
from artstyle.settings import DEFAULT_LEVELS


def cards(html: str) -> list[str]:
    return re.findall(r'<li class="card \w+" data-job="(\w+)"', html)


# The gallery


async def test_the_first_page_shows_an_example_and_the_form(it: Lab) -> None:
    html = await it.text("/")
    assert 'action="/jobs"' in html and not cards(html)
    first = examples()[0]
    result = html.partition("data-results")[2].partition("</section>")[0]
    assert f"/examples/{first.name}.webp" in result
    for role, name in (("content", first.photo), ("style", first.painting)):
        assert re.search(rf'name="{role}_sample" value="{name}"[^>]* checked', html)
    assert all(each.path.stat().st_size < 120_000 for each in examples())


async def test_an_example_is_served_and_nothing_else(it: Lab) -> None:
    async with it.client.get(f"/examples/{examples()[0].name}.webp") as answer:
        assert (answer.status, answer.content_type) == (200, "image/webp")
        assert "immutable" in answer.headers["Cache-Control"]
    for name in ("nothing.webp", "..%2Fexamples.webp", "examples.json"):
        await it.text(f"/examples/{name}", status=404)


async def test_the_gallery_shows_where_every_job_stands(it: Lab) -> None:
    running = await it.job(content_name="hubble_deep_field", style_name="impasto")
    waiting = await it.job()
    await it.advance(running, 43)
    html = await it.text("/")
    assert cards(html) == [waiting.id, running.id]
    assert "hubble deep field × impasto" in html
    assert "43 % · 2 s left" in html
    assert "waiting, next in line" in html
    assert f"/jobs/{running.id}/pictures/preview-384.webp?v=1 384w" in html
    assert 'value="43' in html and "Pictures are kept for 30 days." in html
    assert html.count(f'action="/jobs/{waiting.id}/cancel"') == 1


async def test_visitors_come_first_and_no_card_changes_its_place(it: Lab) -> None:
    jobs = [await it.job(owner=owner) for owner in (OWNER, "web:a", OWNER, "web:b")]
    order = [jobs[3].id, jobs[1].id, jobs[0].id, jobs[2].id]
    html = await it.text("/")
    assert cards(html) == order
    assert html.count(" data-showcase") == 2
    await it.done(jobs[0])
    await it.queue.cancel(jobs[3])
    assert cards(await it.text("/")) == order


async def test_ones_own_pictures_come_first_and_everybodys_are_a_click_away(it: Lab) -> None:
    await it.text("/")  # which gives the browser its cookie
    others = await it.job(owner="web:somebody")
    assert cards(await it.text("/")) == [others.id]
    own = (await it.json("POST", "/jobs", 201, data=form(), headers=JSON))["id"]
    html = await it.text("/")
    assert cards(html) == [own] and html.count(" data-mine") == 1
    assert 'href="/?show=all"' in html
    assert cards(await it.text("/?show=all")) == [own, others.id]


FILTERS = {
    "q=LION": ["waiting", "lion"],
    "q=lion&state=done": ["lion"],
    "by=impasto": ["waiting", "rocket"],
    "state=unfinished": ["waiting"],
    "state=ended": [],
    "state=nonsense&show=nonsense": ["waiting", "rocket", "lion"],
    "show=starred": ["rocket"],
    "q=%3Cscript%3E": [],
}


@pytest.mark.parametrize("query", FILTERS)
async def test_pictures_are_found_by_title_painting_state_and_star(it: Lab, query: str) -> None:
    made = {
        "lion": await it.job(content_name="lion", style_name="cubist"),
        "rocket": await it.job(content_name="rocket", style_name="impasto"),
        "waiting": await it.job(content_name="lion", style_name="impasto"),
    }
    await it.done(made["lion"])
    await it.queue.marks.change(made["rocket"], starred=True)
    while made["rocket"].status is not JobStatus.RUNNING:
        await made["rocket"].signal.next().wait()
    await it.done(made["rocket"])
    html = await it.text(f"/?{query}")
    assert cards(html) == [made[name].id for name in FILTERS[query]]
    assert "<script>" not in html
    if not FILTERS[query]:
        assert "No picture matches" in html


async def test_many_pictures_are_shown_page_by_page(
    it: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [await it.job() for _ in range(5)]
    monkeypatch.setattr(listing, "PAGE", 2)
    seen = [cards(await it.text(f"/?page={page}")) for page in (1, 2, 3)]
    assert [id for page in seen for id in page] == [job.id for job in reversed(jobs)]
    for page in ("0", "4", "-1", "x", "", "1e9", "٢"):
        await it.text(f"/?page={page}", status=404)


async def test_a_card_can_be_fetched_for_open_pages(it: Lab) -> None:
    job, showcased = await it.job(), await it.job(owner=OWNER)
    html = await it.text(f"/jobs/{job.id}/card")
    assert cards(html) == [job.id] and "<html" not in html and "data-showcase" not in html
    assert "data-showcase" in await it.text(f"/jobs/{showcased.id}/card")
    assert (await it.json("GET", f"/jobs/{job.id}/view"))["state"] == "running"
    await it.queue.remove(job)
    assert await until(job, EventKind.CANCELLED)
    await it.text(f"/jobs/{job.id}/card", status=404)


async def test_the_first_page_notes_when_the_included_network_stands_in(it: Lab) -> None:
    job = await it.job(settings=replace(SMALL, network="auto"))
    assert "stands in" not in await it.text("/")
    await it.advance(job, 30)
    html = await it.text("/")
    assert "VGG16, which is included, stands in for VGG19" in html
    assert "vgg19-dcbb9e9d.pth" in html
    assert "stands in" not in await it.text(f"/jobs/{job.id}")
    assert "stands in" not in await it.text("/", headers={"Cookie": "artstyle_noticed=1"})


async def test_private_pictures_need_the_token(tmp_path: Path) -> None:
    policy = AccessPolicy("127.0.0.1", TOKEN, frozenset())
    async with lab(tmp_path, policy=policy) as it:
        job, public = await it.job(private=True), await it.job()
        assert cards(await it.text("/")) == [public.id]
        assert cards(await it.text("/", headers=BEARER)) == [public.id, job.id]
        listed = (await it.json("GET", "/api/jobs"))["jobs"]
        assert [each["id"] for each in listed] == [public.id]
        paths = ["", "/card", "/view", "/plot", "/pictures/content", "/pictures/style-384.webp"]
        for path in [f"/jobs/{job.id}{each}" for each in paths] + [f"/api/jobs/{job.id}"]:
            await it.text(path, status=404)
        assert await it.text(f"/jobs/{job.id}/pictures/content-thumb", 404) == await it.text(
            f"/jobs/{'0' * 32}/pictures/content-thumb", 404
        )
        await it.text(f"/jobs/{job.id}", headers=BEARER)
        assert job.id not in await it.text(f"/?again={job.id}")
        for headers, wanted in (({}, [public.id]), (BEARER, [public.id, job.id])):
            async with it.client.get("/events", headers=headers) as answer:
                line = (await answer.content.readuntil(b"\r\n\r\n")).decode()
                assert re.findall(r'"id": "(\w+)"', line) == wanted
            assert re.findall(r'"id": "(\w+)"', await it.text("/events/latest", headers=headers))


# A job


async def test_a_finished_job_shows_all_that_belongs_to_it(it: Lab) -> None:
    job = await it.job(preset="preview", settings=replace(SMALL, seed=77))
    await it.finish(job)
    html = await it.text(f"/jobs/{job.id}")
    for name in ("start", "snapshot-80"):
        assert f"/jobs/{job.id}/pictures/{name}" in html
    for wanted in ('type="range"', "<svg", f'href="/api/jobs/{job.id}/result"', "77", "256"):
        assert wanted in html, wanted
    assert f'href="/?again={job.id}"' in html and f'action="/jobs/{job.id}/remove"' in html
    assert f'action="/jobs/{job.id}/cancel"' not in html


async def test_a_waiting_job_can_be_shown_and_cancelled(it: Lab) -> None:
    await it.job()
    job = await it.job()
    html = await it.text(f"/jobs/{job.id}")
    assert "waiting, next in line" in html
    assert f'action="/jobs/{job.id}/cancel"' in html and "/result" not in html


async def test_a_failure_is_told_on_its_page(it: Lab) -> None:
    job = await it.job()
    it.engine.runs[0].fail(MemoryShort())
    await until(job, EventKind.FAILED)
    assert "enough memory" in await it.text(f"/jobs/{job.id}")


@pytest.mark.parametrize("name", ["preview?v=3", "content", "style-thumb", "start"])
async def test_pictures_that_never_change_are_cached(it: Lab, name: str) -> None:
    job = await it.job()
    await it.finish(job)
    async with it.client.get(f"/jobs/{job.id}/pictures/{name}") as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        assert (await answer.read()).startswith(b"\xff\xd8\xff")
        assert ("immutable" in answer.headers["Cache-Control"]) == (name != "start")


@pytest.mark.parametrize(
    "name", ["stage-4", "..%2Fcontent.png", "%2e%2e/jobs.sqlite", "result", "..%5clock", "x" * 999]
)
async def test_other_files_arent_served(it: Lab, name: str) -> None:
    job = await it.job()
    await it.text(f"/jobs/{job.id}/pictures/{name}", status=404)
    await it.text(f"/jobs/{'0' * 32}/pictures/content", status=404)


async def test_the_plot_is_a_fragment(it: Lab) -> None:
    job = await it.job()
    assert await it.text(f"/jobs/{job.id}/plot") == ""
    await it.finish(job)
    html = await it.text(f"/jobs/{job.id}/plot")
    assert "<svg" in html and "<html" not in html
    it.queue.files(job).history.write_text("{damaged")
    assert await it.text(f"/jobs/{job.id}/plot") == ""
    await it.text(f"/jobs/{job.id}")


async def test_cancelling_leads_back_to_the_job_and_removing_to_the_gallery(it: Lab) -> None:
    job, other = await it.job(), await it.job()
    here, there = f"/jobs/{job.id}", f"/jobs/{other.id}"
    for path, leads in ((f"{here}/cancel", here), (f"{there}/remove", "/")):
        async with it.client.post(path, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, leads)
    assert it.queue.all() == [job] and job.status is JobStatus.CANCELLED
    told = await it.json("POST", f"/jobs/{job.id}/cancel", headers=JSON)
    assert told == {"page": f"/jobs/{job.id}"}
    await it.text(f"/jobs/{other.id}", status=404)


async def test_looking_changes_nothing(it: Lab) -> None:
    job = await it.job()
    for action in ("cancel", "remove"):
        await it.text(f"/jobs/{job.id}/{action}", status=405)
    assert job.status is JobStatus.RUNNING


async def test_the_page_is_whole_at_every_moment_of_a_run(it: Lab) -> None:
    job = await it.job()
    for percent in (1, 30, 90):
        await it.advance(job, percent)
        assert "</html>" in await it.text(f"/jobs/{job.id}")
    await asyncio.gather(it.queue.cancel(job), it.text(f"/jobs/{job.id}"))
    assert await until(job, EventKind.CANCELLED)


# The form


async def test_a_new_form_has_the_default_size_and_no_other_control_of_it(it: Lab) -> None:
    html = await it.text("/")
    assert re.findall(r'<option value="(\w+)" selected', html)[0] == str(DEFAULT_LEVELS)
    assert 'name="preset"' not in html
    assert 'placeholder="random" id="seed"' in html


async def test_sizes_say_how_long_they_take_here_once_that_is_known(
    it: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "512 px</option>" in await it.text("/")
    seconds = {1: 15.0, 2: 30.0, 3: None, 4: None}
    monkeypatch.setattr(it.queue, "expected_seconds", lambda asked, size: seconds[asked.levels])
    html = await it.text("/")
    assert "512 px · about 30 s</option>" in html and "1024 px</option>" in html


async def test_a_new_form_shows_the_operators_defaults(tmp_path: Path) -> None:
    usual: dict[str, Any] = {"levels": 3, "colors": "photo", "network": "vgg16"}
    usual["content_weight"] = 0.5
    usual["noise_levels"] = (NoiseLevel(9, 0.5, 0.25, 0.5),)
    async with lab(tmp_path, defaults=usual, typed={"iterations": "40"}) as it:
        html = await it.text("/")
    assert {"3", "photo", "vgg16"} < set(re.findall(r'<option value="(\w+)" selected', html))
    assert 'placeholder="0.5" id="content_weight"' in html
    assert 'placeholder="9:0.5:0.25:0.5" id="noise_levels"' in html
    assert 'value="40" placeholder="auto" id="iterations"' in html


async def test_samples_can_be_chosen_in_the_address(it: Lab) -> None:
    html = await it.text("/?photo=rocket&painting=cubist")
    for role, name in (("content", "rocket"), ("style", "cubist")):
        assert re.search(rf'name="{role}_sample" value="{name}"[^>]* checked', html)
    assert "checked" not in re.sub(r"<script.*?</script>", "", await it.text("/?photo=../x"))


async def test_colours_that_are_usually_the_photos_can_be_the_paintings(tmp_path: Path) -> None:
    async with lab(tmp_path, defaults={"colors": "photo"}) as it:
        for said, wanted in [({}, "photo"), ({"keep_colors": "off"}, "painting")]:
            job = await it.json("POST", "/api/jobs", 201, data=form(**said))
            assert job["settings"]["colors"] == wanted


async def test_a_job_can_be_repeated_with_its_pictures_and_settings(it: Lab) -> None:
    data = form(content=None, content_sample="rocket", preset="", levels=2)
    first = (await it.json("POST", "/jobs", 201, data=data, headers=JSON))["id"]
    html = await it.text(f"/?again={first}")
    assert f'value="{first}"' in html and f"/jobs/{first}/pictures/content-192.webp" in html
    assert '<option value="2" selected>' in html
    data = form(content=None, style=None, again=first, style_sample="impasto")
    await it.json("POST", "/jobs", 201, data=data, headers=JSON)
    job = it.queue.all()[1]
    assert (job.request.content.name, job.request.style.name) == ("rocket", "impasto")
    old, new = (it.queue.files(each).source("content") for each in it.queue.all())
    assert old.read_bytes() == new.read_bytes()


async def test_a_running_job_is_repeated_with_what_was_asked_for(it: Lab) -> None:
    await it.json("POST", "/jobs", 201, data=form(), headers=JSON)
    (job,) = it.queue.all()
    await it.advance(job, 30)
    assert job.state.used is not None and job.state.used.iterations is not None
    html = await it.text(f"/?again={job.id}")
    assert f'value="{job.state.used.iterations}"' not in html  # nobody typed it


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no photo": ({"content": None}, "content", "Choose the photo: a file or one of the samples"),
    "no painting": ({"style": b""}, "style", "The painting"),
    "text": ({"content": b"hello, I am no picture"}, "content", "The photo"),
    "html": ({"style": b"<!doctype html><script>alert(1)</script>"}, "style", "The painting"),
    "cut off": ({"style": PAINTING[: len(PAINTING) // 3]}, "style", "The painting is cut off"),
    "tiny": ({"content": picture(1, 4, 4)}, "content", "The photo"),
    "ribbon": ({"content": picture(1, 20, 900)}, "content", "The photo"),
    "large": ({"content": PHOTO + bytes(200_000)}, "content", "larger than 0.2 MB"),
    "sample": ({"content": None, "content_sample": "../x"}, "content_sample", "no such sample"),
    "again": ({"content": None, "again": "0" * 32}, "again", "was removed"),
    "setting": ({"levels": "9"}, "levels", "from 1 to 6"),
}


@pytest.mark.parametrize("what", BAD)
async def test_bad_input_is_answered_with_the_form_as_it_was_typed(it: Lab, what: str) -> None:
    fields, field, words = BAD[what]
    answer = await it.json("POST", "/jobs", 422, data=form(**fields), headers=JSON)
    assert list(answer["errors"]) == [field] and words in answer["errors"][field]
    async with it.client.post("/jobs", data=form(**{"seed": "4711", **fields})) as page:
        html = await page.text()
    assert page.status == 422 and page.content_type == "text/html"
    assert words in html.replace("&#39;", "'") and 'value="4711"' in html
    assert it.queue.all() == []


async def test_a_full_queue_is_told_on_the_form(tmp_path: Path) -> None:
    async with lab(tmp_path, limits=Limits(5, 1, 30, 10)) as it:
        await it.json("POST", "/jobs", 201, data=form(), headers=JSON)
        answer = await it.json("POST", "/jobs", 429, data=form(), headers=JSON)
        assert (answer["code"], answer["data"]) == ("owner-full", {"limit": 1})
        async with it.client.post("/jobs", data=form(seed=4711)) as page:
            html = await page.text()
        assert page.status == 429 and "cancel one" in html and 'value="4711"' in html


async def test_headers_of_a_refusal_are_on_the_form_too(it: Lab) -> None:
    async with it.client.post("/jobs", data=form(content=bytes(1_300_000))) as page:
        assert (page.status, page.headers["Connection"]) == (413, "close")
        assert "larger than 1.2 MB" in await page.text()
