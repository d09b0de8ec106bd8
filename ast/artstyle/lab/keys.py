"""What the lab's handlers find in the application."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from artstyle.jobs import Engine, JobQueue, Limits
from artstyle.lab.live import Live
from artstyle.lab.safety import Safety
from artstyle.lab.samples import Samples
from artstyle.lab.table import Entry
from artstyle.lab.uploads import UploadLimits, Uploads


@dataclass(frozen=True, slots=True, kw_only=True)
class LabConfig:
    """What a lab is started with."""

    folder: Path
    """The data folder."""
    engine: Engine
    limits: Limits
    upload_limits: UploadLimits
    safety: Safety
    table: list[Entry]
    """What is made at the start."""
    fresh: bool
    """Make the table again, even what is there already."""
    photos: Path
    """A folder with samples."""
    paintings: Path
    bot: Callable[[JobQueue], AbstractAsyncContextManager[asyncio.Task[None]]] | None
    """Runs a bot on the same queue."""
    defaults: dict[str, Any]
    """Settings that new pictures have unless something else is chosen."""


CONFIG = web.AppKey("config", LabConfig)
QUEUE = web.AppKey("queue", JobQueue)
LIVE = web.AppKey("live", Live)
SAMPLES = web.AppKey("samples", Samples)
UPLOADS = web.AppKey("uploads", Uploads)
