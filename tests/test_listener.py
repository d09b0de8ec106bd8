"""Accepting connections, also when the process has too many open files."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import PlayedEngine
from tests.lab_app import config
from tests.lab_sockets import served

from artstyle.lab import listener
from artstyle.lab.app import make_app, serving
from artstyle.lab.sparse_log import SparseLog


async def test_too_many_open_files_are_told_once_and_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listener, "PAUSE", 0.0)
    loop, calls = asyncio.get_running_loop(), 0
    accept = loop.sock_accept

    async def short(listening: socket.socket) -> Any:
        nonlocal calls
        calls += 1
        if calls <= 200:
            raise OSError(24, "Too many open files")
        return await accept(listening)

    monkeypatch.setattr(loop, "sock_accept", short)
    async with served(tmp_path) as lab:
        assert await lab.status() == b"200"
    assert calls > 200
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["a connection can't be accepted: [Errno 24] Too many open files"]


class Talker(asyncio.Protocol):
    """Sends more than any buffer holds."""

    def __init__(self) -> None:
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(bytes(50_000_000))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux can")
async def test_a_client_that_takes_no_data_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "STALLED", 50)
    talker = Talker()
    async with listener.accepting(lambda: talker, lambda: None, "127.0.0.1", 0) as port:
        with socket.create_connection(("127.0.0.1", port)):
            async with asyncio.timeout(30):
                assert isinstance(await talker.lost, TimeoutError)


async def test_a_failure_to_accept_that_nobody_expects_is_survived(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listener, "PAUSE", 0.0)
    monkeypatch.setattr(listener, "log", SparseLog(listener.log._logger))
    makers = iter([lambda: 1 / 0, asyncio.Protocol])
    accepted = asyncio.Event()

    def make() -> Any:
        made = next(makers)()
        accepted.set()
        return made

    async with listener.accepting(make, lambda: None, "127.0.0.1", 0) as port:
        for _ in range(2):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
        await accepted.wait()
    assert [record.getMessage() for record in caplog.records] == [
        "a connection can't be accepted: division by zero"
    ]


async def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as lab:
        with pytest.raises(OSError, match="in use"):
            async with serving(
                make_app(config(tmp_path / "b", PlayedEngine())), "127.0.0.1", lab.port
            ):
                pass


async def test_every_address_of_a_name_is_served(tmp_path: Path) -> None:
    app = make_app(config(tmp_path, PlayedEngine()))
    async with serving(app, "localhost", 0) as port:
        _, writer = await asyncio.open_connection("localhost", port)
        writer.close()
