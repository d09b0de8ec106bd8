"""What the parts of the bot share, and what the operator allows its users."""

import asyncio
from collections.abc import Mapping
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
    users: frozenset[int]  # ids of the users that the bot works for; empty for everybody
    defaults: Mapping[str, Any]  # settings for what a user doesn't ask for
    most_levels: int
    album_pause: float  # seconds without another message after which an album is complete
    album_longest: float  # seconds after which it is complete in any case

    def allows(self, user: User) -> bool:
        return not self.users or user.id in self.users


@dataclass(frozen=True, slots=True)
class Services:
    app: App
    queue: JobQueue
    deliveries: Deliveries
    config: BotConfig
    edits: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(EDITS))
