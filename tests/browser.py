"""What the tests in a real browser share: Chromium, and a page that is watched."""

from __future__ import annotations

import base64
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp_sse import EventSourceResponse
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    JSHandle,
    Locator,
    Page,
    Request,
    async_playwright,
)
from tests.jobs import PlayedEngine, picture
from tests.lab_app import Played, config

from artstyle.jobs import Job, JobStatus
from artstyle.jobs.signal import Signal
from artstyle.lab.app import make_app, serving
from artstyle.lab.config import LIVE, QUEUE
from artstyle.lab.live import Live

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
MARK = "window.marked = true"  # gone after a reload
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


# How many pixels stand out of the window on the right.
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


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


class Streams:
    """Counts the streams of events that a lab has open."""

    def __init__(self, live: Live) -> None:
        self.open = 0
        self._changed = Signal()
        stream = live.stream

        @asynccontextmanager
        async def counted(request: web.Request) -> AsyncIterator[EventSourceResponse]:
            async with stream(request) as response:
                self._count(1)
                try:
                    yield response
                finally:
                    self._count(-1)

        live.stream = counted  # type: ignore[method-assign]

    def _count(self, by: int) -> None:
        self.open += by
        self._changed.changed()

    async def until(self, number: int) -> None:
        while self.open != number:
            await self._changed.next().wait()


@dataclass
class Served(Played):
    base: str
    streams: Streams

    async def progress(self, job: Job, percent: int, preview: bytes = b"") -> None:
        """Play a part of a run: a preview, figures, milestones."""
        reached = [f"snapshot-{each}" for each in (20, 40, 60, 80) if percent >= each]
        self.show(job, "start", "preview", *reached, jpeg=preview or picture(1, 64, 85, ".jpg"))
        await self.advance(job, percent)

    async def running(self, job: Job) -> None:
        while job.status is not JobStatus.RUNNING:
            await job.signal.next().wait()


@asynccontextmanager
async def served(
    folder: Path, engine: Any = None, port: int = 0, **changes: Any
) -> AsyncIterator[Served]:
    engine = engine or PlayedEngine()
    app = make_app(config(folder, engine, **changes))
    async with serving(app, "127.0.0.1", port) as real:
        yield Served(app[QUEUE], engine, f"http://127.0.0.1:{real}", Streams(app[LIVE]))


@asynccontextmanager
async def watched(
    browser: Browser, base: str, *, expected: str = "nothing", init: str = "", **context: Any
) -> AsyncIterator[Page]:
    """Open a page; console errors and requests to other hosts fail the test.

    ``expected`` is the browser's message about an answer that the test provokes. ``init`` is a
    script that runs in each page before those of the lab.
    """
    complaints: list[str] = []
    opened = await browser.new_context(**{"locale": "en-GB", **context})
    if init:
        await opened.add_init_script(init)
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


FILES = """(files) => {
    const transfer = new DataTransfer();
    for (const [data, name, type] of files) {
        const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
    }
    return transfer;
}"""


async def transfer(page: Page, *files: tuple[bytes, str]) -> JSHandle:
    """Files as a mouse or the clipboard carries them; their type is that of their name alone."""
    kinds = {"png": "image/png", "jpg": "image/jpeg"}
    told = [
        [base64.b64encode(data).decode(), name, kinds.get(name.rpartition(".")[2], "")]
        for data, name in files
    ]
    return await page.evaluate_handle(FILES, told)


async def drop(page: Page, target: str, *files: tuple[bytes, str]) -> None:
    """Drop files on an element."""
    carried = {"dataTransfer": await transfer(page, *files)}
    await page.dispatch_event(target, "dragover", carried)
    await page.dispatch_event(target, "drop", carried)


KEPT = """(count) => new Promise((resolve) => {
    const opening = indexedDB.open("artstyle", 1);
    opening.onupgradeneeded = () => opening.transaction.abort(); // the page makes it
    opening.onerror = () => resolve(false);
    opening.onsuccess = () => {
        const keys = opening.result.transaction("files").objectStore("files").getAllKeys();
        keys.onsuccess = () => resolve(keys.result.length === count);
        opening.result.close();
    };
})"""


async def kept(page: Page, count: int) -> None:
    """Wait until the page has stored so many files for its reload."""
    while not await page.evaluate(KEPT, count):
        pass


async def paste(page: Page, *files: tuple[bytes, str]) -> None:
    """Paste files where the focus is."""
    carried = await transfer(page, *files)
    script = """(carried) => document.activeElement.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }))"""
    await page.evaluate(script, carried)


def zone(page: Page, role: str) -> Locator:
    """The place of a picture in the form."""
    return page.locator(f"[data-source={role}]")


async def ask(page: Page, site: Served) -> Job:
    """Press *Paint it*, and give the job that comes of it."""
    before = len(site.queue.all())
    await page.get_by_role("button", name="Paint it").click()
    while len(jobs := site.queue.all()) == before:
        await site.queue.signal.next().wait()
    return jobs[-1]


async def drag(page: Page, board: Locator, *points: tuple[float, float]) -> None:
    """Draw with the mouse from point to point, each in shares of a board."""
    box = await board.bounding_box()
    assert box is not None
    (x, y), *rest = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    await page.mouse.move(x, y)
    await page.mouse.down()
    for x, y in rest:
        await page.mouse.move(x, y, steps=4)
    await page.mouse.up()


async def violations(page: Page) -> list[str]:
    """What axe-core finds."""
    results = await Axe().run(page)
    return [
        f"{each['id']}: {node['html']}"
        for each in results.response["violations"]
        for node in each["nodes"]
    ]
