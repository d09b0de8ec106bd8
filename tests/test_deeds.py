"""Star, title, remove, restore and zip, over HTTP."""

import io
import json
import zipfile

import pytest
from tests.lab_app import JSON, Lab, form

from artstyle.jobs import Job


async def done(it: Lab, count: int = 1) -> list[Job]:
    jobs = []
    for _ in range(count):
        jobs.append(await it.job())
        await it.finish(jobs[-1])
    return jobs


async def test_a_star_and_a_title(it: Lab) -> None:
    (job,) = await done(it)
    here = f"/api/jobs/{job.id}"
    assert (await it.json("POST", f"{here}/star", json={"on": True}))["starred"] is True
    assert (await it.json("POST", f"{here}/star", json={"on": False}))["starred"] is False
    named = await it.json("POST", f"{here}/title", json={"title": " Lion ×\nnight "})
    assert named["title"] == job.title == "Lion × night"
    default = await it.json("POST", f"{here}/title", json={"title": ""})
    assert default["title"] == "photo × painting" and job.title is None
    answer = await it.json("POST", f"{here}/title", 422, json={"title": "a" * 121})
    assert answer["code"] == "title-too-long"


async def test_a_title_is_given_with_the_pictures(it: Lab) -> None:
    await it.json("POST", "/api/jobs", 201, data=form(title="<b>Lion</b>"))
    assert it.queue.all()[0].title == "<b>Lion</b>"
    answer = await it.json("POST", "/api/jobs", 422, data=form(title="a" * 121))
    assert answer["errors"] == {"title": "The title is longer than 120 characters; shorten it"}


async def test_removal_can_be_taken_back(it: Lab) -> None:
    (job,) = await done(it)
    answer = await it.json("POST", f"/jobs/{job.id}/remove", headers=JSON)
    assert answer == {"page": "/", "restore": f"/jobs/{job.id}/restore", "seconds": 10}
    await it.text(f"/jobs/{job.id}", 404)
    back = await it.json("POST", answer["restore"], headers=JSON)
    assert back == {"page": f"/jobs/{job.id}"}
    await it.text(f"/jobs/{job.id}")
    await it.json("POST", answer["restore"], 404, headers=JSON)


async def test_without_scripts_removal_leads_home_and_back(it: Lab) -> None:
    (job,) = await done(it)
    for deed, page in (("remove", "/"), ("restore", f"/jobs/{job.id}")):
        async with it.client.post(f"/jobs/{job.id}/{deed}", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, page)


async def test_several_are_removed_and_restored(it: Lab) -> None:
    jobs = await done(it, 3)
    ids = [job.id for job in jobs]
    asked = {"ids": [ids[2], ids[0], "nobody", ids[0]]}
    answer = await it.json("POST", "/api/jobs/remove", json=asked)
    assert answer == {"removed": [ids[2], ids[0]], "seconds": 10}
    assert it.queue.all() == [jobs[1]]
    assert await it.json("POST", "/api/jobs/restore", json=asked) == {"restored": [ids[2], ids[0]]}
    assert it.queue.all() == jobs


async def test_several_results_as_one_zip(it: Lab) -> None:
    jobs = await done(it, 2)
    waiting = await it.job()
    ids = ",".join([jobs[1].id, waiting.id, "nobody", jobs[0].id])
    async with it.client.get(f"/api/jobs/zip?ids={ids}") as answer:
        assert (answer.status, answer.content_type) == (200, "application/zip")
        data = await answer.read()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["01-photo-painting.png", "02-photo-painting.png"]
        assert archive.testzip() is None
        for name, job in zip(archive.namelist(), reversed(jobs), strict=True):
            assert archive.read(name) == it.queue.files(job).result.read_bytes()


async def test_a_zip_of_nothing_and_of_too_many_is_refused(it: Lab) -> None:
    await it.json("GET", "/api/jobs/zip?ids=", 404)
    await it.json("GET", "/api/jobs/zip", 404)
    answer = await it.json("GET", f"/api/jobs/zip?ids={','.join('a' * 101)}", 422)
    assert answer["error"] == "More than 100 pictures at once; choose fewer"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'{"ids": []}', "text/plain", 415, "not-json"),
        (b"", "application/json", 422, "json-wrong"),
        (b"[]", "application/json", 422, "json-wrong"),
        (b'{"ids": "a"}', "application/json", 422, "json-wrong"),
        (b'{"ids": [], "all": true}', "application/json", 422, "json-wrong"),
        (b'{"ids": ["\xff"]}', "application/json", 422, "json-wrong"),
        (json.dumps({"ids": ["a" * 20_000]}).encode(), "application/json", 422, "json-wrong"),
        (json.dumps({"ids": ["a"] * 101}).encode(), "application/json", 422, "too-many-jobs"),
    ],
)
async def test_other_bodies_are_refused(
    it: Lab, body: bytes, kind: str, status: int, code: str
) -> None:
    headers = {"Content-Type": kind}
    answer = await it.json("POST", "/api/jobs/remove", status, data=body, headers=headers)
    assert answer["code"] == code
