"""Faults on demand: what may happen between the bot and Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web
from tests.telegram_limits import ApiError

Act = Callable[[], Awaitable[web.Response]]


class Fault(Protocol):
    """Something that goes wrong with one request."""

    async def serve(self, request: web.Request, act: Act) -> web.StreamResponse:
        """Answer the request; act does what it asks for."""


@dataclass(frozen=True)
class Fail:
    """Telegram refuses and does nothing."""

    error: ApiError

    async def serve(self, request: web.Request, act: Act) -> web.StreamResponse:
        return web.json_response(self.error.json(), status=self.error.status)


@dataclass(frozen=True)
class Drop:
    """The connection ends without an answer, after Telegram acted or before it did."""

    acted: bool

    async def serve(self, request: web.Request, act: Act) -> web.StreamResponse:
        response = await act() if self.acted else web.Response()
        hang_up(request)
        return response


@dataclass(frozen=True)
class Half:
    """The connection ends in the middle of the answer."""

    async def serve(self, request: web.Request, act: Act) -> web.StreamResponse:
        whole = await act()
        body = whole.body if isinstance(whole.body, bytes) else b""
        half = web.StreamResponse(status=whole.status, headers={"Content-Length": str(len(body))})
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
        hang_up(request)
        return half


@dataclass(frozen=True)
class Delay:
    """The answer takes its time: seconds, or until an event is set."""

    until: asyncio.Event | float
    acted: bool

    async def serve(self, request: web.Request, act: Act) -> web.StreamResponse:
        if self.acted:
            response = await act()
            await self._wait()
            return response
        await self._wait()
        return await act()

    async def _wait(self) -> None:
        if isinstance(self.until, asyncio.Event):
            await self.until.wait()
        else:
            await asyncio.sleep(self.until)


def hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


@dataclass
class Faults:
    """Faults in the order in which they were asked for, for each method or file path."""

    waiting: dict[str, list[Fault]] = field(default_factory=dict)

    def add(self, name: str, fault: Fault, times: int) -> None:
        self.waiting.setdefault(name, []).extend([fault] * times)

    def take(self, *names: str) -> Fault | None:
        for name in names:
            if self.waiting.get(name):
                return self.waiting[name].pop(0)
        return None
