"""Several paintings and masks in the lab: its form, its records, its pages."""

import re
from typing import Any

import pytest
from tests.jobs import PAINTING, PHOTO, mask, picture
from tests.lab_app import JSON, Lab, form

from artstyle.lab.pictures import shown_pictures
from artstyle.lab.views import title

SECOND = picture(5, 64, 72)
BLEND: dict[str, Any] = {"style_2": SECOND, "style_weights": "2,1", "mask": mask()}


async def submitted(it: Lab, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = await it.json("POST", "/api/jobs", 201, data=form(**fields))
    return made


async def refused(it: Lab, **fields: Any) -> dict[str, str]:
    answer = await it.json("POST", "/api/jobs", 422, data=form(**fields), headers=JSON)
    assert not it.queue.all()
    told: dict[str, str] = answer["errors"]
    return told


def names(record: dict[str, Any]) -> list[str]:
    return [each["name"] for each in record["paintings"]]


async def test_a_job_has_all_the_paintings_and_the_mask(it: Lab) -> None:
    record = await submitted(it, **BLEND)
    sizes = [(each["width"], each["height"]) for each in record["paintings"]]
    assert sizes == [(64, 80), (72, 64)] and record["paintings"][0] == record["style"]
    assert (record["mask"]["width"], record["mask"]["height"]) == (96, 72)
    assert record["style_masks"] == [] and record["settings"]["style_weights"] == [2, 1]
    assert record["title"] == "photo × painting + painting"


async def test_a_job_of_two_pictures_says_that_there_are_no_more(it: Lab) -> None:
    record = await submitted(it)
    assert (names(record), record["mask"], record["style_masks"]) == (["painting"], None, [])


async def test_their_pictures_are_served_and_never_change(it: Lab) -> None:
    id = (await submitted(it, **BLEND, style_mask=mask(), style_mask_2=mask()))["id"]
    for name in ("style_2", "style_2-384.webp", "mask-192.webp", "mask-thumb", "style_mask_2"):
        async with it.client.get(f"/jobs/{id}/pictures/{name}") as answer:
            assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"], name
    for name in ("style_3", "style_3-384.webp", "style_5-384.webp"):
        async with it.client.get(f"/jobs/{id}/pictures/{name}") as answer:
            assert answer.status == 404, name


async def test_the_page_of_a_job_shows_them_with_their_shares(it: Lab) -> None:
    id = (await submitted(it, **BLEND))["id"]
    page = await it.text(f"/jobs/{id}")
    for role in ("content", "style", "style_2", "mask"):
        assert f'/jobs/{id}/pictures/{role}-384.webp"' in page
    assert "64×80 · 67 %" in page and "72×64 · 33 %" in page and "Painting 2" in page
    assert f'data-against="style_2" data-src="/jobs/{id}/pictures/style_2"' in page


async def test_a_single_painting_has_no_number_and_no_share(it: Lab) -> None:
    job = await it.job()
    assert [(each.kind, each.share) for each in shown_pictures(job)] == [
        ("Photo", None),
        ("Painting", None),
    ]
    russian = await it.job(further={"style_2": SECOND, "mask": mask()})
    assert [each.kind for each in shown_pictures(russian, "ru")] == [
        *("Фотография", "Картина 1", "Картина 2", "Маска")
    ]


async def test_samples_can_be_blended_and_are_found_by_any_painting(it: Lab) -> None:
    paintings = [each["name"] for each in (await it.json("GET", "/api/samples"))["style"]][:2]
    samples = {"style": None, "style_sample": paintings[0], "style_2_sample": paintings[1]}
    record = await submitted(it, **samples)
    assert names(record) == paintings
    other = await submitted(it)
    told = title(it.queue.all()[0])
    assert told == f"photo × {' + '.join(paintings)}".replace("_", " ")
    page = await it.text(f"/?by={paintings[1]}")
    assert f'data-job="{record["id"]}"' in page and f'data-job="{other["id"]}"' not in page


async def test_a_repeated_job_has_all_the_pictures_but_those_that_arent_wanted(it: Lab) -> None:
    first = await submitted(it, **BLEND)
    again = {"content": None, "style": None, "again": first["id"]}
    same = await submitted(it, **again)
    assert (len(same["paintings"]), same["mask"]["width"]) == (2, 96)
    one = await submitted(it, **again, without="style_2, mask")
    assert (len(one["paintings"]), one["mask"]) == (1, None)
    other = await submitted(it, **again | {"content": SECOND})
    assert (len(other["paintings"]), other["mask"]) == (2, None)  # it belongs to the photo
    changed = await submitted(it, **again, style_2=PHOTO)
    assert [each["width"] for each in changed["paintings"]] == [64, 96]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            {"style_3": SECOND},
            {"style_3": "The third painting can't be used without the second painting: "
             "choose both or neither"},
        ),
        (
            {"style_mask": mask(), "style_mask_2": mask()},
            {"style_mask_2": "The second painting's mask can't be used without "
             "the second painting: choose both or neither"},
        ),
        (
            {"style_2": SECOND, "style_weights": "1,2,3"},
            {"style_weights": "Style weights given: 3, paintings: 2; write one weight for each "
             "painting"},
        ),
        (
            {"mask": mask(height=40)},
            {"mask": "The mask is 96 × 40 pixels, another shape than the photo's 96 × 72: "
             "draw it on the photo"},
        ),
        ({"style_2": b"none"}, {"style_2": None}),
        ({"style_2_sample": "none"}, {"style_2_sample": None}),
        ({"without": "style"}, {"without": None}),
        ({"style_weights": "0,0"}, {"style_weights": None}),
    ],
)  # fmt: skip
async def test_what_doesnt_go_together_is_refused_at_its_field(
    it: Lab, fields: dict[str, Any], told: dict[str, str | None]
) -> None:
    found = await refused(it, **fields)
    assert found.keys() == told.keys()
    assert all(sentence in (None, found[field]) for field, sentence in told.items())


async def test_each_is_checked_by_its_beginning(it: Lab) -> None:
    query = f"/api/check?bytes={len(PAINTING)}&role="
    for role in ("style_2", "mask", "style_mask_4"):
        assert (await it.json("POST", query + role, data=PAINTING))["width"] == 64
    answer = await it.json("POST", "/api/check?bytes=4&role=mask", data=b"none")
    assert answer["error"].startswith("The mask isn't a picture")


async def test_without_a_script_the_form_takes_more_paintings(it: Lab) -> None:
    page = await it.text("/")
    for role in ("style_2", "style_3", "style_4", "mask"):
        assert re.search(rf'<input type="file" [^>]*name="{role}"', page), role
    assert "More paintings" in page and 'name="without"' not in page
    id = (await submitted(it, **BLEND))["id"]
    page = await it.text(f"/?again={id}")
    assert 'name="without" value="style_2,mask"' in page


async def test_the_form_comes_back_open_where_something_is_wrong(it: Lab) -> None:
    async with it.client.post("/jobs", data=form(style_3=SECOND)) as answer:
        page = await answer.text()
    assert answer.status == 422
    assert 'id="style_3-error" data-error="style_3">The third painting' in page
    assert '<details class="further" data-further open>' in page
