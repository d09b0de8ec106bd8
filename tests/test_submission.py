"""From the form to a job: what is taken, what is refused, and in which words."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import LIMITS, PAINTING, PHOTO, moved, picture, until
from tests.lab_app import JSON, form, lab

from artstyle.jobs import Limits, Milestone, State
from artstyle.jobs.task import Began
from artstyle.lab.submission import read_settings, typed
from artstyle.settings import Settings, preset


def settings(**fields: str) -> tuple[Settings | None, dict[str, str]]:
    errors: dict[str, str] = {}
    return read_settings(fields, errors), errors


def test_what_is_typed_goes_before_the_preset_and_empty_fields_say_nothing() -> None:
    given, errors = settings(
        preset="high", levels="", seed=" 7 ", content_weight="0,5", keep_colors="on", noise=""
    )
    assert not errors
    assert given == preset("high", seed=7, content_weight=0.5, keep_colors=True)
    assert settings() == (Settings(), {})


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("levels", "9", "levels must be from 1 to 6"),
        ("levels", "two", 'levels must be a whole number, but is "two"'),
        ("iterations", "0", "iterations must be from 1"),
        ("seed", "-1", "seed must be from 0"),
        ("seed", "1.5", "whole number"),
        ("seed", "9" * 5000, "whole number"),
        ("content_weight", "nan", "content weight must be from 0 to 1000"),
        ("style_scale", "1e9", "style scale must be from 0.125 to 4"),
        ("style_scale", "large", "must be a number"),
        ("keep_colors", "perhaps", "on"),
        ("noise", "loud", "unknown noise"),
        ("network", "vgg11", "unknown network"),
        ("preset", "ultra", "unknown preset"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(field: str, text: str, words: str) -> None:
    given, errors = settings(**{field: text})
    assert list(errors) == [field]
    assert words.lower() in errors[field].lower()
    assert given is None or field != "preset"


def test_what_contradicts_itself_is_told_of_the_whole() -> None:
    given, errors = settings(start="noise", noise="none")
    assert given is None and "needs a noise" in errors[""]


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (preset("high", seed=9, keep_colors=True, style_scale=0.5), "high"),
        (Settings(levels=2, iterations=50, noise="none"), None),
        (preset("preview"), "preview"),
    ],
)
def test_a_jobs_settings_can_be_typed_again(made: Settings, name: str | None) -> None:
    fields = typed(made, name)
    assert settings(**fields) == (made, {})
    assert len(fields) <= 4  # nothing that the preset says already


async def test_the_form_makes_a_job_and_leads_to_its_page(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        data = form(levels=2, keep_colors="on")
        async with it.client.post("/jobs", data=data, allow_redirects=False) as answer:
            assert answer.status == 303
            (job,) = it.queue.all()
            assert answer.headers["Location"] == f"/jobs/{job.id}"
        assert job.settings == preset("preview", levels=2, keep_colors=True)
        assert (job.content.name, job.style.name) == ("photo", "painting")
        assert job.owner == "web:127.0.0.1"
        everything = str(job) + str(list((tmp_path / "data").rglob("*")))
        assert "secret" not in everything  # the user's file name


async def test_a_script_gets_the_page_as_json(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        told = await it.json("POST", "/jobs", 201, data=form(), headers=JSON)
        assert told == {"id": it.queue.all()[0].id, "page": f"/jobs/{it.queue.all()[0].id}"}


async def test_samples_take_the_place_of_files(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        data = form(content=None, style=None, content_sample="rocket", style_sample="cubist")
        await it.json("POST", "/jobs", 201, data=data, headers=JSON)
        (job,) = it.queue.all()
        assert (job.content.name, job.style.name) == ("rocket", "cubist")
        data = form(content_sample="rocket", style=None, style_sample="cubist")
        await it.json("POST", "/jobs", 201, data=data, headers=JSON)
        assert it.queue.all()[1].content.name == "photo"  # a file goes before a sample


async def test_a_job_can_be_done_again_with_its_pictures(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        data = form(content=None, content_sample="rocket", levels=2)
        first = (await it.json("POST", "/jobs", 201, data=data, headers=JSON))["id"]
        html = await it.text(f"/new?again={first}")
        assert f'value="{first}"' in html and f"/jobs/{first}/pictures/content-thumb" in html
        assert '<option value="2" selected>' in html
        data = form(content=None, style=None, again=first, style_sample="impasto")
        await it.json("POST", "/jobs", 201, data=data, headers=JSON)
        job = it.queue.all()[1]
        assert (job.content.name, job.style.name) == ("rocket", "impasto")
        old, new = (it.queue.files(each).content.read_bytes() for each in it.queue.all())
        assert old == new


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no photo": ({"content": None}, "content", "Choose the photo: a file, or one of the samples"),
    "no painting": ({"style": b""}, "style", "the painting"),
    "text": ({"content": b"hello, I am no picture"}, "content", "the photo"),
    "svg": ({"content": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}, "content", "the photo"),
    "html": ({"style": b"<!doctype html><script>alert(1)</script>"}, "style", "the painting"),
    "damaged": ({"style": PAINTING[: len(PAINTING) // 2]}, "style", "the painting is damaged"),
    "tiny": ({"content": picture(1, 4, 4)}, "content", "the photo"),
    "ribbon": ({"content": picture(1, 20, 900)}, "content", "the photo"),
    "large": ({"content": PHOTO + bytes(200_000)}, "content", "larger than 0.2 MB"),
    "sample": ({"content": None, "content_sample": "../x"}, "content_sample", "no such sample"),
    "again": ({"content": None, "again": "0" * 32}, "again", "was removed"),
    "setting": ({"levels": "9"}, "levels", "from 1 to 6"),
}


@pytest.mark.parametrize("what", BAD)
async def test_bad_input_is_answered_on_the_form_with_what_was_typed(
    tmp_path: Path, what: str
) -> None:
    fields, field, words = BAD[what]
    async with lab(tmp_path) as it:
        told = await it.json("POST", "/jobs", 400, data=form(**fields), headers=JSON)
        assert list(told["errors"]) == [field] and words in told["errors"][field]
        data = form(**{"seed": "4711", **fields})
        async with it.client.post("/jobs", data=data) as answer:
            html = await answer.text()
        assert answer.status == 400 and answer.content_type == "text/html"
        assert words in html.replace("&#39;", "'")
        assert 'value="4711"' in html
        assert it.queue.all() == []


async def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        data = form(content=None, style=b"x", levels="9", seed="x", preset="ultra")
        told = await it.json("POST", "/jobs", 400, data=data, headers=JSON)
        assert set(told["errors"]) == {"content", "style", "levels", "seed", "preset"}


async def test_a_full_queue_is_told_on_the_form(tmp_path: Path) -> None:
    async with lab(tmp_path, limits=Limits(5, 1, 30, 10)) as it:
        await it.json("POST", "/jobs", 201, data=form(), headers=JSON)
        told = await it.json("POST", "/jobs", 429, data=form(), headers=JSON)
        assert "cancel one" in told["error"]
        async with it.client.post("/jobs", data=form()) as answer:
            assert answer.status == 429
            assert "1 pictures of yours" in await answer.text()
    assert LIMITS.per_owner == 60


async def test_a_full_disk_is_told_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "content.png")

    async with lab(tmp_path) as it:
        monkeypatch.setattr(os, "fsync", full)
        told = await it.json("POST", "/jobs", 507, data=form(), headers=JSON)
        assert "The disk is full" in told["error"]
        assert it.queue.all() == [] and not list((tmp_path / "data/jobs").iterdir())


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Type": "multipart/form-data"}, b"", 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\nbroken", 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"", 400),
    ],
)
async def test_what_is_no_form_is_refused_in_words(
    tmp_path: Path, headers: dict[str, str], body: bytes, status: int
) -> None:
    async with lab(tmp_path) as it:
        for path in ("/jobs", "/api/jobs"):
            told = await it.json("POST", path, status, data=body, headers={**headers, **JSON})
            assert told["error"].endswith(("again", "form-data"))


async def test_a_running_job_can_be_repeated_with_what_was_asked(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        await it.json("POST", "/jobs", 201, data=form(), headers=JSON)
        (job,) = it.queue.all()
        it.engine.runs[0].send(Began(Settings(levels=1, iterations=200), "vgg16"))
        it.engine.runs[0].send(moved(30, milestone=20))
        await until(job, Milestone)
        assert job.state is State.RUNNING and job.used is not None
        html = await it.text(f"/new?again={job.id}")
        assert 'value="200"' not in html  # nobody typed it
