"""The gallery in a real Chromium: it follows the jobs, and pictures are found, kept and removed."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Locator, Page, expect
from tests.browser import MARK, Served, watched
from tests.jobs import picture

from artstyle.jobs import Job
from artstyle.lab import listing
from artstyle.lab.showcase import OWNER

pytestmark = pytest.mark.asyncio(loop_scope="module")


def card(page: Page, job: Job) -> Locator:
    return page.locator(f'li[data-job="{job.id}"]')


async def done(site: Served, **said: str) -> Job:
    job = await site.job(**said)
    await site.running(job)
    await site.finish(job)
    return job


async def from_menu(card: Locator, action: str) -> None:
    """Choose from a card's menu, by keyboard."""
    await card.locator("summary").press("Enter")
    await card.get_by_role("button", name=action).press("Enter")


async def test_it_follows_a_job_to_its_end_without_a_reload(site: Served, page: Page) -> None:
    job = await site.job()
    await page.goto(site.base)
    await page.evaluate(MARK)
    found = card(page, job)
    await expect(found.locator("img[data-picture]")).to_have_class("pending")
    for percent in (5, 43, 85):
        await site.progress(job, percent, picture(percent, 64, 85, ".jpg"))
        await expect(found).to_contain_text(f"{percent} % · 2 s left")
        await expect(found.locator("progress")).to_have_js_property("value", percent)
    await site.finish(job)
    await expect(found.locator("progress")).to_be_hidden()
    await expect(found.get_by_role("button", name="Cancel")).to_have_count(0)
    await expect(found.locator("time")).to_be_visible()
    await expect(page.locator("[data-announcer]")).to_contain_text("done in")
    assert await page.evaluate("window.marked")


async def test_new_pictures_come_and_removed_ones_go(site: Served, page: Page) -> None:
    first = await site.job()
    await page.goto(site.base)
    await expect(card(page, first)).to_be_visible()
    second, shown = await site.job(), await site.job(owner=OWNER)
    await expect(card(page, second)).to_be_visible()
    ids = await page.eval_on_selector_all("[data-cards] > li", "a => a.map(e => e.dataset.job)")
    assert ids == [second.id, first.id]
    await expect(page.locator(f'[data-examples] [data-job="{shown.id}"]')).to_be_visible()
    await site.queue.remove(first)
    await expect(card(page, first)).to_have_count(0)


async def test_the_first_picture_of_all_appears(site: Served, page: Page) -> None:
    await page.goto(site.base)
    await expect(page.get_by_role("heading", name="Pictures")).to_be_hidden()
    job = await site.job()
    await expect(card(page, job)).to_be_visible()


async def test_a_running_picture_is_cancelled_on_its_card(site: Served, page: Page) -> None:
    job = await site.job()
    await page.goto(site.base)
    await card(page, job).get_by_role("button", name="Cancel").click()
    await expect(card(page, job)).to_contain_text("cancelled")


async def test_a_removed_picture_can_be_brought_back(site: Served, page: Page) -> None:
    kept, job = await done(site), await done(site)
    await page.goto(site.base)
    await from_menu(card(page, job), "Remove")
    await expect(card(page, job)).to_be_hidden()
    await expect(card(page, kept).get_by_role("link").last).to_be_focused()
    await page.get_by_role("button", name="Undo").click()
    await expect(card(page, job)).to_be_visible()
    await page.reload()
    await expect(card(page, job)).to_be_visible()


async def test_a_title_is_edited_in_its_place(site: Served, page: Page) -> None:
    job = await done(site)
    await page.goto(site.base)
    await from_menu(card(page, job), "Rename")
    field = card(page, job).get_by_label("Title", exact=True)
    await expect(field).to_have_value("photo × painting")
    await field.fill("Lion <b>at noon</b>")
    await field.press("Enter")
    await expect(card(page, job).get_by_role("heading")).to_have_text("Lion <b>at noon</b>")
    await page.reload()
    await expect(card(page, job).get_by_role("heading")).to_have_text("Lion <b>at noon</b>")
    await from_menu(card(page, job), "Rename")
    await field.fill("something else")
    await field.press("Escape")
    await expect(card(page, job).get_by_role("heading")).to_have_text("Lion <b>at noon</b>")


