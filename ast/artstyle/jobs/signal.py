"""Wakes those who wait for a change."""

import asyncio


class Signal:
    """Wakes all who wait for a change; a late listener only sees that there was one."""

    def __init__(self) -> None:
        self.version = 0
        self._next = asyncio.Event()

    def next(self) -> asyncio.Event:
        """The event that is set at the next change; get it before looking at the state."""
        return self._next

    def changed(self) -> None:
        self.version += 1
        event, self._next = self._next, asyncio.Event()
        event.set()
