"""The queue behind getUpdates."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.telegram_limits import ApiError, Json

TAKEN_OVER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
REPLACED = "Conflict: terminated by setWebhook request"
WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class Updates:
    """Updates that the bot has not confirmed yet.

    An update stays until a getUpdates asks for a higher offset, however often it was delivered.
    Which kinds are kept is decided when they happen, by the allowed_updates given last.
    """

    def __init__(self, changed: asyncio.Condition) -> None:
        self.pending: list[Json] = []
        self.allowed: list[str] = []
        self.webhook = ""
        self._changed = changed
        self._number = self._poll = 0

    def add(self, kind: str, body: Json) -> None:
        if not self.allowed or kind in self.allowed:
            self._number += 1
            self.pending.append({"update_id": self._number, kind: body})

    def add_raw(self, update: Json) -> int:
        """Add an update as a server of another version might send it; returns its number."""
        self._number += 1
        self.pending.append({"update_id": self._number, **update})
        return self._number

    async def poll(self, asked: dict[str, Any]) -> list[Json]:
        """Answer getUpdates: at once, or as soon as there is something.

        The later of two polls wins: the one that was waiting ends with a conflict.
        """
        if self.webhook:
            raise ApiError(409, WEBHOOK)
        await self.release()
        mine, offset = self._poll, asked.get("offset", 0)
        self.allowed = asked.get("allowed_updates", self.allowed)
        self.pending = [one for one in self.pending if one["update_id"] >= offset]
        try:
            async with asyncio.timeout(asked.get("timeout", 0)), self._changed:
                await self._changed.wait_for(lambda: self.pending or mine != self._poll)
        except TimeoutError:
            pass
        if mine != self._poll:
            raise ApiError(409, REPLACED if self.webhook else TAKEN_OVER)
        return self.pending

    async def set_webhook(self, url: str) -> None:
        """Do as setWebhook does, called by another program: updates go there from now on."""
        self.webhook = url
        await self.release()

    async def release(self) -> None:
        """End the poll that waits."""
        self._poll += 1
        async with self._changed:
            self._changed.notify_all()
