"""What the viewer offers: the way a picture took, its neighbours, and further pictures."""

import os
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.jobs import PAINTING, PHOTO, SMALL, step
from tests.lab_app import OPEN, Lab, form, lab

from artstyle.jobs import Job, JobRequest, JobState, JobStatus, Source
from artstyle.jobs.again import STEP
from artstyle.jobs.files import JobFiles
from artstyle.lab.viewing import Action, actions, frames, neighbours, result_size, written
from artstyle.lab.words import translator
from artstyle.settings import MAX_LEVELS, Settings

ENGLISH = translator("en")


def made(asked: Settings = SMALL, **state: Any) -> Job:
    content, style = Source("photo", (600, 900)), Source("painting", (50, 40))
    request = JobRequest(
        id="a1", number=1, owner="ann", content=content, style=style, settings=asked, key="k"
    )
    return Job(request=request, state=JobState(**state))


def offered(asked: Settings, **usual: Any) -> dict[str, Action]:
    return {each.name: each for each in actions(made(asked), usual, ENGLISH)}


def test_the_neighbours_are_those_of_the_gallery() -> None:
    first, second, third = made(), made(), made()
    jobs = [first, second, third]
    assert neighbours(first, jobs) == (None, second)
    assert neighbours(second, jobs) == (first, third)
    assert neighbours(third, jobs) == (second, None)
    assert neighbours(made(), jobs) == (None, None)


def test_the_size_of_the_result_is_known_before_it_is_there() -> None:
    assert result_size(made(Settings(levels=2))) == (512, 768)
    assert result_size(made(Settings(levels=1))) == (256, 384)
    assert result_size(made(step=replace(step(43), size=(256, 341)))) == (256, 341)


def test_the_last_stage_of_a_finished_picture_is_its_result() -> None:
    asked = Settings(levels=2)  # four stages: 64, 128, 256 and 512 px
    unfinished = dict(frames(made(asked, stages=2, milestone=40), ENGLISH))
    assert unfinished == {
        "start": "Start",
        "stage-1": "96×64",
        "stage-2": "192×128",
        "snapshot-20": "20 %",
        "snapshot-40": "40 %",
        "preview": "Now",
    }
    done = dict(frames(made(asked, stages=4, milestone=100, status=JobStatus.DONE), ENGLISH))
    assert [name for name in done if name.startswith("stage")] == ["stage-1", "stage-2", "stage-3"]
    assert done["preview"] == "Result"


def test_the_pictures_come_in_the_order_in_which_they_were_made(tmp_path: Any) -> None:
    times = {"snapshot-20": 3, "stage-1": 2, "start": 1, "preview": 0, "snapshot-40": 4}
    for name, seconds in times.items():
        path = tmp_path / f"{name}.jpg"
        path.touch()
        os.utime(path, (seconds, seconds))
    names = ["start", "stage-1", "stage-2", "snapshot-20", "snapshot-40", "preview"]
    found = written(JobFiles(tmp_path), names)
    assert found == [
        ("start", 1000),
        ("stage-1", 2000),
        ("snapshot-20", 3000),
        ("snapshot-40", 4000),
        ("preview", 0),  # the newest, whenever its file was written
    ]


def test_a_button_sends_the_same_settings_but_one() -> None:
    found = offered(Settings(realism=0.5, levels=2, seed=7, style_scale=2.0))
    same = {"again": "a1", "title": "", "style_scale": "2.0"}
    assert found["variation"].fields.items() >= {**same, "realism": "0.5", "seed": ""}.items()
    assert found["larger"].fields.items() >= {**same, "levels": "3", "seed": "7"}.items()
    assert found["stronger"].fields["realism"] == str(0.5 - STEP)
    assert found["weaker"].fields["realism"] == str(0.5 + STEP)
    assert not any(each.refused for each in found.values())


def test_a_variation_has_another_seed_also_where_config_py_fixes_it() -> None:
    assert offered(Settings(seed=7), seed=7)["variation"].fields["seed"] == "8"


def test_a_button_that_would_change_nothing_says_why() -> None:
    found = offered(Settings(levels=MAX_LEVELS, realism=0.0, content_weight=0.005))
    assert found["larger"].refused == "This is the largest size."
    assert found["stronger"].refused == "It can't come closer to the painting."
    assert not found["weaker"].refused
    found = offered(Settings(realism=1.0, content_weight=5.0))
    assert found["weaker"].refused == "It can't come closer to the photo."


class Forms(HTMLParser):
    """The fields of each form on a page, by the id of its button."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self.fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.fields = {}
        elif tag == "input" and told.get("type") == "hidden":
            self.fields[told["name"]] = told["value"]
        elif tag == "button" and told.get("id", "").startswith("make-"):
            self.found[told["id"]] = self.fields


async def test_a_button_works_without_a_script_and_keeps_the_title(it: Lab) -> None:
    job = await it.job(title="Lion × Starry night", settings=replace(SMALL, realism=0.5))
    await it.finish(job)
    forms = Forms(await it.text(f"/jobs/{job.id}")).found
    assert list(forms) == ["make-variation", "make-larger", "make-stronger", "make-weaker"]
    fields = {"content": None, "style": None, "preset": None, **forms["make-stronger"]}
    async with it.client.post("/jobs", data=form(**fields), allow_redirects=False) as answer:
        assert answer.status == 303
    changed = it.queue.all()[-1]
    assert answer.headers["Location"] == f"/jobs/{changed.id}"
    assert changed.request.settings.realism == 0.25
    assert changed.request.settings.seed == job.request.settings.seed
    assert changed.title == "Lion × Starry night"
    assert changed.request.content == job.request.content


async def test_visitors_step_through_their_own_pictures(it: Lab) -> None:
    async def own() -> Job:
        data = form(content=PHOTO, style=PAINTING, iterations=3)
        id = (await it.json("POST", "/api/jobs", 201, data=data))["id"]
        found = it.queue.get(id)
        assert found is not None
        return found

    first, other, second = await own(), await it.job(owner="somebody"), await own()
    for job in (first, other, second):
        while job.status is not JobStatus.RUNNING:
            await job.signal.next().wait()
        await it.finish(job)
    page = await it.text(f"/jobs/{first.id}")
    assert f'href="/jobs/{second.id}" rel="prev"' in page
    assert 'rel="next"' not in page
    page = await it.text(f"/jobs/{other.id}")  # everybody's
    assert f'href="/jobs/{second.id}" rel="prev"' in page
    assert f'href="/jobs/{first.id}" rel="next"' in page


async def test_all_can_compare_and_download_but_only_some_can_make_pictures(tmp_path: Any) -> None:
    async with lab(tmp_path, policy=OPEN) as it:
        job = await it.job()
        await it.finish(job)
        page = await it.text(f"/jobs/{job.id}")
    assert 'data-against="content"' in page and "Download PNG" in page
    assert Forms(page).found == {}
    assert "Edit settings" not in page


@pytest.mark.parametrize("end", ["cancelled", "waiting"])
async def test_without_a_result_there_is_nothing_to_download(it: Lab, end: str) -> None:
    await it.job()
    job = await it.job()
    if end == "cancelled":
        await it.queue.cancel(job)
    page = await it.text(f"/jobs/{job.id}")
    assert "Download" not in page and "data-make" not in page
    assert "data-result" not in page
    assert f'src="/jobs/{job.id}/pictures/content"' in page
