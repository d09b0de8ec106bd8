"""Which answers are compressed, for whom."""

import gzip
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from tests.lab_app import Lab

from artstyle.lab.compression import LARGE, LEAST, accepts_gzip, compress

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


async def sent(path: str, kind: str, body: bytes, **headers: str) -> tuple[Any, bytes]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind)

    app = web.Application(middlewares=[compress])
    app.router.add_get(path, answer)
    async with (
        TestClient(TestServer(app), auto_decompress=False) as client,
        client.get(path, headers=headers) as response,
    ):
        return response.headers, await response.read()


@pytest.mark.parametrize("size", [LEAST, LARGE + 1])
@pytest.mark.parametrize("kind", ["text/html", "application/json", "image/svg+xml"])
async def test_texts_are_compressed(kind: str, size: int) -> None:
    body = b"a text " * size
    headers, data = await sent("/", kind, body, **GZIP)
    assert headers["Content-Encoding"] == "gzip" and headers["Vary"] == "Accept-Encoding"
    assert int(headers["Content-Length"]) == len(data) < len(body) / 10
    assert gzip.decompress(data) == body


@pytest.mark.parametrize(
    ("kind", "size", "accepted"),
    [
        ("image/webp", LARGE, "gzip"),
        ("image/jpeg", LARGE, "gzip"),
        ("text/html", LEAST - 1, "gzip"),
        ("text/html", LARGE, "br"),
        ("text/html", LARGE, "gzip;q=0"),
        ("text/html", LARGE, ""),
    ],
)
async def test_the_rest_is_sent_as_it_is(kind: str, size: int, accepted: str) -> None:
    body = b"x" * size
    headers, data = await sent("/", kind, body, **{"Accept-Encoding": accepted})
    assert "Content-Encoding" not in headers and data == body


@pytest.mark.parametrize(
    ("accepted", "wanted"),
    [
        *(("gzip", True), ("GZIP", True), ("br, gzip;q=0.5", True), ("*", True)),
        *(("", False), ("br", False), ("gzip; q=0", False), ("gzip;q=0.000", False)),
    ],
)
def test_what_a_browser_accepts(accepted: str, wanted: bool) -> None:
    request = make_mocked_request("GET", "/", headers={"Accept-Encoding": accepted})
    assert accepts_gzip(request) is wanted


async def test_pages_and_assets_are_compressed_and_streams_are_not(it: Lab) -> None:
    async with it.client.get("/", headers=GZIP) as page:
        assert page.headers["Content-Encoding"] == "gzip"
        text = await page.text()
    path = text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    async with it.client.get(path, headers=GZIP) as styles:
        assert styles.headers["Content-Encoding"] == "gzip"
        compressed = await styles.text()
        assert int(styles.headers["Content-Length"]) < len(compressed)
    assert await it.text(path, headers={"Accept-Encoding": "identity"}) == compressed
    job = await it.job()
    await it.finish(job)
    async with it.client.get(f"/api/jobs/{job.id}/events", headers=GZIP) as events:
        assert "Content-Encoding" not in events.headers
