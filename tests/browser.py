"""What the tests in a real browser share: Chromium, and a page that is watched."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright
from tests.jobs import PlayedEngine
from tests.lab_app import Played, config

from artstyle.lab.app import make_app, serving
from artstyle.lab.config import QUEUE

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
class Served(Played):
    base: str


@asynccontextmanager
async def served(
    folder: Path, engine: Any = None, port: int = 0, **changes: Any
) -> AsyncIterator[Served]:
    engine = engine or PlayedEngine()
    app = make_app(config(folder, engine, **changes))
    async with serving(app, "127.0.0.1", port) as real:
        yield Served(app[QUEUE], engine, f"http://127.0.0.1:{real}")


@asynccontextmanager
async def watched(
    browser: Browser, base: str, *, expected: str = "nothing", **context: Any
) -> AsyncIterator[Page]:
    """Open a page; console errors and requests to other hosts fail the test.

    ``expected`` is the browser's message about an answer that the test provokes.
    """
    complaints: list[str] = []
    opened = await browser.new_context(**context)
    page = await opened.new_page()
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))

    def read(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and expected not in message.text:
            complaints.append(f"console: {message.text}")

    def check(request: Request) -> None:
        if not request.url.startswith((base, "blob:" + base)):
            complaints.append(f"request: {request.url}")

    page.on("console", read)
    page.on("request", check)
    try:
        yield page
        if complaints:
            pytest.fail("; ".join(complaints))
    finally:
        await opened.close()
