"""Errors are answered as a page to browsers and as JSON to programs."""

import re
from pathlib import Path

import pytest
from aiohttp import web
from tests.lab_app import BEARER, JSON, OPEN, Lab, form, lab

from artstyle import errors
from artstyle.errors import ArtstyleError
from artstyle.lab import home
from artstyle.lab.app import ROUTES
from artstyle.lab.errors import STATUS, problem, status_of


async def test_an_unknown_address_is_answered_as_a_page_and_as_json(it: Lab) -> None:
    for path in ("/nothing", "/jobs/nothing", "/assets/nothing.js", "/samples/style/nothing"):
        html = await it.text(path, status=404)
        assert "<h1>Not found</h1>" in html and "may have been removed" in html
        answer = await it.json("GET", path, 404, headers=JSON)
        assert answer["error"].startswith("There is nothing here")
        assert (answer["code"], answer["data"]) == ("not-found", {})


async def test_a_wrong_method_is_answered_with_those_that_are_allowed(tmp_path: Path) -> None:
    async with lab(tmp_path) as it, it.client.post("/", headers=JSON) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
        assert (await answer.json())["code"] == "method-not-allowed"


async def test_an_unexpected_error_is_logged_under_the_id_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError("inner secret")

    monkeypatch.setattr(home, "visible", broken)
    async with lab(tmp_path) as it:
        html = await it.text("/", status=500)
    found = re.search(r"under ([0-9a-f]{8})", html)
    assert found and f"error {found[1]} in GET /" in caplog.text
    assert "inner secret" in caplog.text and "inner secret" not in html


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.WrongLink(), 403),
        (errors.QueueFull(5), 429),
        (errors.PictureDamaged(role="style"), 400),
        (errors.FormRejected({}), 422),
        (errors.DiskFull(), 507),
        (errors.Unexpected("1"), 500),
        (errors.UploadSlow(), 408),
    ],
)
def test_each_error_has_the_status_of_its_nearest_class(error: ArtstyleError, status: int) -> None:
    assert status_of(error) == status


def test_only_what_is_the_servers_fault_is_a_server_error() -> None:
    busy = {errors.UploadsBusy, errors.ConnectionsBusy}
    faults = {errors.ArtstyleError, errors.DiskError, *busy}
    assert {kind for kind, status in STATUS.items() if status >= 500} == faults


def test_a_rejected_form_has_the_errors_of_its_fields() -> None:
    levels = errors.OutOfRange("levels", low=1, high=6, value="9")
    answer = problem(errors.FormRejected({"levels": levels, "style": errors.PictureEmpty()}))
    assert answer.errors["levels"] == "Levels must be from 1 to 6, but is 9"
    assert answer.error == "; ".join(answer.errors.values())
    assert answer.data["fields"]["levels"] == {
        "code": "out-of-range",
        "data": {"field": "levels", "low": 1, "high": 6, "value": "9"},
    }


async def test_foreign_hosts_and_origins_are_refused(it: Lab) -> None:
    html = await it.text("/", 403, headers={"Host": "evil.example"})
    assert "doesn&#39;t serve the host &#34;evil.example&#34;" in html
    headers = {"Origin": "https://evil.example", **JSON}
    answer = await it.json("POST", "/jobs", 403, headers=headers, data=form())
    assert answer["code"] == "foreign-origin"
    assert it.queue.all() == []


async def test_without_the_token_one_may_look_but_not_change(tmp_path: Path) -> None:
    async with lab(tmp_path, policy=OPEN) as it:
        job = await it.job()
        for path in ("/", f"/jobs/{job.id}"):
            html = await it.text(path)
            assert f'action="/jobs/{job.id}/cancel"' not in html
            assert "open the link with the token" in re.sub(r"\s+", " ", html)
        paths = [f"{room}/jobs/{job.id}/cancel" for room in ("", "/api")]
        paths += ["/jobs", "/api/jobs", f"/jobs/{job.id}/remove"]
        changes = [("POST", path) for path in paths]
        for method, path in [*changes, ("DELETE", f"/api/jobs/{job.id}")]:
            answer = await it.json(method, path, 401, headers=JSON)
            assert answer["code"] == "link-needed"
        assert it.queue.all() == [job] and not job.status.ended
        await it.json("DELETE", f"/api/jobs/{job.id}", 204, headers=BEARER)


async def test_pages_obey_their_own_policy(it: Lab) -> None:
    job = await it.job()
    for path in ("/", f"/jobs/{job.id}", "/nothing"):
        async with it.client.get(path) as answer:
            html = await answer.text()
        html = re.sub(r'<script type="application/json"', "<data", html)  # which doesn't run
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", html)
        assert not re.search(r"""(src|href|action)=["'](https?:)?//""", html)


def test_no_variable_of_a_route_matches_slashes() -> None:
    for route in ROUTES:
        told = web.UrlDispatcher().add_resource(route.path).get_info()
        if pattern := told.get("pattern"):
            words = dict.fromkeys(pattern.groupindex, "a/192.webp")
            assert not pattern.fullmatch(told["formatter"].format(**words)), route.path
