"""Telegram on this machine: a strict Bot API to which an unmodified bot talks over HTTP.

The file isn't called telegram.py because pytest puts this folder first on sys.path, where it would
hide the library of that name.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Self

from aiohttp import web
from tests import telegram_faults as faults
from tests.telegram_files import Upload
from tests.telegram_limits import MB, UPLOAD_BYTES, ApiError, too_many
from tests.telegram_methods import act, decoded
from tests.telegram_people import Clip, Document, Other, Photo, User
from tests.telegram_world import BOT_ID, Call, World

__all__ = ["Clip", "Document", "Other", "Photo", "Telegram", "User"]

HOST = "127.0.0.1"


class Telegram(World):
    """A Telegram to which one bot, the one with the token, may talk."""

    def __init__(self) -> None:
        super().__init__()
        self.token = f"{BOT_ID}:{'t' * 35}"
        self.port = 0
        self._faults: dict[str, list[faults.Fault]] = {}
        self.trouble: Callable[[str], faults.Fault | None] = lambda _: None  # for each request
        self._site: web.TCPSite | None = None
        app = web.Application(client_max_size=UPLOAD_BYTES + MB)
        app.router.add_route("*", "/bot{token}/{method}", self._serve_method)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://{HOST}:{self.port}/file/bot"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()
        await self._runner.cleanup()

    async def up(self) -> None:
        self._site = web.TCPSite(self._runner, HOST, self.port)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    async def down(self) -> None:
        if self._site is None:
            return
        await self._site.stop()
        self._site = None
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            connection.force_close()
        await self.updates.release()

    def fail(
        self,
        name: str,
        times: int = 1,
        *,
        status: int = 500,
        description: str = "Internal Server Error",
        retry_after: int | None = None,
    ) -> None:
        """Refuse the next calls of a method; with retry_after, as too many.

        For this and the other faults, name is a method, or "file" for the download of a file.
        """
        error = ApiError(status, description) if retry_after is None else too_many(retry_after)
        self._add(name, faults.fail(error), times)

    def mend(self, name: str) -> None:
        """Take back the faults of a method that weren't met yet."""
        self._faults.pop(name, None)

    def page(self, name: str, times: int = 1, *, status: int = 502) -> None:
        """Answer the next calls with the page of a proxy."""
        self._add(name, faults.page(status), times)

    def drop(self, name: str, times: int = 1, *, acted: bool) -> None:
        """Hang up on the next calls instead of answering, after acting or without it."""
        self._add(name, faults.drop(acted), times)

    def half(self, name: str, times: int = 1) -> None:
        """Hang up in the middle of the next answers."""
        self._add(name, faults.half, times)

    def delay(
        self, name: str, until: asyncio.Event | float, times: int = 1, *, acted: bool = False
    ) -> None:
        """Hold the next calls for seconds or until an event, before or after acting."""
        self._add(name, faults.delay(until, acted), times)

    def _add(self, name: str, fault: faults.Fault, times: int) -> None:
        self._faults.setdefault(name, []).extend([fault] * times)

    async def _serve_method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            self._check_token(request)
        except ApiError as error:
            return _refusal(error)
        call = await _read(request, name)
        self.calls.append(call)
        await self.happened()
        return await self._serve(request, name, partial(self._act, call))

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, "file", partial(self._download, request))

    async def _serve(self, request: web.Request, name: str, act: faults.Act) -> web.StreamResponse:
        if waiting := self._faults.get(name):
            return await waiting.pop(0)(request, act)
        if fault := self.trouble(name):
            return await fault(request, act)
        return await act()

    async def _act(self, call: Call) -> web.Response:
        try:
            result: Any = await act(self, call)
        except ApiError as error:
            call.error = error.description
            return _refusal(error)
        finally:
            await self.happened()
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.Response:
        self._check_token(request)
        path = request.match_info["path"]
        return web.Response(body=next(file.data for file in self.files.stored if file.path == path))

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if not re.fullmatch(r"\d+:[\w-]{35}", token):
            raise ApiError(404, "Not Found")
        if token != self.token:
            raise ApiError(401, "Unauthorized")


async def _read(request: web.Request, method: str) -> Call:
    parameters: dict[str, str] = dict(request.query)
    files: dict[str, Upload] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = Upload(value.file.read(), value.filename, value.content_type)
        else:
            parameters[name] = str(value)
    return Call(method, decoded(parameters), files)


def _refusal(error: ApiError) -> web.Response:
    return web.json_response(error.json(), status=error.status)
