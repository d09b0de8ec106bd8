"""The least rate at which a form must arrive: a slow one keeps its place from others."""

import asyncio
from collections.abc import Awaitable


class Pace:
    """Counts how long a sender may still take; only waiting for it uses that up.

    ``rate`` is in bytes per second, averaged over about ``patience`` seconds, in which a
    sender may also pause.
    """

    def __init__(self, rate: float, patience: float) -> None:
        self._rate, self._patience = rate, patience
        self._left = patience

    async def wait(self, reading: Awaitable[bytes]) -> bytes:
        """Wait for the next piece; raises `TimeoutError` if the sender is too slow."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(self._left):
            piece = await reading
        left = self._left - (loop.time() - began) + len(piece) / self._rate
        self._left = min(self._patience, left)
        return piece
