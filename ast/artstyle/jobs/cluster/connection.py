"""Messages between the program and its proxy process, over a socket."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from typing import Any

import msgspec

LENGTH = struct.Struct(">Q")


class Connection:
    """One end of the socket. A message is a word and what belongs to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, *message: Any) -> None:
        """Send a message; ignored when the other end is gone."""
        data = msgspec.msgpack.encode(message)
        if not self._writer.is_closing():
            self._writer.write(LENGTH.pack(len(data)))
            self._writer.write(data)

    async def drain(self) -> None:
        """Wait until the other end has received most of what was sent."""
        with suppress(ConnectionError):
            await self._writer.drain()

    async def receive(self) -> list[Any] | None:
        """The next message; None when the other end is gone."""
        try:
            (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            data = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return msgspec.msgpack.decode(data, type=list[Any])

    def close(self) -> None:
        self._writer.close()
