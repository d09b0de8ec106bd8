"""A job's page in a real Chromium: it follows its job, cancels and removes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from tests.browser import MARK, Served, served, watched
from tests.jobs import picture
from tests.lab_app import OPEN, TOKEN

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_follows_its_job_to_the_end_without_a_reload(site: Served, page: Page) -> None:
    job = await site.job()
    await page.goto(f"{site.base}/jobs/{job.id}")
    await page.evaluate(MARK)
    await site.progress(job, 43, picture(1, 64, 85, ".jpg"))
    await expect(page.locator("[data-text=left]")).to_have_text("2 s left")
    await expect(page.get_by_text("iteration 43 of 100")).to_be_visible()
    await expect(page.locator("img[data-picture]")).to_have_attribute("src", re.compile("preview"))
    await site.finish(job)
    await expect(page.get_by_role("link", name="Download PNG")).to_be_visible()
    await expect(page.locator("[data-plot] svg").first).to_be_visible()
    await expect(page.locator("[data-key=snapshot-80]")).to_be_visible()
    await site.streams.until(0)  # nothing more will come
    assert await page.evaluate("window.marked")


async def test_a_job_is_cancelled_removed_and_brought_back(site: Served, page: Page) -> None:
    job = await site.job()
    await page.goto(f"{site.base}/jobs/{job.id}")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator("p.status.large")).to_have_text("cancelled")
    await page.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("This picture was removed")).to_be_visible()
    await expect(page.locator("[data-part=actions] > *")).to_have_count(0)
    assert site.queue.all() == []
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("button", name="Remove")).to_be_visible()
    assert site.queue.all() == [job]


async def test_a_page_whose_job_is_removed_elsewhere_doesnt_look_live(
    site: Served, browser: Browser
) -> None:
    job = await site.job()
    async with watched(browser, site.base, expected="404 (Not Found)") as page:  # a late picture
        await page.goto(f"{site.base}/jobs/{job.id}")
        await site.streams.until(1)
        await site.queue.remove(job)
        await expect(page.get_by_text("This picture was removed")).to_be_visible()
        await expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


async def test_it_says_until_when_the_picture_is_kept(site: Served, page: Page) -> None:
    job = await site.job()
    await site.finish(job)
    while site.queue.expires(job) is None:
        await site.queue.signal.next().wait()
    await page.goto(f"{site.base}/jobs/{job.id}")
    await expect(page.get_by_text("Kept until about")).to_be_visible()


async def test_without_the_token_there_are_no_buttons(tmp_path: Path, browser: Browser) -> None:
    async with served(tmp_path, policy=OPEN) as site:
        job = await site.job()
        async with watched(browser, site.base) as page:
            await page.goto(f"{site.base}/jobs/{job.id}")
            await expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
            await page.goto(f"{site.base}/jobs/{job.id}?token={TOKEN}")
            assert "token" not in page.url
            await page.get_by_role("button", name="Cancel").click()
            await expect(page.locator("p.status.large")).to_have_text("cancelled")
