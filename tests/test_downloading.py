"""Downloads from a server that says one thing and does another."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from telegram import Document, File, PhotoSize
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut
from tests.bot import ALBUM, running
from tests.jobs import PAINTING
from tests.telegram_server import Telegram

from artstyle.bot import downloading
from artstyle.bot.downloading import Downloads
from artstyle.bot.incoming import Picture
from artstyle.bot.sending import repeatable, wait
from artstyle.bot.services import Connection
from artstyle.errors import PictureHeavy

MOST = 200_000
CHUNK = bytes(65536)
PHOTO = PhotoSize("a", "a", 9, 9, file_size=100)
FILE = Document("b", "b", file_name="b.png", file_size=100)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Answers every request for a file in the same way."""

    def __init__(self, answer: Handler) -> None:
        self._answer = answer
        self.url = ""
        self.asked: list[str] = []

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        return await self._answer(request)


@asynccontextmanager
async def serving(answer: Handler) -> AsyncIterator[Server]:
    server = Server(answer)
    app = web.Application()
    app.router.add_get("/{path:.*}", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def downloads(
    url: str, path: str = "photos/file_1", folder: Path | None = None
) -> AsyncIterator[Downloads]:
    base = f"{url}/file/bot1:t"

    async def get_file(id: str) -> File:
        return File(id, id, 100, path)

    bot: Any = SimpleNamespace(base_file_url=base, get_file=get_file)
    reached = Connection(
        token="1:t", base_url=url, base_file_url=base, local_files=folder, picture_bytes=MOST
    )
    made = Downloads(bot, reached)
    try:
        yield made
    finally:
        await made.close()


async def pair(it: Downloads, photo: Picture, painting: Picture) -> tuple[bytes, bytes]:
    files = await it.pictures({"content": photo, "style": painting})
    assert list(files) == ["content", "style"]
    return files["content"], files["style"]


def saying(body: bytes = b"picture", **said: Any) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, **said)

    return answer


async def test_a_pair_is_downloaded_whole_and_in_order() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=bytes(len(server.asked) * [65]))

    async with serving(answer) as server, downloads(server.url) as it:
        assert await pair(it, PHOTO, FILE) == (b"A", b"AA")
    assert server.asked == ["/file/bot1:t/photos/file_1"] * 2


async def test_more_than_the_limit_is_never_taken_whatever_the_server_says() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(CHUNK)
            sent += len(CHUNK)

    async with serving(endless) as server, downloads(server.url) as it:
        with pytest.raises(PictureHeavy, match=r"the photo is larger than 0\.2 MB"):
            await pair(it, PHOTO, FILE)
        with pytest.raises(PictureHeavy, match=r"b\.png is larger than 0\.2 MB"):
            await pair(it, FILE, PHOTO)
    assert sent < 20_000_000  # what the system's buffers hold besides


async def test_as_much_as_the_limit_is_taken() -> None:
    async with serving(saying(bytes(MOST))) as server, downloads(server.url) as it:
        assert len((await pair(it, PHOTO, FILE))[0]) == MOST


async def test_nothing_is_unpacked() -> None:
    bomb = gzip.compress(bytes(10 * MOST))
    packed = saying(bomb, headers={"Content-Encoding": "gzip"})
    async with serving(packed) as server, downloads(server.url) as it:
        assert (await pair(it, PHOTO, FILE))[0] == bomb


