"""Messages between the program and its courier: tuples on a socket, one after the other."""

from __future__ import annotations

import asyncio
import pickle
import struct
from contextlib import suppress
from typing import Any

LENGTH = struct.Struct(">Q")
Message = tuple[Any, ...]


class Frames:
    """One end of the socket. Both ends are this program's own processes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what asyncio opened."""
        self._reader, self._writer = reader, writer

    def send(self, *message: Any) -> None:
        """Put a message on its way; nothing happens when nobody is there any more."""
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        if not self._writer.is_closing():
            self._writer.write(LENGTH.pack(len(data)))
            self._writer.write(data)

    async def drain(self) -> None:
        """Wait until the other side has taken most of what was sent."""
        with suppress(ConnectionError):
            await self._writer.drain()

    async def receive(self) -> Message | None:
        """Give the next message, None when the other side has gone."""
        try:
            (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            data = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        message: Message = pickle.loads(data)
        return message

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
