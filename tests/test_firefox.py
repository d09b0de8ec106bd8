"""The lab's main flow in a real Firefox."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.browser import served
from tests.firefox import firefox
from tests.jobs import PHOTO, picture

PLACE = "document.querySelector('[data-place]')"
TABS = 10  # a browser opens six connections to a host


def name_of(role: str) -> str:
    return f"document.querySelector('[data-source={role}] [data-name]').textContent"


async def test_two_pictures_become_a_third_and_are_looked_at(tmp_path: Path) -> None:
    photo, painting = tmp_path / "lion.png", tmp_path / "starry_night.png"
    photo.write_bytes(PHOTO)
    painting.write_bytes(picture(2, 80, 64))
    async with served(tmp_path / "data") as site, firefox(tmp_path / "profile") as page:
        await page.go(site.base)
        await page.choose("#content", photo)
        await page.choose("#style", painting)
        await page.until(f"{name_of('content')}.includes('lion.png · 96×72')")
        await page.until(f"{name_of('style')}.includes('starry_night.png · 64×80')")
        await page.click("button.primary[data-send]")
        while not (jobs := site.queue.all()):
            await site.queue.signal.next().wait()
        (job,) = jobs
        await site.running(job)
        await site.progress(job, 43)
        await page.until(f"{PLACE}.querySelector('progress').value === 43")
        await site.finish(job)
        await page.until(f"{PLACE}.querySelector('a[download], a[href*=result]') !== null")
        await page.go(f"{site.base}/jobs/{job.id}")
        await page.until("document.querySelector('main img').naturalWidth > 0")
        await page.press("?")
        await page.until("document.querySelector('[data-keys-dialog]').open")
        assert page.complaints == []


async def test_many_tabs_leave_the_lab_usable(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as site, firefox(tmp_path / "profile") as page:
        await page.go(site.base)
        for _ in range(TABS):
            await page.open(site.base)
        status = page.run("fetch('/healthz', {cache: 'no-store'}).then((answer) => answer.status)")
        assert await asyncio.wait_for(status, 20) == 200
        assert page.complaints == []
