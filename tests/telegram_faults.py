"""Faults on demand: what may happen between the bot and Telegram to one request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from tests.telegram_limits import ApiError

Act = Callable[[], Awaitable[web.Response]]  # does what the request asks for
Fault = Callable[[web.Request, Act], Awaitable[web.StreamResponse]]


def fail(error: ApiError) -> Fault:
    async def serve(_: web.Request, __: Act) -> web.StreamResponse:
        return web.json_response(error.json(), status=error.status)

    return serve


def page(status: int) -> Fault:
    """The page of a proxy in front of the server."""

    async def serve(_: web.Request, __: Act) -> web.StreamResponse:
        text = f"<html><body><h1>{status} of the proxy</h1></body></html>"
        return web.Response(status=status, text=text, content_type="text/html")

    return serve


def drop(acted: bool) -> Fault:
    async def serve(request: web.Request, act: Act) -> web.StreamResponse:
        response = await act() if acted else web.Response()
        _hang_up(request)
        return response

    return serve


async def half(request: web.Request, act: Act) -> web.StreamResponse:
    whole = await act()
    body = whole.body if isinstance(whole.body, bytes) else b""
    part = web.StreamResponse(status=whole.status, headers={"Content-Length": str(len(body))})
    await part.prepare(request)
    await part.write(body[: len(body) // 2])
    _hang_up(request)
    return part


def delay(until: asyncio.Event | float, acted: bool) -> Fault:
    async def serve(_: web.Request, act: Act) -> web.StreamResponse:
        response = await act() if acted else None
        await (until.wait() if isinstance(until, asyncio.Event) else asyncio.sleep(until))
        return await act() if response is None else response

    return serve


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
