"""A few places that users take in turns, so that none of them holds them all."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

# Albums that are downloaded and decoded at the same time, each of another user.
LARGE, SMALL = 4, 32
SMALL_BYTES = 3_000_000  # of both pictures together


class Places:
    """Each user has one place at most; those who wait get theirs in turns."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._taken: set[int] = set()  # by these users
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}  # the next user first

    @asynccontextmanager
    async def taken(self, user: int) -> AsyncIterator[None]:
        """Hold a place, after waiting for it."""
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user, deque()).append(place)
        self._assign()
        try:
            await place
            yield
        finally:
            if place.done() and not place.cancelled():
                self._taken.discard(user)
                self._free += 1
                if line := self._waiting.pop(user, None):
                    self._waiting[user] = line  # after those who had no turn yet
            else:
                self._leave(user, place)
            self._assign()

    def _assign(self) -> None:
        """Give the free places to those whose turn it is."""
        for user in [each for each in self._waiting if each not in self._taken][: self._free]:
            self._free -= 1
            self._taken.add(user)
            place = self._waiting[user][0]
            self._leave(user, place)
            place.set_result(None)

    def _leave(self, user: int, place: asyncio.Future[None]) -> None:
        """Take one out of the line; its user's next one comes after the other users'."""
        line = self._waiting.pop(user)
        line.remove(place)
        if line:
            self._waiting[user] = line


class AlbumPlaces:
    """Small albums needn't wait for large ones, which may be slow."""

    def __init__(self) -> None:
        self._large, self._small = Places(LARGE), Places(SMALL)

    def taken(self, user: int, size: int) -> AbstractAsyncContextManager[None]:
        """Hold a place for an album of so many bytes, after waiting for it."""
        return (self._small if size <= SMALL_BYTES else self._large).taken(user)
