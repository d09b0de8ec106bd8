"""What the parts of the bot share, and what the operator allows its users."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telegram import User
from telegram.ext import Application

from artstyle.bot.delivery import Deliveries
from artstyle.bot.replies import Replies
from artstyle.jobs import JobQueue

App = Application[Any, Any, Any, Any, Any, Any]
PICTURE_BYTES = 20_000_000  # that Telegram lets a bot download


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach Telegram or another Bot API server, and what it gives out."""

    token: str
    base_url: str  # up to "/bot", which the token follows
    base_file_url: str
    local_files: Path | None = None  # the folder of a server on this machine that serves no files
    picture_bytes: int = PICTURE_BYTES


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
    replies: Replies
    server: Connection
    config: BotConfig
