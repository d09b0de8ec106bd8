"""Whose a job is, and how many one may have."""

from dataclasses import replace
from pathlib import Path

from aiohttp import CookieJar
from aiohttp.test_utils import TestClient
from tests.jobs import LIMITS
from tests.lab_app import JSON, Lab, form, lab

from artstyle.lab.owners import COOKIE, ID


def browser(it: Lab):  # type: ignore[no-untyped-def]
    """Another browser of the same lab."""
    return TestClient(it.client.server, cookie_jar=CookieJar(unsafe=True))


async def test_a_browser_gets_its_cookie_with_the_first_page(it: Lab) -> None:
    async with browser(it) as one:
        cookie = (await one.get("/")).cookies[COOKIE]
        assert ID.fullmatch(cookie.value)
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert COOKIE not in (await one.get("/")).cookies  # it has one
        for path in ("/api/jobs", "/healthz", "/assets/favicon.svg"):
            assert COOKIE not in (await it.client.get(path)).cookies


async def test_a_cookie_that_is_none_is_replaced(it: Lab) -> None:
    headers = {"Cookie": f"{COOKIE}=table"}
    async with browser(it) as one:
        assert (await one.post("/api/jobs", data=form(), headers=headers)).status == 201
        assert it.queue.all()[0].owner == "web:127.0.0.1"
        assert COOKIE in (await one.get("/", headers=headers)).cookies


async def test_mine_is_what_this_browser_submitted(it: Lab) -> None:
    async with browser(it) as one, browser(it) as other:
        for client in (one, other):
            await client.get("/")
            assert (await client.post("/api/jobs", data=form())).status == 201
        jobs = (await (await one.get("/api/jobs")).json())["jobs"]
        assert [job["mine"] for job in jobs] == [False, True]
        mine = await (await one.get("/api/jobs?owner=me")).json()
        assert [job["id"] for job in mine["jobs"]] == [jobs[1]["id"]] and mine["total"] == 1
        assert (await one.get("/api/jobs?owner=you")).status == 400
        owners = {job.owner for job in it.queue.all()}
        assert len(owners) == 2 and all(ID.fullmatch(owner[4:]) for owner in owners)


async def test_a_new_cookie_doesnt_help_beyond_the_limit_of_an_address(tmp_path: Path) -> None:
    limits = replace(LIMITS, per_owner=1)
    async with lab(tmp_path, limits=limits) as it:
        told = []
        for number in range(limits.per_address + 1):
            headers = {**JSON, "Cookie": f"{COOKIE}={number:032x}"}
            async with it.client.post("/jobs", data=form(), headers=headers) as answer:
                told.append((answer.status, (await answer.json()).get("code")))
        assert told == [(201, None)] * 3 + [(429, "address-full")]
        headers = {**JSON, "Cookie": f"{COOKIE}={0:032x}"}
        answer = await it.json("POST", "/jobs", 429, data=form(), headers=headers)
        assert answer["code"] == "owner-full"
