"""Claims about the lab in its container, over HTTP through a published port."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from container import selfcheck
from scripts.docker_check.podman import STOP_SECONDS, Container, Podman
from scripts.docker_check.report import CheckError, Report, expect
from scripts.docker_check.still import HARDENED, IMAGE, USER, owned

LINK = re.compile(r"http://\S+/\?token=\S+")
SECONDS = 120.0  # that a busy machine may take to start, or for a picture of two iterations
PAUSE = 0.2  # between looks at a log
QUICK = ("--levels", "1", "--iterations", "2")
PUBLISHED = ("--network", "slirp4netns", "-p", "127.0.0.1:8080:8080")


async def check(report: Report, podman: Podman, folder: Path) -> None:
    """Check them all."""
    labs = Labs(podman, owned(folder / "lab"))
    with report.claim("the lab's link opens through -p 127.0.0.1:8080:8080; only it may change"):
        await labs.open()
    with report.claim("a photo and a painting sent there become a picture; healthy, no root, ends"):
        await labs.make()
    with report.claim("started again on its volume, the lab has the picture and the same link"):
        await labs.keep()


class Labs:
    """Starts one lab after the other on the same volume."""

    def __init__(self, podman: Podman, data: Path) -> None:
        """Nothing was seen yet."""
        self._podman = podman
        self._data = data
        self._links: set[str] = set()
        self._made = ""

    async def open(self) -> None:
        """Look at the page as a browser does, with and without the link."""
        async with self._running() as (_, link), aiohttp.ClientSession() as browser:
            address = link.partition("?")[0]
            expect(address == "http://127.0.0.1:8080/", link)
            async with browser.get(address) as page:
                expect("All pictures" in await page.text(), page.status)
            async with browser.post(f"{address}api/jobs", data=_form()) as answer:
                expect(answer.status == 401, answer.status)
            async with browser.get(link) as page:
                expect("token" not in str(page.url), page.url)
            async with browser.get("http://localhost:8080/new") as page:
                expect(page.status == 200, page.status)

    async def make(self) -> None:
        """Send two pictures and fetch the one that is made of them."""
        async with self._running() as (lab, link), aiohttp.ClientSession() as browser:
            address, _, token = link.partition("?token=")
            headers = {"Authorization": f"Bearer {token}"}
            async with browser.post(f"{address}api/jobs", data=_form(), headers=headers) as answer:
                job = json.loads(await answer.text())
                expect(answer.status in (200, 201, 202), job)
            self._made = address.rstrip("/") + job["links"]["self"]
            await _over(browser, f"{self._made}/events")
            async with browser.get(f"{self._made}/result") as answer:
                expect((await answer.read()).startswith(b"\x89PNG"), answer.status)
            await asyncio.to_thread(_is_well, lab)
            await asyncio.to_thread(_ends, lab)

    async def keep(self) -> None:
        """Look for it after a restart."""
        async with self._running() as (lab, _), aiohttp.ClientSession() as browser:
            async with browser.get(self._made) as answer:
                expect((await answer.json())["state"] == "done", answer.status)
            expect(len(self._links) == 1, self._links)
            await asyncio.to_thread(_ends, lab)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[tuple[Container, str]]:
        """Run a lab, from the moment on that it has printed its link."""
        options = (*PUBLISHED, *HARDENED, "-v", f"{self._data}:/data", IMAGE, "lab", *QUICK)
        lab = await asyncio.to_thread(self._podman.start, *options)
        try:
            link = await _link(lab)
            self._links.add(link)
            yield lab, link
        finally:
            await asyncio.to_thread(lab.remove)


async def _link(lab: Container) -> str:
    said = ""
    try:
        async with asyncio.timeout(SECONDS):
            while not (found := LINK.search(said)):
                await asyncio.sleep(PAUSE)
                said = await asyncio.to_thread(lab.logs)
    except TimeoutError:
        raise CheckError(f"the lab prints no link, but: {said}") from None
    return found[0]


def _form() -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, path in (("content", selfcheck.PHOTO), ("style", selfcheck.PAINTING)):
        form.add_field(name, path.read_bytes(), filename=path.name)
    form.add_field("preset", "preview")
    form.add_field("iterations", "2")
    return form


async def _over(browser: aiohttp.ClientSession, events: str) -> None:
    """Follow a job to its end."""
    async with asyncio.timeout(SECONDS), browser.get(events) as stream:
        async for _ in stream.content:
            pass


def _is_well(lab: Container) -> None:
    expect(lab.user() == USER, f"user {lab.user()}")
    healthy, said = lab.health()
    expect(healthy, said)


def _ends(lab: Container) -> None:
    began = time.monotonic()
    code = lab.end()
    took = time.monotonic() - began
    said = lab.logs()
    expect(code == 0 and took < STOP_SECONDS, f"{code} after {took:.1f} s: {said}")
    expect("ERROR" not in said and "Traceback" not in said, said)
