"""What the pages are told while they are open, over server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from artstyle.jobs import Job, JobQueue
from artstyle.jobs.events import Signal
from artstyle.lab.listing import counts, on_page, ordered
from artstyle.lab.words import words

T = TypeVar("T")

PAUSE = 0.25  # seconds in which changes are gathered into one message
LOOK = 30.0  # seconds between looks whether a silent listener is still there
RETRY = 1000  # milliseconds until a browser comes back after a restart
REMOVED = 1000  # removed jobs that are remembered; whoever is further back gets everything


class Live:
    """Tells any number of pages what changed; what is the same for all is worded once."""

    def __init__(self, queue: JobQueue) -> None:
        """Watch all jobs of a queue; `follow` has to run for that."""
        self._queue = queue
        self._tick = Signal()
        self._now = queue.signal.version
        self._closed = False
        self._worded: dict[str, tuple[int, str]] = {}  # id -> version, JSON
        self._removed: deque[tuple[int, str]] = deque(maxlen=REMOVED)
        # since which version, with private jobs or not, which page -> what is new at _now
        self._messages: dict[tuple[int, bool, int], str] = {}
        self._turns = asyncio.Lock()

    async def follow(self) -> None:
        """Wake the streams when something changed, but not too often; runs until cancelled."""
        while True:
            change = self._queue.signal.next()
            if self._queue.signal.version != self._now:
                self._now = self._queue.signal.version
                self._messages.clear()
                self._forget()
                self._tick.changed()
                await asyncio.sleep(PAUSE)
            else:
                await change.wait()

    def close(self) -> None:
        """End all streams, as the server stops."""
        self._closed = True
        self._tick.changed()

    async def report(
        self, request: web.Request, *, private: bool, number: int
    ) -> web.StreamResponse:
        """Stream the changes of a page of the report, with private jobs only if asked to."""
        async with self.stream(request) as response:
            since = -1
            while not self._closed and response.is_connected():
                tick = self._tick.next()
                if self._now == since:
                    await _news(tick)
                    continue
                await self._turn()
                message, since = self._message(since, private, number), self._now
                await _send(response, message)
        return response

    async def job(self, request: web.Request, job: Job) -> web.StreamResponse:
        """Stream the changes of one job."""
        async with self.stream(request) as response:
            since = -1
            while not self._closed and response.is_connected():
                tick = self._tick.next()
                if self._queue.get(job.id) is None:
                    await _send(response, _json([], gone=[job.id], all=False))
                    break
                if job.version == since:
                    await _news(tick)
                    continue
                await self._turn()
                since = job.version
                await _send(response, _json([self._word(job)], gone=[], all=False))
        return response

    @asynccontextmanager
    async def stream(self, request: web.Request) -> AsyncIterator[EventSourceResponse]:
        """Stream events; it is no error when the listener goes in the middle of one."""
        await self._turn()
        async with sse_response(request) as response:
            with suppress(ConnectionError):
                yield response

    async def _turn(self) -> None:
        """Wait for a turn of the loop of one's own: hundreds of listeners wake together."""
        async with self._turns:
            await asyncio.sleep(0)

    def _message(self, since: int, private: bool, number: int) -> str:
        """Word what is new since a version; all who have seen the same get the same string."""
        key = since, private, number
        if key not in self._messages:
            self._messages[key] = self._news(*key)
        return self._messages[key]

    def _news(self, since: int, private: bool, number: int) -> str:
        forgotten = len(self._removed) == REMOVED and self._removed[0][0] > since
        everything = since < 0 or forgotten
        jobs = ordered(self._queue, private=private)
        new = [job for job in jobs if everything or job.version > since]
        shown = {job.id for job in on_page(jobs, number)}
        gone = [id for version, id in self._removed if version > since and not everything]
        return _json(
            [self._word(job) for job in new if job.id in shown],
            gone=gone,
            all=everything,
            counts=counts(jobs),
        )

    def _forget(self) -> None:
        """Note which jobs were removed since the last look."""
        for id in [id for id in self._worded if self._queue.get(id) is None]:
            del self._worded[id]
            self._removed.append((self._now, id))

    def _word(self, job: Job) -> str:
        version, worded = self._worded.get(job.id, (-1, ""))
        if version != job.version:
            worded = json.dumps(words(job))
            self._worded[job.id] = job.version, worded
        return worded


async def until_gone(response: EventSourceResponse, events: AsyncIterator[T]) -> AsyncIterator[T]:
    """Give events for as long as the listener is there."""
    gone = asyncio.ensure_future(response.wait())
    try:
        while True:
            event = asyncio.ensure_future(anext(events, None))
            await asyncio.wait({event, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not event.done() or (told := event.result()) is None:
                event.cancel()
                return
            yield told
    finally:
        gone.cancel()


async def _news(tick: asyncio.Event) -> None:
    """Wait for a change, or until it is time to look whether anybody is there."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK):
            await tick.wait()


async def _send(response: EventSourceResponse, message: str) -> None:
    await response.send(message, event="state", retry=RETRY)


def _json(jobs: list[str], **rest: Any) -> str:
    """Put messages together from jobs that are JSON already."""
    return f'{{"jobs": [{", ".join(jobs)}], {json.dumps(rest)[1:]}'