@pytest.mark.parametrize("name", ["/etc/passwd", "../../../../etc/passwd", "{there}", "a b?c#d"])
async def test_a_path_never_names_a_file_of_this_machine(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("secret")
    path = name.format(there=tmp_path / "secret")
    async with serving(saying()) as server, downloads(server.url, path) as it:
        assert await pair(it, PHOTO, FILE) == (b"picture", b"picture")
        assert len(server.asked) == 2 and "?" not in server.asked[0]


async def test_the_librarys_own_reading_of_local_files_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(PAINTING)
    async with Telegram() as telegram, running(telegram, tmp_path / "data") as bot:
        ann = telegram.user(7)
        telegram.fail("file", 2, status=404, description="Not Found")
        messages = ann.album(ALBUM)
        kept = telegram.files.stored
        kept[:] = [replace(file, path=str(tmp_path / "secret")) for file in kept]
        await telegram.arrive(messages)
        await ann.chat.until(lambda chat: any("couldn't download" in t for t in chat.texts))
        assert not bot.queue.all()


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """The folder of a local server; beside it lies what isn't its business."""
    (tmp_path / "server/documents").mkdir(parents=True)
    (tmp_path / "server/documents/a.png").write_bytes(b"local")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "server/link").symlink_to(tmp_path / "secret")
    (tmp_path / "server/inner").symlink_to("documents/a.png")
    os.mkfifo(tmp_path / "server/pipe")
    return tmp_path / "server"


@pytest.mark.parametrize("name", ["documents/a.png", "inner", "documents/../inner"])
async def test_a_file_of_the_local_server_is_read(local: Path, name: str) -> None:
    async with downloads("http://127.0.0.1:9", str(local / name), local) as it:
        assert (await pair(it, PHOTO, FILE))[0] == b"local"


@pytest.mark.parametrize(
    "name", ["../secret", "link", "documents", "pipe", "missing", "documents/../../secret"]
)
async def test_no_other_file_is_read_although_a_local_server_names_it(
    local: Path, name: str
) -> None:
    async with downloads("http://127.0.0.1:9", str(local / name), local) as it:
        with pytest.raises(TelegramError) as refusal:
            await pair(it, PHOTO, FILE)
    assert not repeatable(refusal.value, harmless=True)


async def test_a_local_file_has_the_same_limit(local: Path) -> None:
    (local / "large").write_bytes(bytes(MOST + 1))
    async with downloads("http://127.0.0.1:9", str(local / "large"), local) as it:
        with pytest.raises(PictureHeavy):
            await pair(it, PHOTO, FILE)


async def test_a_path_of_the_server_is_fetched_although_there_is_a_local_folder(
    local: Path,
) -> None:
    async with serving(saying()) as server, downloads(server.url, folder=local) as it:
        assert (await pair(it, PHOTO, FILE))[0] == b"picture"


@pytest.mark.parametrize(
    ("status", "again"), [(302, False), (404, False), (403, False), (500, True), (502, True)]
)
async def test_a_refusal_is_tried_again_only_if_it_may_pass(status: int, again: bool) -> None:
    refusing = saying(status=status, headers={"Location": "/elsewhere"})
    async with serving(refusing) as server, downloads(server.url) as it:
        with pytest.raises(TelegramError) as refusal:
            await pair(it, PHOTO, FILE)
    assert repeatable(refusal.value, harmless=True) == again
    assert len(server.asked) == 1  # a redirection isn't followed


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize(
    ("said", "seconds"), [({"Retry-After": "7"}, 7), ({}, 1), ({"Retry-After": "9" * 5000}, 1)]
)
async def test_too_many_downloads_wait_as_long_as_the_server_says(
    said: dict[str, str], seconds: float
) -> None:
    async with serving(saying(status=429, headers=said)) as server, downloads(server.url) as it:
        with pytest.raises(RetryAfter) as refusal:
            await pair(it, PHOTO, FILE)
    assert wait(refusal.value, 60) == seconds


async def test_a_server_that_trickles_or_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    left = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"a")
        await left.wait()
        return response

    monkeypatch.setattr(downloading, "PICTURE_SECONDS", 0.1)
    async with serving(hang) as server, downloads(server.url) as it:
        with pytest.raises(TimedOut):
            await pair(it, PHOTO, FILE)
        left.set()


async def test_a_server_that_is_away_is_asked_again() -> None:
    async with downloads("http://127.0.0.1:9") as it:
        with pytest.raises(NetworkError) as refusal:
            await pair(it, PHOTO, FILE)
    assert repeatable(refusal.value, harmless=True)


async def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with serving(saying()) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        async with downloads("http://files.test") as it:
            assert (await pair(it, PHOTO, FILE))[0] == b"picture"
    assert proxy.asked[0] == "http://files.test/file/bot1:t/photos/file_1"