async def test_a_star_stays_and_starred_pictures_are_found(site: Served, page: Page) -> None:
    first, _ = await done(site), await done(site)
    await page.goto(site.base)
    star = card(page, first).get_by_role("button", name="Star")
    await star.click()
    await expect(star).to_have_attribute("aria-pressed", "true")
    while not first.starred:
        await first.signal.next().wait()
    await page.reload()
    await page.get_by_role("link", name="Starred").click()
    await expect(page.locator("[data-cards] > li")).to_have_count(1)


async def test_titles_paintings_and_states_are_searched(site: Served, page: Page) -> None:
    lion = await done(site, content_name="lion", style_name="cubist")
    rocket = await done(site, content_name="rocket", style_name="impasto")
    waiting = await site.job(content_name="lion", style_name="impasto")
    await page.goto(site.base)
    await page.evaluate(MARK)
    shown = page.locator("[data-cards] > li")
    await page.get_by_role("searchbox").fill("LION")
    await expect(shown).to_have_count(2)
    await expect(card(page, rocket)).to_have_count(0)
    await page.get_by_label("State").select_option("done")
    await expect(shown).to_have_count(1)
    await expect(card(page, lion)).to_be_visible()
    await page.get_by_role("searchbox").fill("nothing like it")
    await expect(page.locator("[data-none]")).to_contain_text("No picture matches")
    await page.get_by_role("searchbox").fill("")
    await page.get_by_label("State").select_option("")
    await page.get_by_label("Painting", exact=True).select_option("impasto")
    await expect(shown).to_have_count(2)
    await expect(card(page, waiting)).to_be_visible()
    assert await page.evaluate("window.marked")
    await page.reload()  # the address has the filter
    await expect(shown).to_have_count(2)


async def test_several_are_selected_downloaded_and_removed(site: Served, page: Page) -> None:
    jobs = [await done(site) for _ in range(3)]
    await page.goto(site.base)
    await page.get_by_role("button", name="Select", exact=True).click()
    for job in jobs[:2]:
        await card(page, job).get_by_role("checkbox").check()
    await expect(page.get_by_text("2 selected")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download as zip").click()
    assert (await download.value).suggested_filename.endswith(".zip")
    await page.locator("[data-remove-selected]").click()
    await expect(page.locator("[data-cards] > li:visible")).to_have_count(1)
    await expect(page.get_by_text("2 pictures were removed")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("[data-cards] > li:visible")).to_have_count(3)


async def test_further_pictures_come_while_scrolling(
    site: Served, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    jobs = [await site.job() for _ in range(5)]
    await page.goto(site.base)
    await page.mouse.wheel(0, 10_000)
    await expect(page.locator("[data-cards] > li")).to_have_count(5)
    ids = await page.eval_on_selector_all("[data-cards] > li", "a => a.map(e => e.dataset.job)")
    assert ids == [job.id for job in reversed(jobs)]


async def test_a_picture_of_a_later_page_that_starts_stays_there(
    site: Served, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    jobs = [await site.job() for _ in range(5)]
    await page.route("**/?page=2", lambda route: None)  # never answered
    await page.goto(site.base)
    await site.streams.until(1)
    await site.running(jobs[0])
    await site.progress(jobs[0], 40)
    newest = await site.job()
    await expect(page.locator("[data-cards] > li")).to_have_count(3)
    ids = await page.eval_on_selector_all("[data-cards] > li", "a => a.map(e => e.dataset.job)")
    assert ids == [newest.id, jobs[4].id, jobs[3].id]


@pytest.mark.parametrize("width", [1280, 1920])
async def test_rows_are_justified_over_the_whole_width(
    site: Served, browser: Browser, width: int
) -> None:
    for number in range(9):
        await site.job(content=picture(number, *((60, 90), (90, 60), (60, 60))[number % 3]))
    viewport = {"width": width, "height": 900}
    async with watched(browser, site.base, viewport=viewport) as page:
        await page.goto(site.base)
        script = (
            "all => all.map(e => e.getBoundingClientRect()).map(r => [r.top, r.right, r.height])"
        )
        boxes = await page.eval_on_selector_all("[data-cards] > li .frame", script)
        rows: dict[float, list[tuple[float, float]]] = {}
        for top, right, height in boxes:
            rows.setdefault(round(top), []).append((right, height))
        first = next(iter(rows.values()))
        room = await page.evaluate("document.querySelector('main').getBoundingClientRect().right")
        assert len(rows) > 1 and first[-1][0] == pytest.approx(room, abs=1)
        for row in rows.values():
            heights = [height for _, height in row]
            assert max(heights) - min(heights) < 2
