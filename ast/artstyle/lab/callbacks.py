"""Tells other programs that a job has ended: POSTs its record to the address that it came with.

Only hosts that config.py lists are called, so nobody can make the lab call others. What isn't
delivered when the program stops isn't tried again.
"""

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

import aiohttp
import msgspec

from artstyle import __version__
from artstyle.errors import CallbackRefused
from artstyle.jobs import Job, JobQueue
from artstyle.jobs.job import JobState
from artstyle.lab.representation import job_json

logger = logging.getLogger(__name__)

SECONDS = 10.0  # for one try
PAUSES = (2.0, 20.0)  # seconds before the second and the third try
AT_ONCE = 4
LONGEST = 500  # characters
PORTS = {"http": 80, "https": 443}
AGAIN = frozenset({408, 425, 429})  # and 500 and above: it may work later


def check(url: str, hosts: Collection[str]) -> str | None:
    """The address to call, None for an empty one; raises `CallbackRefused`.

    ``hosts`` are names with the scheme's own port, or with another one: ``example.org:8080``.
    """
    url = url.strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").strip("[]"), parts.port
    except ValueError as error:
        raise CallbackRefused from error
    usual = PORTS.get(parts.scheme)
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    if not plain or usual is None or not name or "@" in parts.netloc:
        raise CallbackRefused
    named = {f"{name}:{port or usual}"} | ({name} if port in (None, usual) else set())
    if named.isdisjoint(host.lower() for host in hosts):
        raise CallbackRefused
    return url


class Callbacks:
    """Use it with ``async with``: as long as it is open, ended jobs are told."""

    def __init__(self, queue: JobQueue, hosts: Collection[str], folder: str) -> None:
        self._queue, self._hosts, self._folder = queue, hosts, folder
        self._places = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(SECONDS),
            headers={"User-Agent": f"artstyle/{__version__}", "Content-Type": "application/json"},
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._queue.observers.append(self._observe)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._queue.observers.remove(self._observe)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    def _observe(self, job: Job, before: JobState) -> None:
        if job.request.callback and job.status.ended and not before.status.ended:
            task = asyncio.create_task(self._tell(job, job.request.callback))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(self, job: Job, url: str) -> None:
        with suppress(CallbackRefused):  # the list may be another one since the job came
            check(url, self._hosts)
            data = msgspec.json.encode(job_json(job, self._folder))
            async with self._places:
                for pause in (*PAUSES, None):
                    if await self._delivered(url, data):
                        return
                    if pause is not None:
                        await asyncio.sleep(pause)
            logger.warning("%s didn't take the end of a job", urlsplit(url).hostname)

    async def _delivered(self, url: str, data: bytes) -> bool:
        """Whether there is nothing more to be tried."""
        try:
            async with self._session.post(url, data=data, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        if status >= 300 and status < 500 and status not in AGAIN:
            logger.warning("%s answered the end of a job with %d", urlsplit(url).hostname, status)
        return status < 500 and status not in AGAIN
