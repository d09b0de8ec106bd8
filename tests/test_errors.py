"""What goes wrong in the lab is told as a page to browsers and as JSON to programs."""

import re
from pathlib import Path

import pytest
from aiohttp import web
from tests.lab_app import JSON, TOKEN, form, lab

from artstyle.errors import ArtstyleError, DiskError, PictureError, QueueError
from artstyle.lab import report
from artstyle.lab.errors import status_of
from artstyle.lab.safety import Refused, Safety
from artstyle.lab.submission import Rejected


async def test_an_unknown_page_is_told_as_a_page_and_as_json(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        for path in ("/nothing", "/jobs/nothing", "/assets/nothing.js", "/samples/style/nothing"):
            html = await it.text(path, status=404)
            assert "<h1>Not found</h1>" in html and "may have been removed" in html
            told = await it.json("GET", path, 404, headers=JSON)
            assert told["error"].startswith("There is nothing here")


async def test_an_unexpected_error_is_logged_under_the_id_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(queue: object, **said: object) -> None:
        raise ZeroDivisionError("inner secret")

    monkeypatch.setattr(report, "ordered", broken)
    async with lab(tmp_path) as it:
        html = await it.text("/", status=500)
    found = re.search(r"under ([0-9a-f]{8})", html)
    assert found and f"error {found[1]} in GET /" in caplog.text
    assert "inner secret" in caplog.text and "inner secret" not in html


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("no", 403), 403),
        (QueueError("full"), 429),
        (PictureError("bad"), 400),
        (Rejected({"": "x"}, {}), 400),
        (DiskError("full"), 507),
        (ArtstyleError("?"), 500),
    ],
)
def test_each_error_has_its_status(error: ArtstyleError, status: int) -> None:
    assert status_of(error) == status


async def test_a_foreign_host_and_a_foreign_origin_are_refused_in_words(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        html = await it.text("/", 403, headers={"Host": "evil.example"})
        assert "doesn&#39;t go by the name evil.example" in html
        headers = {"Origin": "https://evil.example", **JSON}
        told = await it.json("POST", "/jobs", 403, headers=headers, data=form())
        assert "a page of another site sent this" in told["error"].lower()
        assert it.queue.all() == []


async def test_without_the_token_one_may_look_but_not_change(tmp_path: Path) -> None:
    safety = Safety("0.0.0.0", TOKEN, frozenset())
    async with lab(tmp_path, safety=safety) as it:
        job = await it.job()
        for path in ("/", f"/jobs/{job.id}"):
            html = await it.text(path)
            assert f'action="/jobs/{job.id}/cancel"' not in html
            assert "open the link with the token" in re.sub(r"\s+", " ", html)
        for method, path in [
            ("POST", "/jobs"),
            ("POST", "/api/jobs"),
            ("POST", f"/jobs/{job.id}/cancel"),
            ("POST", f"/jobs/{job.id}/remove"),
            ("POST", f"/api/jobs/{job.id}/cancel"),
            ("DELETE", f"/api/jobs/{job.id}"),
        ]:
            told = await it.json(method, path, 401, headers=JSON)
            assert "token" in told["error"]
        assert it.queue.all() == [job] and not job.state.ended
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        await it.json("DELETE", f"/api/jobs/{job.id}", 204, headers=bearer)


async def test_every_answer_carries_the_headers_that_keep_it_safe(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        for path in ("/", "/nothing", f"/jobs/{job.id}/pictures/content", "/events", "/healthz"):
            async with it.client.get(path) as answer:
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Server"] == "artstyle"


async def test_pages_obey_their_own_policy(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job = await it.job()
        for path in ("/", "/new", f"/jobs/{job.id}", "/nothing"):
            async with it.client.get(path) as answer:
                html = await answer.text()
            assert not re.search(
                r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", html
            )
            assert not re.search(r"""(src|href|action)=["'](https?:)?//""", html)


def test_the_application_has_no_route_that_a_request_could_break_out_of() -> None:
    from artstyle.lab.app import ROUTES

    assert all(isinstance(route, web.RouteDef) and ":" not in route.path for route in ROUTES)
