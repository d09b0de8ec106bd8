"""A job's page in a real Chromium: it follows its job, compares, cancels and removes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from tests.browser import DESKTOP, MARK, PHONE, Served, served, watched
from tests.jobs import picture
from tests.lab_app import OPEN, TOKEN

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_follows_its_job_to_the_end_without_a_reload(site: Served, page: Page) -> None:
    job = await site.job()
    await page.goto(f"{site.base}/jobs/{job.id}")
    await page.evaluate(MARK)
    await site.progress(job, 43, picture(1, 64, 85, ".jpg"))
    await expect(page.locator("p.status.large")).to_have_text("43 % · 2 s left")
    await expect(page.get_by_text("iteration 43 of 100")).to_be_visible()
    await expect(page.locator("img[data-picture]")).to_have_attribute("src", re.compile("preview"))
    await site.finish(job)
    await expect(page.get_by_role("link", name="Download the picture")).to_be_visible()
    await expect(page.locator("[data-plot] svg").first).to_be_visible()
    await expect(page.get_by_text("80 %", exact=True)).to_be_visible()
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
    site: Served, page: Page
) -> None:
    job = await site.job()
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


async def at(page: Page) -> float:
    script = "e => getComputedStyle(e).getPropertyValue('--at')"
    return float(await page.locator("[data-compare]").evaluate(script))


async def box(page: Page) -> tuple[float, float, float]:
    """The left end, the middle and the width of the slider."""
    found = await page.get_by_role("slider").bounding_box()
    assert found is not None
    return found["x"], found["y"] + found["height"] / 2, found["width"]


async def test_photo_and_picture_are_compared_by_keyboard_mouse_and_touch(
    site: Served, browser: Browser
) -> None:
    job = await site.job()
    await site.finish(job)
    async with watched(browser, site.base, viewport=DESKTOP) as page:
        await page.goto(f"{site.base}/jobs/{job.id}")
        await page.get_by_role("slider").focus()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("ArrowRight")
        assert await at(page) == pytest.approx(0.10)
        await page.keyboard.press("End")
        assert await at(page) == 1
        await page.keyboard.press("Home")
        left, middle, width = await box(page)
        await page.mouse.move(left + 10, middle)
        await page.mouse.down()
        await page.mouse.move(left + width * 0.7, middle)
        await page.mouse.up()
        assert await at(page) == pytest.approx(0.7, abs=0.05)
    async with watched(browser, site.base, viewport=PHONE, has_touch=True) as page:
        await page.goto(f"{site.base}/jobs/{job.id}")
        left, middle, width = await box(page)
        await page.touchscreen.tap(left + width * 0.4, middle)
        assert await at(page) == pytest.approx(0.4, abs=0.08)


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


LAYOUT_SHIFT = """new Promise(resolve => {
    new PerformanceObserver(list => resolve(
        list.getEntries().reduce((sum, entry) => sum + entry.value, 0)
    )).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(0), 500);
})"""


async def test_pictures_keep_their_place_while_they_load(site: Served, browser: Browser) -> None:
    async with watched(browser, site.base, viewport=PHONE) as page:
        job = await site.job(content=picture(1, 300, 200))
        await page.goto(f"{site.base}/jobs/{job.id}")
        await site.progress(job, 43, picture(1, 384, 256, ".jpg"))
        await expect(page.locator("p.status.large")).to_contain_text("43 %")
        await expect(page.locator("img[data-picture]")).to_have_attribute(
            "src", re.compile("preview")
        )
        assert await page.evaluate(LAYOUT_SHIFT) < 0.1
