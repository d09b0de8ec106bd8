"""What the tests of connections share: a lab on loopback that is spoken to byte by byte."""

from __future__ import annotations

import asyncio
import logging
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.jobs import PlayedEngine
from tests.lab_app import config

from artstyle.lab import connection, connections, listener
from artstyle.lab.app import make_app, serving
from artstyle.lab.sparse_log import SparseLog

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
STREAM = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
FORM = (
    b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n"
    b"Content-Type: multipart/form-data; boundary=B\r\n\r\n"
)

Pair = tuple[StreamReader, StreamWriter]


class Lab:
    """A lab on loopback and its connections."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.opened: list[StreamWriter] = []

    async def open(self, sent: bytes = b"", source: str = "127.0.0.1") -> Pair:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(source, 0)
        )
        self.opened.append(writer)
        writer.write(sent)
        return reader, writer

    async def status(self, sent: bytes = GET, source: str = "127.0.0.1") -> bytes:
        """The status of a request on a new connection, which is kept open."""
        reader, _ = await self.open(sent, source)
        return (await reader.readline()).split()[1]

    async def streams(self, number: int, source: str = "127.0.0.1") -> None:
        """Open streams of events."""
        for _ in range(number):
            assert await self.status(STREAM, source) == b"200"


@contextmanager
def fresh_logs() -> Iterator[None]:
    with ExitStack() as stack:
        for module in (connection, connections, listener):
            log = SparseLog(logging.getLogger(module.__name__))
            stack.enter_context(mock.patch.object(module, "log", log))
        yield


@asynccontextmanager
async def served(folder: Path, connections: int = 400, **changes: Any) -> AsyncIterator[Lab]:
    """Serve a lab whose logs begin anew, whatever the tests before have logged."""
    app = make_app(config(folder, PlayedEngine(), connections=connections, **changes))
    with fresh_logs():
        async with serving(app, "127.0.0.1", 0) as port:
            lab = Lab(port)
            try:
                yield lab
            finally:
                for writer in lab.opened:
                    writer.close()


async def closed(reader: StreamReader) -> bytes:
    """Read to the end, or to the reset of the connection."""
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
