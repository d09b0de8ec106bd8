"""The share of the requests that a person behind a trusted proxy may have in progress."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler

from artstyle.errors import ConnectionsBusy
from artstyle.lab.forwarded import NONE, PROXIES, TrustedProxies
from artstyle.lab.people import REQUESTS, requests_of, share_requests


def served(trusted: TrustedProxies) -> TestClient[web.Request, web.Application]:
    """A server of 8 connections, whose answers at /wait come after `released`."""
    released = asyncio.Event()

    async def wait(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    async def release(_: web.Request) -> web.Response:
        released.set()
        return web.Response()

    @web.middleware
    async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ConnectionsBusy:
            return web.Response(status=503)

    app = web.Application(middlewares=[told, share_requests])
    app[PROXIES], app[REQUESTS] = trusted, requests_of(8, trusted)
    app.add_routes([web.get("/wait", wait), web.get("/release", release)])
    return TestClient(TestServer(app))


async def statuses(trusted: TrustedProxies, **headers: str) -> list[int]:
    """What five requests at once get, when the third is answered."""
    async with served(trusted) as client:
        waiting = [asyncio.ensure_future(client.get("/wait", headers=headers)) for _ in range(5)]
        if trusted.networks and headers:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await client.get("/release")
        return sorted([(await each).status for each in waiting])


async def test_a_person_gets_a_share() -> None:
    trusted = TrustedProxies.read(["127.0.0.1"])
    found = await statuses(trusted, **{"X-Forwarded-For": "192.0.2.1"})
    assert found.count(200) == 2 and found.count(503) == 3


async def test_connections_that_no_proxy_made_are_counted_elsewhere() -> None:
    assert await statuses(NONE, **{"X-Forwarded-For": "192.0.2.1"}) == [200] * 5
