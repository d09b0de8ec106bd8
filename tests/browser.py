"""What the tests in a real browser share: Chromium, and a page that is watched."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright
from tests.jobs import PlayedEngine
from tests.lab_app import Lab, config

from artstyle.jobs import Job, JobQueue
from artstyle.lab.app import make_app, serving
from artstyle.lab.keys import QUEUE

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start Chromium with a fresh profile; without one the test fails and says what to do."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("Chromium is missing. On Debian or Ubuntu: sudo apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Served:
    base: str
    queue: JobQueue
    engine: Any

    async def job(self, **said: Any) -> Job:
        return await Lab.job(self, **said)  # type: ignore[arg-type]


@asynccontextmanager
async def served(
    folder: Path, engine: Any = None, port: int = 0, **said: Any
) -> AsyncIterator[Served]:
    engine = engine or PlayedEngine()
    app = make_app(config(folder, engine, **said))
    async with serving(app, "127.0.0.1", port) as real:
        yield Served(f"http://127.0.0.1:{real}", app[QUEUE], engine)


@asynccontextmanager
async def watched(
    browser: Browser, base: str, *, expected: str = "nothing", **context: Any
) -> AsyncIterator[Page]:
    """Open a page; no console error and no request to elsewhere is let pass.

    ``expected`` is what the browser itself says of an answer that the test asks for.
    """
    complaints: list[str] = []
    opened = await browser.new_context(**context)
    page = await opened.new_page()
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on(
        "console",
        lambda message: (
            complaints.append(f"console: {message.text}")
            if message.type in ("error", "warning") and expected not in message.text
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            complaints.append(f"request: {request.url}")
            if not request.url.startswith((base, "blob:" + base))
            else None
        ),
    )
    try:
        yield page
        if complaints:
            pytest.fail("; ".join(complaints))
    finally:
        await opened.close()
