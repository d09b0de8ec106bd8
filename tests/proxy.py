"""A small reverse proxy in front of a lab, as nginx or Caddy would be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestClient, TestServer

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


@dataclass(frozen=True)
class Manner:
    """What a proxy does to requests."""

    folder: str = ""  # where it serves the lab
    strips: bool = True  # whether it takes the folder off
    keeps_host: bool = True
    headers: dict[str, str] = field(default_factory=dict)  # that it adds


@asynccontextmanager
async def proxied(
    server: BaseTestServer, manner: Manner
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A client of a proxy in front of a server."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:

        async def handle(request: web.Request) -> web.StreamResponse:
            path = request.raw_path
            if manner.strips:
                path = path.removeprefix(manner.folder)
            headers = [(k, v) for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP]
            headers += manner.headers.items()
            if manner.keeps_host:
                headers.append(("Host", request.headers["Host"]))
            async with session.request(
                request.method,
                f"http://{server.host}:{server.port}{path}",
                headers=headers,
                data=await request.read(),
                allow_redirects=False,
            ) as answer:
                return await _passed_on(request, answer)

        app = web.Application()
        app.router.add_route("*", manner.folder + "/{rest:.*}", handle)
        async with TestClient(TestServer(app)) as client:
            yield client


async def _passed_on(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status)
    for name, value in answer.headers.items():
        if name.lower() not in HOP_BY_HOP:
            response.headers.add(name, value)
    await response.prepare(request)
    async for piece in answer.content.iter_any():
        await response.write(piece)
    await response.write_eof()
    return response
