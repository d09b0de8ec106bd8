"""From the form to a job: what is accepted, what is refused, at which field."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import LIMITS, disk_full
from tests.lab_app import JSON, Lab, form, lab

from artstyle import defaults
from artstyle.jobs.decoding import DecodePool
from artstyle.lab.form import typed, typed_at_first
from artstyle.lab.submission import read_settings
from artstyle.noise_levels import NoiseLevel
from artstyle.settings import Settings, preset


def test_what_is_typed_overrides_the_preset_and_empty_fields_say_nothing() -> None:
    typed = {"seed": " 7 ", "content_weight": "0,5", "keep_colors": "on", "levels": "", "noise": ""}
    wanted = preset("high", seed=7, content_weight=0.5, colors="photo")
    assert read_settings({"preset": "high", **typed}, {}) == (wanted, {})
    assert read_settings({}, {}) == (Settings(), {})


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("levels", "9", "out-of-range"),
        ("levels", "two", "malformed"),
        ("seed", "9" * 5000, "malformed"),
        ("content_weight", "nan", "out-of-range"),
        ("content_weight", "1e-9", "too-near-zero"),
        ("style_scale", "large", "malformed"),
        ("keep_colors", "perhaps", "malformed"),
        ("noise", "loud", "unknown-choice"),
        ("noise_levels", "9:0.3", "noise-level-malformed"),
        ("preset", "ultra", "unknown-choice"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(field: str, text: str, code: str) -> None:
    _, wrong = read_settings({field: text}, {})
    assert {name: error.code for name, error in wrong.items()} == {field: code}


def test_a_contradiction_is_refused_at_one_of_its_fields() -> None:
    asked, wrong = read_settings({"start": "noise", "noise": "none"}, {})
    assert asked is None and wrong["noise"].code == "no-noise"
    asked, wrong = read_settings({"preset": "gatys", "realism": "0.9"}, {})
    assert asked is None and wrong["realism"].code == "no-realism"


@pytest.mark.parametrize(
    "made",
    [
        preset("high", colors="photo", style_scale=0.5),
        Settings(levels=2, iterations=50, noise="none"),
        preset("gatys"),
    ],
)
def test_a_jobs_settings_can_be_typed_again(made: Settings) -> None:
    assert read_settings(typed(made, {}), {}) == (made, {})


@pytest.mark.parametrize(
    "usual",
    [
        {"levels": 3, "colors": "photo", "start": "content", "realism": 0.5, "optimizer": "adam"},
        {"style_loss": "gram", "seed": 8, "noise": "none"},
    ],
)
@pytest.mark.parametrize("name", [None, "high", "gatys"])
@pytest.mark.parametrize("changes", [{}, {"colors": "photo", "style_scale": 2.0}])
def test_a_jobs_settings_can_be_typed_again_whatever_is_usual(
    usual: dict[str, Any], name: str | None, changes: dict[str, Any]
) -> None:
    made = defaults.combine(usual, name or "standard", changes)
    assert read_settings(typed(made, usual), usual) == (made, {})


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"keep_colors": "on"}, "photo"),
        ({"keep_colors": "off"}, "painting"),
        ({"keep_colors": "on", "colors": "photo"}, "photo"),
        ({"keep_colors": "", "colors": "match"}, "match"),
        ({}, "match"),
    ],
)
def test_the_earlier_name_of_the_colours_is_understood(said: dict[str, str], wanted: str) -> None:
    assert read_settings(said, {"colors": "match"}) == (Settings(colors=wanted), {})


def test_a_field_and_its_earlier_name_that_contradict_are_refused() -> None:
    asked, wrong = read_settings({"keep_colors": "on", "colors": "match"}, {})
    assert asked is None and str(wrong["keep_colors"]) == (
        'keep colors "on" means colors "photo", but colors is "match": leave one of them out'
    )


def test_the_form_at_first_says_what_is_usual() -> None:
    levels = (NoiseLevel(9, 0.5, 0.25, 0.5), NoiseLevel("pixel", 0.5, 0.25, 0.5))
    usual: dict[str, Any] = {"levels": 3, "colors": "photo", "network": "vgg16", "seed": 5}
    usual["noise_levels"] = levels
    at_first = typed_at_first(usual)
    assert (at_first["levels"], at_first["colors"], at_first["network"]) == ("3", "photo", "vgg16")
    assert read_settings(at_first, usual) == (Settings(**usual), {})
    assert typed_at_first({})["levels"] == "2"


@pytest.mark.parametrize(("name", "levels"), [("high", 1), ("preview", 2), ("standard", 6)])
def test_two_sizes_are_refused(name: str, levels: int) -> None:
    asked, wrong = read_settings({"preset": name, "levels": str(levels)}, {})
    assert asked is None and wrong["levels"].code == "size-twice"


def test_a_size_said_twice_and_the_size_of_a_procedure_are_taken() -> None:
    for name, levels in (("high", 3), ("gatys", 3), ("pyramid", 1)):
        asked, wrong = read_settings({"preset": name, "levels": str(levels)}, {})
        assert (asked, wrong) == (preset(name, levels=levels), {})


async def test_two_sizes_are_told_by_name(it: Lab) -> None:
    data = form(preset="high", levels=1)
    answer = await it.json("POST", "/api/jobs", 422, data=data, headers=JSON)
    told = 'Preset "high" has 1024 px and levels 1 has 256 px: send one of them'
    assert answer["errors"] == {"levels": told}


def seeds(it: Lab) -> list[int]:
    return [job.request.settings.seed for job in it.queue.all()]


async def test_a_seed_that_nobody_chose_is_drawn(it: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter((271828, 314159))
    monkeypatch.setattr("artstyle.lab.submission.secrets.randbelow", lambda _: next(drawn))
    for fields in ({}, {"seed": ""}, {"seed": "0"}, {"seed": "7"}):
        await it.json("POST", "/api/jobs", 201, data=form(**fields))
    assert seeds(it) == [271828, 314159, 0, 7]


async def test_the_operators_seed_is_not_drawn(tmp_path: Path) -> None:
    async with lab(tmp_path, defaults={"seed": 0}) as it:
        await it.json("POST", "/api/jobs", 201, data=form())
        assert seeds(it) == [0]


async def test_variations_differ_in_their_seed(it: Lab) -> None:
    answer = await it.json("POST", "/api/jobs", 201, data=form(variations=4, seed=2**63 - 2))
    assert seeds(it) == [2**63 - 2, 2**63 - 1, 0, 1]
    ids = [job.id for job in it.queue.all()]
    assert (answer["total"], [job["id"] for job in answer["jobs"]]) == (4, ids)
    page = await it.json("POST", "/jobs", 201, data=form(variations=2), headers=JSON)
    assert page["ids"] == [job.id for job in it.queue.all()][4:] and page["page"] == "/"


@pytest.mark.parametrize("count", ["0", "5", "-1", "two", "9" * 500])
async def test_another_number_of_variations_is_refused(it: Lab, count: str) -> None:
    answer = await it.json("POST", "/api/jobs", 422, data=form(variations=count))
    told = "Variations must be a whole number from 1 to 4"
    assert answer["errors"] == {"variations": told} and it.queue.all() == []


async def test_variations_are_all_made_or_none(tmp_path: Path) -> None:
    async with lab(tmp_path, limits=replace(LIMITS, per_owner=3)) as it:
        answer = await it.json("POST", "/api/jobs", 429, data=form(variations=4))
        assert answer["code"] == "owner-full" and it.queue.all() == []


async def test_the_form_makes_a_job_and_leads_to_its_page(it: Lab, tmp_path: Path) -> None:
    data = form(levels=1, keep_colors="on", seed=3)
    async with it.client.post("/jobs", data=data, allow_redirects=False) as answer:
        (job,) = it.queue.all()
        assert (answer.status, answer.headers["Location"]) == (303, f"/jobs/{job.id}")
    asked = job.request
    assert asked.settings == preset("preview", colors="photo", seed=3)
    assert (asked.content.name, asked.style.name) == ("photo", "painting")
    assert asked.owner == "web:127.0.0.1"
    everything = str(job) + str(list((tmp_path / "data").rglob("*")))
    assert "secret" not in everything  # the user's file name


async def test_a_script_gets_the_page_as_json(it: Lab) -> None:
    answer = await it.json("POST", "/jobs", 201, data=form(), headers=JSON)
    (job,) = it.queue.all()
    assert answer == {"id": job.id, "page": f"/jobs/{job.id}", "ids": [job.id]}


async def test_files_override_samples(it: Lab) -> None:
    samples = {"content_sample": "rocket", "style_sample": "cubist"}
    for data in (form(content=None, style=None, **samples), form(style=None, **samples)):
        await it.json("POST", "/jobs", 201, data=data, headers=JSON)
    names = [(job.request.content.name, job.request.style.name) for job in it.queue.all()]
    assert names == [("rocket", "cubist"), ("photo", "cubist")]


async def test_all_errors_are_told_at_once(it: Lab) -> None:
    data = form(content=None, style=b"x", levels="9", seed="x", preset="ultra")
    answer = await it.json("POST", "/jobs", 422, data=data, headers=JSON)
    assert set(answer["errors"]) == {"content", "style", "levels", "seed", "preset"}


async def test_on_a_full_disk_nothing_is_kept(
    it: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DecodePool, "store", disk_full)
    answer = await it.json("POST", "/jobs", 507, data=form(), headers=JSON)
    assert answer["code"] == "disk-full"
    kept = [*(tmp_path / "data/jobs").glob("[!.]*"), *(tmp_path / "data/incoming").iterdir()]
    assert it.queue.all() == [] == kept


@pytest.mark.parametrize("path", ["/jobs", "/api/jobs"])
async def test_other_bodies_are_refused(it: Lab, path: str) -> None:
    kind = {"Content-Type": "application/json", **JSON}
    answer = await it.json("POST", path, 415, data=b"{}", headers=kind)
    assert answer["code"] == "not-a-form"
