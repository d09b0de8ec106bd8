"""What the lab is started with, and what its handlers find in the application."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from artstyle.jobs import Engine, JobQueue, Limits
from artstyle.lab.access import AccessPolicy
from artstyle.lab.forwarded import NONE, TrustedProxies
from artstyle.lab.live import Live
from artstyle.lab.samples import Samples
from artstyle.lab.showcase import Entry
from artstyle.lab.uploads import UploadLimits, Uploads


@dataclass(frozen=True, slots=True, kw_only=True)
class LabConfig:
    """What a lab is started with."""

    folder: Path  # for the data
    engine: Engine
    limits: Limits
    connections: int  # open at the same time
    upload_limits: UploadLimits
    policy: AccessPolicy
    callback_hosts: frozenset[str] = frozenset()  # that may be told of the ends of jobs
    proxies: TrustedProxies = NONE
    showcase: list[Entry]
    fresh: bool  # paint the showcase again, even what is done
    photos: Path  # a folder of samples
    paintings: Path
    # runs a bot on the same queue
    bot: Callable[[JobQueue], AbstractAsyncContextManager[asyncio.Task[None]]] | None
    defaults: Mapping[str, Any]  # settings for what nobody chooses
    typed: Mapping[str, str]  # what the form is filled with at first


CONFIG = web.AppKey("config", LabConfig)
QUEUE = web.AppKey("queue", JobQueue)
LIVE = web.AppKey("live", Live)
SAMPLES = web.AppKey("samples", Samples)
UPLOADS = web.AppKey("uploads", Uploads)
