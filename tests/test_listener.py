"""Accepting connections, also when the process has too many open files."""

import asyncio
import errno
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import PlayedEngine
from tests.lab_app import config
from tests.lab_sockets import served

from artstyle.lab import listener
from artstyle.lab.app import make_app, serving


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
            raise OSError(errno.EMFILE, "Too many open files")
        return await accept(listening)

    monkeypatch.setattr(loop, "sock_accept", short)
    async with served(tmp_path) as lab:
        assert await lab.status() == b"200"
    assert calls > 200
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["a connection can't be accepted: Too many open files"]


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
