"""The lab behind a reverse proxy: who may change what, its addresses, its cookies, its limits."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from tests.jobs import LIMITS
from tests.lab_app import JSON, LOOPBACK, TOKEN, Lab, form, lab
from tests.proxy import Manner, proxied

from artstyle.lab.access import COOKIE, AccessPolicy
from artstyle.lab.forwarded import TRACES, TrustedProxies
from artstyle.lab.public_url import PublicUrl

Client = TestClient[web.Request, web.Application]

ART = PublicUrl("https://art.example.org/art")
OPENED = AccessPolicy("127.0.0.1", TOKEN, frozenset({ART.host}), ART)
HERE = TrustedProxies.read(["127.0.0.1"])
FOLDERS = [Manner("/art", strips=True), Manner("/art", strips=False), Manner("")]


@asynccontextmanager
async def behind(
    folder: Path, manner: Manner, policy: AccessPolicy = OPENED, **changes: object
) -> AsyncIterator[tuple[Lab, Client]]:
    async with (
        lab(folder, policy=policy, **changes) as served,
        proxied(served.client.server, manner) as client,
    ):
        yield served, client


def policy_of(folder: str) -> AccessPolicy:
    url = PublicUrl(f"https://art.example.org{folder}")
    return AccessPolicy("127.0.0.1", TOKEN, frozenset({url.host}), url)


async def enter(client: Client, folder: str) -> ClientResponse:
    answer = await client.get(f"{folder}/?token={TOKEN}", allow_redirects=False)
    assert answer.status == 303, await answer.text()
    return answer


@pytest.mark.parametrize("header", TRACES)
async def test_on_loopback_what_comes_through_a_proxy_is_refused(
    tmp_path: Path, header: str
) -> None:
    async with behind(tmp_path, Manner(headers={header: "1.2.3.4"}), LOOPBACK) as (_, client):
        for method, path in (("GET", "/"), ("GET", "/api/jobs"), ("POST", "/jobs/x/remove")):
            answer = await client.request(method, path)
            assert answer.status == 403
            assert "AST_URL" in await answer.text()


async def test_nginx_is_known_by_its_http_1_0(tmp_path: Path) -> None:
    async with lab(tmp_path) as served:
        await served.text("/")
        with_1_0 = f"GET / HTTP/1.0\r\nHost: 127.0.0.1:{served.client.port}\r\n\r\n"
        data = await sent(served.client, with_1_0.encode())
        assert data.startswith(b"HTTP/1.0 403 ") and b"AST_URL" in data


async def sent(client: Client, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(data)
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("manner", FOLDERS)
async def test_every_address_leads_back_to_the_lab(tmp_path: Path, manner: Manner) -> None:
    folder = manner.folder
    async with behind(tmp_path, manner, policy_of(folder)) as (served, client):
        entered = await enter(client, folder)
        assert entered.headers["Location"] == f"{folder}/"
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        made = await client.post(
            f"{folder}/jobs", data=form(iterations=3), headers=bearer, allow_redirects=False
        )
        assert made.status == 303, await made.text()
        job = served.queue.all()[0]
        assert made.headers["Location"] == f"{folder}/jobs/{job.id}"
        await served.finish(job)
        for path in ("/", f"/jobs/{job.id}"):
            page = await (await client.get(folder + path, headers=bearer)).text()
            addresses = re.findall(r'(?:href|src|action|data-live)="(/[^"]*)"', page)
            assert addresses and all(each.startswith(f"{folder}/") for each in addresses)
            for address in {each for each in addresses if "events" not in each}:
                found = await client.get(address, headers=bearer, allow_redirects=False)
                assert found.status in (200, 303, 405), address  # forms post, languages lead back
        answer = await client.get(f"{folder}/api/jobs/{job.id}", headers=bearer)
        links = (await answer.json())["links"]
        for link in ("self", "page", "preview", "result"):
            assert (await client.get(links[link], headers=bearer)).status == 200, link


@pytest.mark.parametrize("manner", FOLDERS)
async def test_updates_come_through(tmp_path: Path, manner: Manner) -> None:
    async with behind(tmp_path, manner, policy_of(manner.folder)) as (served, client):
        job = await served.job()
        await served.finish(job)
        answer = await client.get(f"{manner.folder}/api/jobs/{job.id}/events")
        assert "event: done" in await answer.text()
        assert "Content-Encoding" not in answer.headers


async def test_the_folder_itself_leads_to_its_page(tmp_path: Path) -> None:
    async with lab(tmp_path, policy=OPENED) as served:
        answer = await served.client.get("/art", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (308, "/art/")


async def test_cookies_are_for_the_folder_and_for_https(tmp_path: Path) -> None:
    async with behind(tmp_path, Manner("/art")) as (_, client):
        cookie = (await enter(client, "/art")).cookies[COOKIE]
        assert (cookie["path"], cookie["secure"]) == ("/art/", True)


@pytest.mark.parametrize(
    ("trusted", "scheme", "secure"),
    [("127.0.0.1", "https", True), ("127.0.0.1", "http", ""), ("192.0.2.1", "https", "")],
)
async def test_only_a_trusted_proxy_says_that_it_is_https(
    tmp_path: Path, trusted: str, scheme: str, secure: bool | str
) -> None:
    policy = AccessPolicy("127.0.0.1", TOKEN, frozenset())
    manner = Manner(headers={"X-Forwarded-Proto": scheme})
    proxies = TrustedProxies.read([trusted])
    async with behind(tmp_path, manner, policy, proxies=proxies) as (_, client):
        assert (await enter(client, "")).cookies[COOKIE]["secure"] == secure


async def test_a_proxy_may_send_its_own_host(tmp_path: Path) -> None:
    async with behind(tmp_path, Manner("/art", keeps_host=False)) as (_, client):
        headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "https://art.example.org"}
        assert (await client.post("/art/jobs/x/cancel", headers=headers)).status == 404
        headers["Origin"] = "https://evil.example"
        assert (await client.post("/art/jobs/x/cancel", headers=headers)).status == 403


async def test_without_the_token_a_visitor_may_look_only(tmp_path: Path) -> None:
    async with behind(tmp_path, Manner("/art")) as (_, client):
        assert (await client.get("/art/")).status == 200
        assert (await client.post("/art/jobs", data=form())).status == 401


async def test_each_visitor_of_a_trusted_proxy_has_limits_of_their_own(tmp_path: Path) -> None:
    limits = replace(LIMITS, per_owner=2)
    async with behind(tmp_path, Manner(), proxies=HERE, limits=limits) as (_, client):
        for visitor in ("192.0.2.1", "192.0.2.2"):
            headers = {**JSON, "Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": visitor}
            for _ in range(limits.per_owner):
                assert (await client.post("/jobs", data=form(), headers=headers)).status == 201
            assert (await client.post("/jobs", data=form(), headers=headers)).status == 429
