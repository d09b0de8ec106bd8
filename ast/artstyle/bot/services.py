"""What the parts of the bot share, and what the operator allows its users."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from telegram import User
from telegram.ext import Application

from artstyle.bot.delivery import Deliveries
from artstyle.jobs import JobQueue

App = Application[Any, Any, Any, Any, Any, Any]
EDITS = 8  # of status messages at the same time, so that pictures needn't wait for many


@dataclass(frozen=True, slots=True, kw_only=True)
class BotConfig:
    users: frozenset[int]
    """Ids of the users that the bot works for; empty for everybody."""
    levels: int | None
    """For users who don't ask for a size."""
    iterations: int | None
    most_levels: int
    album_pause: float
    """Seconds without another message after which an album is complete."""
    album_longest: float
    """Seconds after which it is complete in any case."""

    @property
    def defaults(self) -> dict[str, Any]:
        """Settings for users who ask for nothing."""
        given = {"levels": self.levels, "iterations": self.iterations}
        return {name: value for name, value in given.items() if value is not None}

    def allows(self, user: User) -> bool:
        return not self.users or user.id in self.users


@dataclass(frozen=True, slots=True)
class Services:
    app: App
    queue: JobQueue
    deliveries: Deliveries
    config: BotConfig
    edits: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(EDITS))
