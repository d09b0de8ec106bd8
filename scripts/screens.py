"""Make the README's pictures of the lab from one that runs: ``python scripts/screens.py URL``.

They show whatever that lab shows; for those in img/ its table was done.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import shutil
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

OUT = Path(__file__).parents[1] / "img"
DESKTOP, PHONE = (1280, 900), (390, 844)
LARGEST = 300_000  # bytes of a picture in the README
GAP = 24
Size = tuple[int, int]


async def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="where the lab runs, as http://127.0.0.1:8080")
    parser.add_argument("--job", metavar="ID", help="whose page to show, not the largest's")
    given = parser.parse_args()
    url = given.url.rstrip("/")
    done = given.job or await asyncio.to_thread(largest_done, url)
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        report = await shot(browser, f"{url}/", DESKTOP, "light")
        save([report], OUT / "lab.webp")
        page = await shot(browser, f"{url}/jobs/{done}", DESKTOP, "light", slide=40)
        save([page], OUT / "lab-job.webp")
        phones = [
            await shot(browser, f"{url}/", PHONE, "dark"),
            await shot(browser, f"{url}/jobs/{done}", PHONE, "dark", slide=50),
            await shot(browser, f"{url}/new", PHONE, "light"),
        ]
        save(phones, OUT / "lab-phone.webp")
        await browser.close()


def largest_done(url: str) -> str:
    """Ask the lab for the largest picture that is done."""
    with urllib.request.urlopen(f"{url}/api/jobs?state=done") as answer:
        jobs = json.load(answer)["jobs"]
    if not jobs:
        raise SystemExit("nothing is done there yet: wait for the first picture")
    largest = max(jobs, key=lambda job: job["progress"]["height"] * job["progress"]["width"])
    return str(largest["id"])


async def shot(
    browser: Browser, url: str, size: Size, scheme: str, slide: int | None = None
) -> Image.Image:
    """Take a picture of the upper part of a page."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_function(
        "[...document.images].every(i => i.complete || i.loading === 'lazy')"
    )
    if slide is not None:
        await page.get_by_role("slider").fill(str(slide))
    data = await page.screenshot()
    await context.close()
    return Image.open(io.BytesIO(data)).convert("RGB")


def save(shots: list[Image.Image], path: Path) -> None:
    """Put pictures side by side, as good as fits into a small file."""
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
