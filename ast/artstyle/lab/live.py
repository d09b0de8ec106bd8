"""Live updates of open pages, as server-sent events."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from artstyle.errors import ConnectionsBusy
from artstyle.jobs import Job, JobQueue, JobStatus
from artstyle.jobs.signal import Signal
from artstyle.lab.forwarded import remote
from artstyle.lab.listing import ordered
from artstyle.lab.shares import Shares
from artstyle.lab.views import job_view

T = TypeVar("T")

PAUSE = 0.25  # seconds in which changes are gathered into one message
CHECK = 5.0  # seconds between checks whether a silent listener is still connected
RETRY = 1000  # milliseconds until a browser reconnects after a restart
WAITING = ("id", "state", "live", "status", "announce")
REMOVED = 1000  # removed jobs that are remembered; a listener further behind gets everything


class Live:
    """Streams changes to any number of pages; equal messages are made once."""

    def __init__(self, queue: JobQueue, streams: Shares) -> None:
        self._queue, self._streams = queue, streams
        self._tick = Signal()
        self._now = queue.signal.version
        self._closed = False
        self._known = {job.id for job in queue.all()}
        self._removed: deque[tuple[int, str]] = deque(maxlen=REMOVED)
        # (since which version, with private jobs, language) -> what has changed up to _now
        self._messages: dict[tuple[int, bool, str], str] = {}
        self._turns = asyncio.Lock()

    async def follow(self) -> None:
        """Wake the streams after changes, but not too often; runs until cancelled."""
        while True:
            change = self._queue.signal.next()
            if self._queue.signal.version != self._now:
                self._now = self._queue.signal.version
                self._messages.clear()
                known, self._known = self._known, {job.id for job in self._queue.all()}
                self._removed.extend((self._now, id) for id in known - self._known)
                self._tick.changed()
                await asyncio.sleep(PAUSE)
            else:
                await change.wait()

    def close(self) -> None:
        """End all streams, because the server stops."""
        self._closed = True
        self._tick.changed()

    async def changes(
        self, request: web.Request, *, private: bool, language: str
    ) -> web.StreamResponse:
        """Stream the changes of all jobs, for all pages that a browser has open."""
        async with self.stream(request) as response:
            async for since in self._changes(request):
                await _send(response, self._message(since, private, language))
        return response

    def latest(self, *, private: bool, language: str) -> str:
        """What a new listener is told first, for pages that only ask from time to time."""
        return self._message(-1, private, language)

    @asynccontextmanager
    async def stream(self, request: web.Request) -> AsyncIterator[EventSourceResponse]:
        """A stream of events, which the listener may leave at any time.

        Raises `ConnectionsBusy` where there are too many.
        """
        with self._streams.taken(remote(request), ConnectionsBusy):
            await self._turn()
            if request.transport is None:  # has gone in the meantime
                raise ConnectionResetError
            async with sse_response(request) as response:
                with suppress(ConnectionError, TimeoutError):  # a listener that takes nothing
                    yield response

    async def _changes(self, request: web.Request) -> AsyncIterator[int]:
        """After each change, yield the version up to which the listener knows everything."""
        since = -1
        while not self._closed and request.transport is not None:
            tick = self._tick.next()
            if self._now == since:
                with suppress(TimeoutError):
                    await asyncio.wait_for(tick.wait(), CHECK)
            else:
                await self._turn()
                known, since = since, self._now
                yield known

    async def _turn(self) -> None:
        """Wait for a pass of the event loop: hundreds of listeners wake together."""
        async with self._turns:
            await asyncio.sleep(0)

    def _message(self, since: int, private: bool, language: str) -> str:
        key = since, private, language
        if key not in self._messages:
            self._messages[key] = self._made(*key)
        return self._messages[key]

    def _made(self, since: int, private: bool, language: str) -> str:
        """What has changed since a version; unfinished jobs for those who know nothing yet."""
        forgotten = len(self._removed) == REMOVED and self._removed[0][0] > since
        everything = since < 0 or forgotten
        jobs = ordered(self._queue, private=private)
        news = [
            job for job in jobs if (not job.status.ended if everything else job.version > since)
        ]
        gone = [id for version, id in self._removed if version > since and not everything]
        self._known |= {job.id for job in news}  # some may have come since the last tick
        views = [_view(job, language) for job in news]
        return json.dumps({"jobs": views, "gone": gone, "all": everything})


def _view(job: Job, language: str) -> dict[str, Any]:
    """What is told of a job: little of one that waits, since there may be hundreds."""
    view = job_view(job, language)
    if job.status is JobStatus.QUEUED:
        return {name: view[name] for name in WAITING}
    return view


async def while_connected(
    response: EventSourceResponse, events: AsyncIterator[T]
) -> AsyncIterator[T]:
    """Yield events for as long as the listener is connected."""
    gone = asyncio.ensure_future(response.wait())
    try:
        while True:
            following = asyncio.ensure_future(anext(events, None))
            await asyncio.wait({following, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done() or (event := following.result()) is None:
                following.cancel()
                return
            yield event
    finally:
        gone.cancel()


async def _send(response: EventSourceResponse, message: str) -> None:
    await response.send(message, event="state", retry=RETRY)
