"""Screenshots of the lab for the documentation: ``python -m scripts.screens``.

Starts a lab and has it paint its showcase, which may take ten minutes the first time; the pictures
are kept in ``out/gallery/lab``. ``--url`` names a lab that is already running.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import re
import shutil
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

ROOT = Path(__file__).parents[1]
OUT, DATA = ROOT / "img", ROOT / "out" / "gallery" / "lab"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LOOK_SECONDS = 10.0  # between two requests for the number of unfinished pictures
DESKTOP, PHONE = (1280, 900), (390, 844)
LARGEST = 150_000  # bytes of a picture in the documentation
GAP = 24
# Whether all pictures in sight are loaded, lazy ones too.
LOADED = """[...document.images].every(
    i => i.naturalWidth > 0 || i.getBoundingClientRect().top > innerHeight || !i.checkVisibility()
)"""
# Decodes all that are loaded, which browsers otherwise do after the first frame. In parts of a page
# that are folded they never do.
DRAWN = """Promise.all([...document.images].map(i => {
    if (!i.naturalWidth || !i.checkVisibility()) return;
    i.decoding = "sync";
    return i.decode().catch(() => {});
})).then(() => new Promise(done => setTimeout(done, 500)))"""
Size = tuple[int, int]


async def main() -> None:
    """Make all screenshots."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="a running lab, like http://127.0.0.1:8080")
    parser.add_argument(
        "--job", metavar="ID", help="the job whose page to show; the largest by default"
    )
    given = parser.parse_args()
    if given.url:
        await take(given.url.rstrip("/"), given.job)
        return
    async with own_lab() as url:
        await take(url, given.job)


async def take(url: str, job: str | None) -> None:
    """Make the screenshots of a lab."""
    done = job or await asyncio.to_thread(largest_done, url)
    async with chromium() as browser:
        save([await shot(browser, f"{url}/", DESKTOP, "light")], OUT / "lab.webp")
        page = await shot(browser, f"{url}/jobs/{done}", DESKTOP, "light", slide=40)
        save([page], OUT / "lab-job.webp")
        phones = [
            await shot(browser, f"{url}/", PHONE, "light"),
            await shot(browser, f"{url}/jobs/{done}", PHONE, "dark", slide=50),
            await shot(browser, f"{url}/#examples", PHONE, "dark"),
        ]
        save(phones, OUT / "lab-phone.webp")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium without a window."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        raise SystemExit("Chromium is missing. On Debian or Ubuntu: sudo apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def own_lab() -> AsyncIterator[str]:
    """Run a lab; yields its URL once its showcase is done."""
    command = [sys.executable, "lab.py", "--port", "0", "--data", str(DATA)]
    if not DATA.exists():
        command.append("--fresh")  # even what comes with the program, so that there are jobs
    lab = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert lab.stdout is not None
        line = (await lab.stdout.readline()).decode()
        found = re.search(r"http://\S+", line)
        if not found:
            raise SystemExit(f"the lab didn't start: {line}")
        while waiting := await asyncio.to_thread(unfinished, found[0]):
            print(f"waiting for {waiting} pictures", flush=True)
            await asyncio.sleep(LOOK_SECONDS)
        yield found[0]
    finally:
        if lab.returncode is None:
            lab.terminate()
        await lab.wait()


def unfinished(url: str) -> int:
    """Number of jobs that wait or run; at least one until the showcase is submitted."""
    with urllib.request.urlopen(f"{url}/api/jobs") as answer:
        jobs = json.load(answer)["jobs"]
    return sum(job["state"] in ("queued", "running") for job in jobs) if jobs else 1


def largest_done(url: str) -> str:
    """Id of the largest finished picture."""
    with urllib.request.urlopen(f"{url}/api/jobs?state=done") as answer:
        jobs = json.load(answer)["jobs"]
    if not jobs:
        raise SystemExit("the lab has no finished picture yet: wait for the first one")
    largest = max(jobs, key=lambda job: job["progress"]["height"] * job["progress"]["width"])
    return str(largest["id"])


async def shot(
    browser: Browser, url: str, size: Size, scheme: str, slide: int | None = None
) -> Image.Image:
    """Screenshot of the upper part of a page."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    await page.goto(url)
    while not await page.evaluate(LOADED):
        await asyncio.sleep(0.1)
    await page.evaluate(DRAWN)
    if slide is not None:
        await page.keyboard.press("c")
        await page.locator("[data-handle]").press("Home")
        for _ in range(slide // 5):
            await page.keyboard.press("ArrowRight")
    data = await page.screenshot()
    await context.close()
    return Image.open(io.BytesIO(data)).convert("RGB")


def save(shots: list[Image.Image], path: Path) -> None:
    """Save pictures side by side, in the best quality that makes a small file."""
    width = sum(shot.width for shot in shots) + GAP * (len(shots) - 1)
    sheet = Image.new("RGB", (width, max(shot.height for shot in shots)), "white")
    left = 0
    for shot in shots:
        sheet.paste(shot, (left, 0))
        left += shot.width + GAP
    for quality in (90, 80, 70, 55):
        sheet.save(path, quality=quality, method=6)
        if path.stat().st_size <= LARGEST:
            return


if __name__ == "__main__":
    asyncio.run(main())
