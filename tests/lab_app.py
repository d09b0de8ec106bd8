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
from tests.jobs import LIMITS, PAINTING, PHOTO, PlayedEngine, request

from artstyle.jobs import Job, JobQueue
from artstyle.lab.app import make_app
from artstyle.lab.keys import QUEUE, LabConfig
from artstyle.lab.safety import Safety
from artstyle.lab.uploads import UploadLimits

ROOT = Path(__file__).parents[1]
TOKEN = "t" * 43
JSON = {"Accept": "application/json"}


def config(folder: Path, engine: Any, **said: Any) -> LabConfig:
    values = {
        "folder": folder / "data",
        "engine": engine,
        "limits": LIMITS,
        "upload_limits": UploadLimits(picture_bytes=200_000, concurrent=8, seconds=30),
        "safety": Safety("127.0.0.1", None, frozenset()),
        "table": [],
        "fresh": False,
        "photos": ROOT / "img/content",
        "paintings": ROOT / "img/style",
        "bot": None,
        "defaults": {},
    }
    return LabConfig(**{**values, **said})


@dataclass
class Lab:
    client: TestClient[web.Request, web.Application]
    engine: PlayedEngine

    @property
    def queue(self) -> JobQueue:
        assert self.client.app is not None
        return self.client.app[QUEUE]

    async def text(self, path: str, status: int = 200, **said: Any) -> str:
        async with self.client.get(path, **said) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return text

    async def json(self, method: str, path: str, status: int = 200, **said: Any) -> Any:
        async with self.client.request(method, path, **said) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return json.loads(text) if text else None

    async def job(self, **said: Any) -> Job:
        return await self.queue.submit(request(**said))


@asynccontextmanager
async def lab(folder: Path, engine: Any = None, **said: Any) -> AsyncIterator[Lab]:
    engine = engine or PlayedEngine()
    app = make_app(config(folder, engine, **said))
    async with TestClient(TestServer(app)) as client:
        yield Lab(client, engine)


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
