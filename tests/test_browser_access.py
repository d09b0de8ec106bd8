"""The pages in a real Chromium, for everybody: by keyboard, without scripts, in both languages."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Response, expect
from tests.browser import BEYOND, DESKTOP, PHONE, Served, drop, violations, watched
from tests.jobs import PHOTO, picture

from artstyle.jobs import Job

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE_BYTES, ALL_BYTES = 150_000, 2_000_000


async def jobs_of_all_kinds(site: Served) -> list[Job]:
    done, running, waiting = [await site.job() for _ in range(3)]
    await site.finish(done)
    await site.running(running)
    await site.progress(running, 43)
    return [done, running, waiting]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_all_pages_are_accessible_and_fit(
    site: Served, browser: Browser, scheme: Any, viewport: Any
) -> None:
    jobs = await jobs_of_all_kinds(site)
    pages = ["/", f"/?again={jobs[0].id}", *(f"/jobs/{job.id}" for job in jobs), "/?q=nothing"]
    context = {"viewport": viewport, "color_scheme": scheme}
    async with watched(browser, site.base, **context) as page:
        for path in pages:
            await page.goto(site.base + path)
            await expect(page.locator("[data-reconnecting]")).to_be_hidden()
            assert (path, await violations(page)) == (path, [])
            assert await page.evaluate(BEYOND) <= 0, path
        await page.goto(site.base)
        await page.get_by_text("More settings").click()
        await page.get_by_role("button", name="Select", exact=True).click()
        await page.locator(".menu summary").first.click()
        assert await violations(page) == []
    async with watched(browser, site.base, expected="422 (Unprocessable", **context) as page:
        await page.goto(site.base)
        await page.get_by_text("More settings").click()
        await page.get_by_label("Seed").fill("x")
        await page.get_by_role("button", name="Paint it").click()
        await expect(page.locator("#seed-error")).to_be_visible()
        assert await violations(page) == []


@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
async def test_texts_fit_and_are_in_the_visitors_language(
    site: Served, browser: Browser, language: str
) -> None:
    await jobs_of_all_kinds(site)
    async with watched(browser, site.base, locale=language, viewport=PHONE) as page:
        await page.goto(site.base)
        button = "Нарисовать" if language == "ru-RU" else "Paint it"
        await expect(page.get_by_role("button", name=button)).to_be_in_viewport(ratio=1)
        assert await page.evaluate(BEYOND) <= 0
        await page.locator("header nav a").click()
        other = "Paint it" if language == "ru-RU" else "Нарисовать"
        await expect(page.get_by_role("button", name=other)).to_be_visible()


async def test_the_whole_flow_works_by_keyboard(site: Served, page: Page) -> None:
    await page.goto(site.base)

    async def tab_to(name: str, key: str = "Tab", most: int = 60) -> None:
        """Press Tab until an element has the focus."""
        script = """() => {
            const at = document.activeElement;
            return `${at.getAttribute("aria-label") ?? ""} ${at.value ?? ""} ${at.textContent}`;
        }"""
        for _ in range(most):
            await page.keyboard.press(key)
            if name in await page.evaluate(script):
                return
        raise AssertionError(f"Tab doesn't lead to {name}")

    await tab_to("chelsea")
    await page.keyboard.press("ArrowRight")  # the next sample
    await tab_to("stained_glass")
    await page.keyboard.press("ArrowLeft")
    await tab_to("Paint it")
    await page.keyboard.press("Enter")
    while not site.queue.all():
        await site.queue.signal.next().wait()
    (job,) = site.queue.all()
    assert (job.request.content.name, job.request.style.name) == ("coffee", "splashes")
    await site.running(job)
    await site.progress(job, 43)
    await expect(page.locator("[data-working]")).to_be_visible()
    await tab_to("Cancel", "Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-place]")).to_contain_text("cancelled")
    await tab_to("coffee × splashes")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{site.base}/jobs/*")
    await tab_to("Remove")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("This picture was removed")).to_be_visible()


async def test_everything_works_without_javascript(site: Served, browser: Browser) -> None:
    plain: dict[str, Any] = {"java_script_enabled": False}
    async with watched(browser, site.base, **plain) as page:
        await page.goto(site.base)
        await page.locator("input[name=content_sample][value=rocket]").check(force=True)
        await page.locator("input[name=style_sample][value=cubist]").check(force=True)
        await page.get_by_role("button", name="Paint it").click()
        await page.wait_for_url(f"{site.base}/jobs/*")
        (job,) = site.queue.all()
        assert (job.request.content.name, job.request.style.name) == ("rocket", "cubist")
        await site.running(job)
        await site.progress(job, 43)
        await page.reload()
        await expect(page.locator("p.status.large")).to_contain_text("43 %")
        await page.goto(site.base)
        await expect(page.locator("[data-cards]")).to_contain_text("43 %")
        await page.get_by_role("searchbox").fill("nothing")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_text("No picture matches")).to_be_visible()
        await page.goto(site.base)
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.locator("p.status.large")).to_have_text("cancelled")
        await page.get_by_role("button", name="Remove").click()
        await page.wait_for_url(f"{site.base}/")
    assert site.queue.all() == []


async def test_paint_it_stays_in_sight_on_a_phone(site: Served, browser: Browser) -> None:
    phone: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    async with watched(browser, site.base, **phone) as page:
        await page.goto(site.base)
        await page.get_by_text("More settings").click()
        for far in (0, 600, 1500):
            await page.evaluate(f"scrollTo(0, {far})")
            await expect(page.get_by_role("button", name="Paint it")).to_be_in_viewport(ratio=1)


SHIFT = """new Promise(resolve => {
    new PerformanceObserver(list => resolve(
        list.getEntries().reduce((sum, entry) => sum + (entry.hadRecentInput ? 0 : entry.value), 0)
    )).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(0), 500);
})"""


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_nothing_jumps_while_the_page_and_a_run_go_on(
    site: Served, browser: Browser, viewport: Any
) -> None:
    async with watched(browser, site.base, viewport=viewport) as page:
        await page.goto(site.base)
        await drop(page, "h1", (PHOTO, "a.png"), (picture(2, 80, 64), "b.png"))
        await page.get_by_role("button", name="Paint it").click()
        while not site.queue.all():
            await site.queue.signal.next().wait()
        (job,) = site.queue.all()
        await site.running(job)
        await site.progress(job, 43)
        await expect(page.locator("[data-working-text]")).to_have_text("2 s left")
        assert await page.evaluate(SHIFT) < 0.1


async def test_the_page_is_light(site: Served, browser: Browser) -> None:
    jobs = [await site.job() for _ in range(48)]
    await site.progress(jobs[0], 43)
    texts: list[int] = []
    pictures: list[int] = []

    async def weigh(response: Response) -> None:
        kind = response.headers.get("content-type", "")
        if "event-stream" in kind:
            return
        body = await response.body()
        packed = response.headers.get("content-encoding") == "gzip"
        size = len(gzip.compress(body)) if packed else len(body)
        (pictures if kind.startswith("image/") else texts).append(size)

    async with watched(browser, site.base, viewport={"width": 1440, "height": 900}) as page:
        weighed: list[Any] = []
        page.on("response", lambda response: weighed.append(weigh(response)))
        await page.goto(site.base)
        await page.evaluate("for (const each of document.images) each.loading = 'eager'")
        await page.wait_for_load_state("load")
        script = "[...document.images].filter(each => each.src).every(each => each.complete)"
        while not await page.evaluate(script):
            pass
        for each in weighed:
            await each
    assert sum(texts) < PAGE_BYTES, json.dumps(texts)
    assert sum(texts) + sum(pictures) < ALL_BYTES and len(pictures) > 48
