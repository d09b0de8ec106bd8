"""What the parts of the bot share, and what the operator allows its users."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telegram.ext import Application

from artstyle.bot.delivery import Deliveries
from artstyle.bot.replies import Replies
from artstyle.bot.samples import Samples
from artstyle.bot.speakers import Speakers
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
    users: frozenset[int]  # ids of the people and chats that it works for; empty for everybody
    defaults: Mapping[str, Any]  # settings for what a user doesn't ask for
    most_levels: int
    album_pause: float  # seconds without another message after which an album is complete
    album_longest: float  # seconds after which it is complete in any case
    admins: frozenset[int] = frozenset()  # people who may ask for /stats, without a daily limit
    daily: int | None = None  # pictures of one user within 24 hours
    longest_wait: float | None = None  # minutes above which an album is told how long it waits
    paintings: Path | None = None  # the folder of the samples
    intermediate: str | None = None  # "edit" or "send"; None for "edit" in groups alone

    def allows(self, speaker: int) -> bool:
        return not self.users or speaker in self.users

    def edits(self, chat: int) -> bool:
        """Whether the intermediate pictures in a chat share one message; groups are negative."""
        return chat < 0 if self.intermediate is None else self.intermediate == "edit"


@dataclass(slots=True)
class Link:
    """How requests for updates fare; while they fail, an album's other pictures may be missing."""

    failing: bool = False


@dataclass(frozen=True, slots=True)
class Services:
    app: App
    queue: JobQueue
    deliveries: Deliveries
    replies: Replies
    server: Connection
    config: BotConfig
    samples: Samples
    link: Link

    @property
    def speakers(self) -> Speakers:
        return self.deliveries.speakers
