"""Telegram on this machine: a strict Bot API to which an unmodified bot talks over HTTP.

    async with Telegram() as telegram:
        application = (
            ApplicationBuilder()
            .token(telegram.token)
            .base_url(telegram.base_url)
            .base_file_url(telegram.base_file_url)
            .build()
        )
        ann = telegram.user(7)
        await ann.sends_album([Photo(content), Photo(style)])
        await ann.chat.until(lambda chat: "Done" in chat.texts)

The file is not called telegram.py because pytest puts this folder first on sys.path, where it
would hide the library of that name.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from tests.telegram_faults import Delay, Drop, Fail, Fault, Faults, Half
from tests.telegram_files import Upload
from tests.telegram_limits import MB, UPLOAD_BYTES, ApiError, too_many
from tests.telegram_methods import act, decoded
from tests.telegram_people import Document, Photo, User, Video
from tests.telegram_world import BOT_ID, Call, World, albums

__all__ = ["Document", "Photo", "Telegram", "User", "Video", "albums"]

HOST = "127.0.0.1"
WELL_FORMED = r"\d+:[\w-]{35}"


class Telegram(World):
    """A Telegram to which one bot, the one with the token, may talk."""

    def __init__(self) -> None:
        super().__init__()
        self.token = f"{BOT_ID}:{'t' * 35}"
        self.port = 0
        self.downloads: list[str] = []  # the paths of the files that the bot fetched
        self._faults = Faults()
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

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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

        For this and the other faults, name is a method, the path of a file, or "file" for the
        download of any file.
        """
        error = ApiError(status, description) if retry_after is None else too_many(retry_after)
        self._faults.add(name, Fail(error), times)

    def drop(self, name: str, times: int = 1, *, acted: bool) -> None:
        """Hang up on the next calls instead of answering, after acting or without it."""
        self._faults.add(name, Drop(acted), times)

    def half(self, name: str, times: int = 1) -> None:
        """Hang up in the middle of the next answers."""
        self._faults.add(name, Half(), times)

    def delay(
        self, name: str, until: asyncio.Event | float, times: int = 1, *, acted: bool = False
    ) -> None:
        """Hold the next calls for seconds or until an event, before or after acting."""
        self._faults.add(name, Delay(until, acted), times)

    async def _serve_method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            self._check_token(request)
            call = await self._read(request, name)
        except ApiError as error:
            return _refusal(error)
        self.calls.append(call)
        await self.happened()
        return await self._serve(request, self._faults.take(name), partial(self._act, call))

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        fault = self._faults.take(path, "file")
        return await self._serve(request, fault, partial(self._download, request, path))

    async def _serve(
        self, request: web.Request, fault: Fault | None, answer: Any
    ) -> web.StreamResponse:
        if fault is None:
            response: web.StreamResponse = await answer()
            return response
        return await fault.serve(request, answer)

    async def _act(self, call: Call) -> web.Response:
        try:
            call.result = await act(self, call)
        except ApiError as error:
            call.error = error.description
            return _refusal(error)
        finally:
            await self.happened()
        return web.json_response({"ok": True, "result": call.result})

    async def _download(self, request: web.Request, path: str) -> web.Response:
        self.downloads.append(path)
        await self.happened()
        file = self.files.at(path)
        try:
            self._check_token(request)
        except ApiError as error:
            return _refusal(error)
        return (
            _refusal(ApiError(404, "Not Found")) if file is None else web.Response(body=file.data)
        )

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if not re.fullmatch(WELL_FORMED, token):
            raise ApiError(404, "Not Found")
        if token != self.token:
            raise ApiError(401, "Unauthorized")

    async def _read(self, request: web.Request, method: str) -> Call:
        if (request.content_length or 0) > UPLOAD_BYTES:
            await _discard(request)
            raise ApiError(413, "Request Entity Too Large")
        parameters: dict[str, str] = dict(request.query)
        files: dict[str, Upload] = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = Upload(value.file.read(), value.filename, value.content_type)
            else:
                parameters[name] = str(value)
        return Call(method, decoded(parameters), files)


async def _discard(request: web.Request) -> None:
    """Read what nobody wants: a client that cannot send everything would not read the answer."""
    async for _ in request.content.iter_any():
        pass


def _refusal(error: ApiError) -> web.Response:
    return web.json_response(error.json(), status=error.status)
