"""The queue behind getUpdates."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.telegram_limits import ApiError, Json

TAKEN_OVER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class Updates:
    """Updates that the bot has not confirmed yet.

    An update stays until a getUpdates asks for a higher offset, however often it was delivered.
    Which kinds are kept is decided when they happen, by the allowed_updates given last.
    """

    def __init__(self, changed: asyncio.Condition, first: int = 1) -> None:
        self.pending: list[Json] = []
        self.allowed: list[str] = []
        self.webhook = ""
        self._changed = changed
        self._next = first
        self._poll = 0

    def add(self, kind: str, body: Json) -> None:
        if not self.allowed or kind in self.allowed:
            self.pending.append({"update_id": self._next, kind: body})
            self._next += 1

    def confirm(self, offset: int) -> None:
        self.pending = [one for one in self.pending if one["update_id"] >= offset]

    async def poll(self, asked: dict[str, Any]) -> list[Json]:
        """Answer getUpdates: at once, or as soon as there is something.

        The later of two polls wins: the one that was waiting ends with a conflict.
        """
        if self.webhook:
            raise ApiError(409, WEBHOOK)
        mine = self._take_over()
        async with self._changed:
            self._changed.notify_all()
            self.allowed = asked.get("allowed_updates", self.allowed)
            self.confirm(asked.get("offset", 0))
            await self._wait(mine, asked.get("timeout", 0))
        if mine != self._poll:
            raise ApiError(409, TAKEN_OVER)
        return self.pending[: max(1, min(asked.get("limit", 100), 100))]

    async def _wait(self, mine: int, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait_for(lambda: self.pending or mine != self._poll)
        except TimeoutError:
            return

    def _take_over(self) -> int:
        self._poll += 1
        return self._poll

    async def release(self) -> None:
        self._take_over()
        async with self._changed:
            self._changed.notify_all()
