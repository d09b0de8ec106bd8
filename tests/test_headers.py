import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from artstyle.lab.headers import HEADERS, add_headers

Client = TestClient[web.Request, web.Application]
Start = Callable[..., Awaitable[Client]]


async def text(_request: web.Request) -> web.Response:
    return web.Response(text="text")


async def file(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(Path(__file__))


async def away(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/")


async def boom(_request: web.Request) -> web.Response:
    raise ValueError("boom")


async def close(_request: web.Request) -> web.Response:
    return web.Response(headers={"Connection": "close"})


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"data")
    return response


@pytest.fixture
async def client(aiohttp_client: Start) -> Client:
    app = web.Application()
    app.on_response_prepare.append(add_headers)
    handlers = {"": text, "file": file, "away": away, "boom": boom, "close": close}
    for path, handler in {**handlers, "stream": stream}.items():
        app.router.add_get(f"/{path}", handler)
    return await aiohttp_client(app)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/file", 200),
        ("GET", "/stream", 200),
        ("GET", "/away", 302),
        ("GET", "/boom", 500),
        ("GET", "/none", 404),
        ("POST", "/", 405),
    ],
)
async def test_every_response_has_the_headers(
    client: Client, method: str, path: str, status: int
) -> None:
    response = await client.request(method, path, allow_redirects=False)
    assert response.status == status
    for name, value in HEADERS.items():
        assert response.headers.getall(name) == [value]


async def test_a_refused_expectation_has_the_headers(client: Client) -> None:
    response = await client.get("/", headers={"Expect": "nonsense"})
    assert response.status == 417
    assert response.headers.items() >= HEADERS.items()


async def test_the_connection_is_closed_where_the_response_says_so(client: Client) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"GET /close HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200 ")  # to the end of the connection
    writer.close()


def test_the_policy_allows_what_the_pages_need_and_no_more() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy
