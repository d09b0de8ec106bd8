"""The live connection in a real Chromium: one for all pages, none where it isn't needed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from tests.browser import MARK, Served, served, watched
from tests.jobs import picture

from artstyle.jobs import Job

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHOUT_WORKER = "delete window.SharedWorker"
WITHOUT_LOCKS = (
    "delete window.SharedWorker; Object.defineProperty(navigator, 'locks', { value: undefined })"
)
QUICK = "const usual = setInterval; window.setInterval = (f) => usual(f, 100)"
HIDE = """
Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
document.dispatchEvent(new Event("visibilitychange"));
"""
SHOW = """
delete document.hidden;
document.dispatchEvent(new Event("visibilitychange"));
"""


async def tabs(context: BrowserContext, url: str, number: int) -> list[Page]:
    pages = [await context.new_page() for _ in range(number)]
    for page in pages:
        await page.goto(url)
    return pages


@pytest.mark.parametrize("init", ["", WITHOUT_WORKER], ids=["worker", "locks"])
async def test_twelve_tabs_are_all_alive_and_share_one_stream(
    site: Served, browser: Browser, init: str
) -> None:
    job = await site.job()
    async with watched(browser, site.base, init=init) as first:
        await first.goto(f"{site.base}/jobs/{job.id}")
        others = await tabs(first.context, site.base, 11)
        await site.streams.until(1)
        await site.progress(job, 43)
        for page in [first, *others]:
            await expect(page.locator("[data-job] .status").first).to_contain_text("43 %")
        await others[-1].get_by_role("button", name="Paint it").click()  # New
        await expect(others[-1].locator("[data-cards] > li")).to_have_count(2)
        await (
            others[0].locator(f'[data-job="{job.id}"]').get_by_role("button", name="Cancel").click()
        )
        for page in [first, *others]:
            await expect(page.locator(f'[data-job="{job.id}"] .status').first).to_contain_text(
                "ancelled"
            )
        assert site.streams.open == 1


async def test_without_anything_to_share_by_each_page_has_its_own(
    site: Served, browser: Browser
) -> None:
    job = await site.job()
    async with watched(browser, site.base, init=WITHOUT_LOCKS) as page:
        await page.goto(site.base)
        await site.progress(job, 43)
        await expect(page.locator("[data-job]").first).to_contain_text("43 %")


async def test_a_page_takes_over_from_the_one_that_had_the_stream(
    site: Served, browser: Browser
) -> None:
    job = await site.job()
    async with watched(browser, site.base, init=WITHOUT_WORKER) as first:
        await first.goto(site.base)
        (second,) = await tabs(first.context, site.base, 1)
        await first.goto("about:blank")
        await site.progress(job, 43)
        await expect(second.locator("[data-job]").first).to_contain_text("43 %")


async def test_the_page_of_an_ended_job_has_no_stream(site: Served, browser: Browser) -> None:
    job = await site.job()
    await site.finish(job)
    async with watched(browser, site.base) as page:
        asked: list[str] = []
        page.context.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{site.base}/jobs/{job.id}")
        await page.wait_for_load_state("networkidle")
        assert not any("/events" in url for url in asked) and site.streams.open == 0


async def test_while_all_pages_are_hidden_there_is_no_stream(
    site: Served, browser: Browser
) -> None:
    job = await site.job()
    async with watched(browser, site.base) as page:
        await page.goto(site.base)
        await site.streams.until(1)
        await page.evaluate(HIDE)
        await site.streams.until(0)
        await site.finish(job)
        other = await site.job()
        await page.evaluate(SHOW)
        await site.streams.until(1)
        await expect(page.locator(f'[data-job="{job.id}"]')).to_have_attribute("data-state", "done")
        await expect(page.locator(f'[data-job="{other.id}"]')).to_be_visible()


async def mine(site: Served, page: Page) -> Job:
    """Make a job in the browser, so that it is the visitor's own."""
    await page.get_by_role("button", name="Paint it").click()
    while not site.queue.all():
        await site.queue.signal.next().wait()
    (job,) = site.queue.all()
    await site.running(job)
    await expect(page.locator("[data-place] figure")).to_have_count(1)
    return job


async def test_a_hidden_tab_says_in_its_title_and_icon_that_the_picture_is_ready(
    site: Served, browser: Browser
) -> None:
    async with watched(browser, site.base, init=f"{WITHOUT_LOCKS}; {QUICK}") as page:
        await page.goto(site.base)
        job = await mine(site, page)
        icon = page.locator("link[rel=icon]")
        usual = await icon.get_attribute("href")
        await page.evaluate(HIDE)
        await site.finish(job)
        await expect(page).to_have_title("✓ Art Style Transfer")
        await expect(icon).to_have_attribute("href", re.compile("favicon-done"))
        await page.evaluate(SHOW)
        await expect(page).to_have_title("Art Style Transfer")
        assert str(usual) in str(await icon.get_attribute("href"))


async def test_notifications_are_asked_for_on_a_click_only(site: Served, browser: Browser) -> None:
    spy = """
        window.asked = 0; window.noted = [];
        window.Notification = class { constructor(title) { window.noted.push(title); } close() {} };
        Notification.permission = "default";
        Notification.requestPermission = async () => {
            window.asked += 1;
            Notification.permission = "granted";
        };
    """
    async with watched(browser, site.base, init=spy) as page:
        await page.goto(site.base)
        job = await mine(site, page)
        await site.progress(job, 43)
        assert await page.evaluate("window.asked") == 0
        await page.get_by_role("button", name="Tell me when").click()
        assert await page.evaluate("window.asked") == 1
        await page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
        await site.finish(job)
        while not (noted := await page.evaluate("window.noted")):
            pass
        assert noted == ["Your picture is ready"]


@pytest.mark.parametrize("path", ["/", "/jobs/"])
async def test_an_open_page_outlives_a_restart_of_the_server(
    tmp_path: Path, browser: Browser, path: str
) -> None:
    async with served(tmp_path) as site:
        job = await site.job()
        port = int(site.base.rpartition(":")[2])
        page_of = watched(browser, site.base, expected="net::ERR")
        page = await page_of.__aenter__()
        await page.goto(site.base + (path if path == "/" else path + job.id))
        await page.evaluate(MARK)
        await site.streams.until(1)
        site.engine.runs[0].end()
    await expect(page.get_by_text("reconnecting")).to_be_visible()
    async with served(tmp_path, port=port) as site:
        again = site.queue.get(job.id)
        assert again is not None
        await expect(page.get_by_text("reconnecting")).to_be_hidden(timeout=20_000)
        await site.running(again)
        await site.progress(again, 43, picture(1, 64, 85, ".jpg"))
        await expect(page.locator("[data-job] .status").first).to_contain_text("43 %")
        assert await page.evaluate("window.marked")
        await page_of.__aexit__(None, None, None)
