"""One connection: its limits of time, and what is answered to what isn't HTTP."""

import asyncio
import logging
from functools import partial
from typing import Any, cast

from aiohttp import web
from aiohttp.http import HttpProcessingError

from artstyle import errors
from artstyle.lab.access_log import AccessLog
from artstyle.lab.connections import Connections
from artstyle.lab.headers import HEADERS
from artstyle.lab.sparse_log import SparseLog
from artstyle.wording import word

HEAD_SECONDS = 20.0  # for the head of a request, from the connection or its first byte on
KEEP_ALIVE = 180.0  # seconds between requests: longer than a proxy keeps a connection
FAULTS = (HttpProcessingError, web.RequestPayloadError)  # of the client

log = SparseLog(logging.getLogger(__name__))


def _refusal() -> bytes:
    text = f"{word(errors.ConnectionsBusy())}.\n".encode()
    headers = {
        **HEADERS,
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(text)),
        "Retry-After": "10",
        "Connection": "close",
    }
    lines = ["HTTP/1.1 503 Service Unavailable", *map(": ".join, headers.items()), "", ""]
    return "\r\n".join(lines).encode() + text


REFUSAL = _refusal()


class Connection(web.RequestHandler):
    """aiohttp's connection, which is counted, closed when silent, and answers bad requests."""

    client = ""

    def __init__(self, server: web.Server, connections: Connections, **options: Any) -> None:
        super().__init__(server, **options)
        self._connections = connections
        self._has_request = False
        self._socket: asyncio.Transport | None = None  # aiohttp forgets it before it is closed
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")  # None if it has already gone
        self.client = self._connections.client(peer[0] if peer else None)
        if self._connections.admit(self):
            super().connection_made(transport)
            self._expect_head()
        else:
            self._socket.write(REFUSAL)
            self._socket.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_timer()
        self._connections.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if data and not self._has_request and self._head_timer is None:
            self._expect_head()
        super().data_received(data)

    def begin(self) -> None:
        """The head of a request has come."""
        self._stop_timer()
        self._has_request = True
        self._connections.busy(self)

    async def finish_response(self, *args: Any) -> tuple[web.StreamResponse, bool]:
        try:
            return await super().finish_response(*args)
        finally:
            self._has_request = False
            self._connections.idle(self)

    def abort(self) -> None:
        """Close the connection at once."""
        if self._socket is not None:
            self._socket.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what can't be parsed; what it was isn't repeated in the answer or the log."""
        if isinstance(exc, ConnectionError):  # the client has gone
            raise exc
        if not isinstance(exc, FAULTS):
            return super().handle_error(request, status, exc, message)
        self._log_fault(exc)
        if request.writer.output_size:
            raise ConnectionError("part of an answer is already sent")
        text = f"{word(errors.RequestMalformed())}.\n"
        response = web.Response(status=status, text=text, headers=HEADERS)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **options: Any) -> None:
        error = options.get("exc_info")
        if isinstance(error, FAULTS):  # in a body that nobody reads
            self._log_fault(error)
        else:
            super().log_exception(*args, **options)

    def _log_fault(self, error: BaseException) -> None:
        log.warning("malformed request from %s: %s", self.client, type(error).__name__)

    def _expect_head(self) -> None:
        self._head_timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, self.abort)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def connections_of(server: web.Server, connections: Connections) -> partial[Connection]:
    """Makes the connections of a server."""
    answer = server.request_handler

    async def begin(request: web.BaseRequest) -> web.StreamResponse:
        cast(Connection, request.protocol).begin()
        return await answer(request)

    server.request_handler = begin
    return partial(
        Connection,
        server,
        connections,
        loop=asyncio.get_running_loop(),
        access_log_class=AccessLog,
        access_log=logging.getLogger("artstyle.lab.requests"),
        auto_decompress=False,  # nothing that is sent here is unpacked
        keepalive_timeout=KEEP_ALIVE,
    )
