"""Checking and storing pictures in child processes: bounded, and fair between owners.

A picture that takes longer than a moment gives its place up and continues in a lane of its own,
so that the next user's isn't delayed by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

from artstyle.errors import PictureSlow, QueueClosing
from artstyle.jobs import child
from artstyle.jobs.child import Child
from artstyle.jobs.files import JobFiles
from artstyle.machine import ram
from artstyle.pictures.messages import Check, Request, Size, Store
from artstyle.roles import Role

QUICK, SLOW = 2, 1  # children at the same time


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What one picture may take."""

    seconds: float = 20.0
    quick: float = 1.5  # seconds after which it goes to the slow lane
    memory: int = 1_400_000_000  # bytes; less on a small machine


class DecodePool:
    """Keeps children for as long as it isn't closed; starts them when they are needed."""

    def __init__(self, limits: DecodeLimits, program: Sequence[str] = (child.MODULE,)) -> None:
        """``program`` is what a `Child` runs."""
        self._limits, self._program = limits, program
        self._quick, self._slow = asyncio.Semaphore(QUICK), asyncio.Semaphore(SLOW)
        self._owners: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._memory = min(limits.memory, ram.free() // (QUICK + SLOW + 1))
        self._idle: list[Child] = []
        self._children: set[Child] = set()
        self._threads = ThreadPoolExecutor(QUICK + SLOW, "decode")
        self._closed = False

    async def warm(self) -> None:
        """Start a child before somebody waits for it."""
        self._idle.append(await self._start())

    async def check(self, owner: str, role: Role, data: bytes) -> Size:
        """Check the header as `artstyle.pictures.read.check` does. Raises `PictureError`."""
        return await self._ask(owner, Check(role, data))

    async def store(
        self, owner: str, role: Role, data: bytes, files: JobFiles, whole: Path | None = None
    ) -> Size:
        """Write a picture's files into an existing folder. Raises `PictureError` or OSError.

        ``whole`` is where it goes in full size, unless that is where pictures go.
        """
        paths = whole or files.source(role), *files.views(role)
        return await self._ask(owner, Store(role, data, *map(str, paths)))

    def close(self) -> None:
        """End all children at once; whoever waits for one gets `QueueClosing`."""
        self._closed = True
        for each in list(self._children):
            each.kill()
        for each in self._idle:
            each.reap()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, owner: str, request: Request) -> Size:
        try:
            # an owner's pictures come one after the other
            async with self._owners.setdefault(owner, asyncio.Lock()):
                return await self._decode(request)
        except (PictureSlow, RuntimeError):
            if self._closed:
                raise QueueClosing from None
            raise

    async def _decode(self, request: Request) -> Size:
        async with self._quick:
            run = await self._begin(request)
            if await self._ends(run, self._limits.quick):
                return self._result(run)
            moved = None if self._slow.locked() else run
            if moved is None:
                self._kill(run)
        async with self._slow:
            run = moved or await self._begin(request)
            if await self._ends(run, self._limits.seconds):
                return self._result(run)
            self._kill(run)
        raise PictureSlow(role=request.role)

    async def _begin(self, request: Request) -> _Run:
        while self._idle and not self._idle[-1].usable:  # its end isn't the next picture's fault
            gone = self._idle.pop()
            gone.reap()
            self._children.discard(gone)
        free = self._idle.pop() if self._idle else await self._start()
        loop = asyncio.get_running_loop()
        return _Run(free, loop.run_in_executor(self._threads, free.ask, request))

    async def _start(self) -> Child:
        new = Child(self._memory, self._limits.seconds, self._program)
        self._children.add(new)
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, new.start)
        except BaseException:
            new.kill()
            self._children.discard(new)
            raise
        return new

    async def _ends(self, run: _Run, seconds: float) -> bool:
        """Whether there is a reply within so many seconds."""
        try:
            await asyncio.wait({run.reply}, timeout=seconds)
        except asyncio.CancelledError:
            self._kill(run)
            raise
        return run.reply.done()

    def _result(self, run: _Run) -> Size:
        if run.child.usable:
            self._idle.append(run.child)
        else:
            self._children.discard(run.child)
        return run.reply.result()

    def _kill(self, run: _Run) -> None:
        run.child.kill()
        self._children.discard(run.child)
        run.reply.add_done_callback(lambda reply: reply.cancelled() or reply.exception())


class _Run(NamedTuple):
    child: Child
    reply: asyncio.Future[Size]
