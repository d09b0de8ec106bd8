"""Accepts connections.

asyncio's own server, when the process has too many open files, logs a traceback for each of a
hundred attempts and schedules as many more, again and again. This one waits and tries once.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from artstyle.lab.sparse_log import SparseLog

BACKLOG = 128  # connections that wait to be accepted
PAUSE = 0.1  # seconds after a failure
STALLED = 120_000  # milliseconds after which a client that takes no data has gone

log = SparseLog(logging.getLogger(__name__))


@asynccontextmanager
async def accepting(
    make: Callable[[], asyncio.BaseProtocol], relieve: Callable[[], None], host: str, port: int
) -> AsyncIterator[int]:
    """Accept connections, each with its own protocol; yields the port.

    Calls ``relieve`` when the system refuses more. Raises `OSError` for the port.
    """
    sockets = await _bound(host, port)
    tasks = [asyncio.create_task(_accept(each, make, relieve)) for each in sockets]
    try:
        yield int(sockets[0].getsockname()[1])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in sockets:
            each.close()


async def _bound(host: str, port: int) -> list[socket.socket]:
    """Sockets for all addresses that a host's name has; asyncio binds them."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, host, port, start_serving=False)
    sockets = [each.dup() for each in server.sockets]
    server.close()
    try:
        for each in sockets:
            each.setblocking(False)
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; what is accepted inherits it
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED)
            each.listen(BACKLOG)
    except OSError:
        for each in sockets:
            each.close()
        raise
    return sockets


async def _accept(
    listening: socket.socket, make: Callable[[], asyncio.BaseProtocol], relieve: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            accepted, _ = await loop.sock_accept(listening)
            await loop.connect_accepted_socket(make, accepted)
        except ConnectionAbortedError:
            continue  # it has already gone
        except Exception as error:  # too many open files, and whatever else: the lab goes on
            log.warning("a connection can't be accepted: %s", error)
            relieve()
            await asyncio.sleep(PAUSE)
