"""What the tests of the lab share: a lab on loopback whose jobs they play by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tests.jobs import LIMITS, PAINTING, PHOTO, PlayedEngine, PlayedRun, picture, submission, until

from artstyle.jobs import EventKind, Job, JobQueue, history
from artstyle.jobs.history import LossPoint
from artstyle.jobs.messages import Artifact
from artstyle.lab.access import AccessPolicy
from artstyle.lab.app import make_app
from artstyle.lab.config import QUEUE, LabConfig
from artstyle.lab.uploads import UploadLimits
from artstyle.progress import LossParts

ROOT = Path(__file__).parents[1]
TOKEN = "t" * 43
JSON = {"Accept": "application/json"}
LOOPBACK = AccessPolicy("127.0.0.1", None, frozenset())
OPEN = AccessPolicy("0.0.0.0", TOKEN, frozenset())
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def config(folder: Path, engine: Any, **changes: Any) -> LabConfig:
    values = {
        "folder": folder / "data",
        "engine": engine,
        "limits": LIMITS,
        "connections": 400,
        "upload_limits": UploadLimits(picture_bytes=200_000, concurrent=8, seconds=30),
        "policy": LOOPBACK,
        "showcase": [],
        "fresh": False,
        "photos": ROOT / "img/content",
        "paintings": ROOT / "img/style",
        "bot": None,
        "defaults": {},
        "typed": {},
    }
    return LabConfig(**{**values, **changes})


@dataclass
class Played:
    """A lab whose jobs a test plays."""

    queue: JobQueue
    engine: PlayedEngine

    async def job(self, **changes: Any) -> Job:
        """Submit a job directly."""
        return await self.queue.submit(submission(**changes))

    def run_of(self, job: Job) -> PlayedRun:
        return next(run for run in self.engine.runs if run.job is job)

    async def advance(self, job: Job, percent: int) -> None:
        """Let a run reach a percentage and its milestone."""
        run = self.run_of(job)
        run.update(used=job.request.settings.resolved("cpu"), network="vgg16")
        run.advance(percent, milestone=min(80, percent // 20 * 20))
        while job.state.step is None or job.state.step.percent != percent:
            await job.signal.next().wait()

    async def done(self, job: Job) -> None:
        self.run_of(job).done()
        await until(job, EventKind.DONE)

    async def finish(self, job: Job) -> None:
        """Play a run to its end, with all its files."""
        losses = [(n, (LossParts(1 / n, 1 / n, 0.1),)) for n in range(1, 99)]
        points = [LossPoint(n, 1, ((64, 85),), parts) for n, parts in losses]
        files = self.queue.files(job)
        files.history.write_bytes(history.dumps(points))
        files.result.write_bytes(picture(3, 256, 341))
        names = "start", "preview", "stage-1", *(f"snapshot-{n}" for n in (20, 40, 60, 80))
        self.show(job, *names, jpeg=picture(3, 256, 341, ".jpg"))
        await self.advance(job, 85)
        await self.done(job)

    def show(self, job: Job, *names: str, jpeg: bytes = b"\xff\xd8\xff") -> None:
        """Write pictures to look at."""
        for name in names:
            self.queue.files(job).write(Artifact(name, jpeg))


@dataclass
class Lab(Played):
    client: TestClient[web.Request, web.Application]

    async def text(self, path: str, status: int = 200, **options: Any) -> str:
        async with self.client.get(path, **options) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return text

    async def json(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        async with self.client.request(method, path, **options) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return json.loads(text) if text else None


@asynccontextmanager
async def lab(folder: Path, engine: Any = None, **changes: Any) -> AsyncIterator[Lab]:
    engine = engine or PlayedEngine()
    app = make_app(config(folder, engine, **changes))
    async with TestClient(TestServer(app)) as client:
        yield Lab(app[QUEUE], engine, client)


def form(**fields: Any) -> aiohttp.FormData:
    """Fill the form; content and style are bytes, or left out when None."""
    data = aiohttp.FormData(default_to_multipart=True)
    values = {"content": PHOTO, "style": PAINTING, "preset": "preview", **fields}
    for name, value in values.items():
        if isinstance(value, bytes):
            data.add_field(name, value, filename="../../IMG_20261123 secret.png")
        elif value is not None:
            data.add_field(name, str(value))
    return data
