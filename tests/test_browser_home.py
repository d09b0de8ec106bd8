"""The form in a real Chromium: pictures in, settings, and the result in its place."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from tests.browser import DESKTOP, MARK, PHONE, Served, drop, kept, paste, served, watched, zone
from tests.jobs import PHOTO, SMALL, picture

from artstyle import settings
from artstyle.jobs import Job, ThreadEngine

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEIGHT = "document.querySelector('[data-studio]').offsetHeight"
SLOW_FILES = """
const held = new Promise((resolve) => (window.opened = resolve));
const open = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (...said) {
    const real = open.apply(this, said);
    const late = { get result() { return real.result; } };
    const success = new Promise((resolve) => (real.onsuccess = resolve));
    Promise.all([held, success]).then(() => late.onsuccess());
    return late;
};
"""  # the files in IndexedDB can't be read before opened()
ONE, OTHER = (PHOTO, "lion.png"), (picture(2, 80, 64), "starry_night.png")


async def only_job(site: Served) -> Job:
    while not (jobs := site.queue.all()):
        await site.queue.signal.next().wait()
    return jobs[0]


async def paint(page: Page, button: str = "Paint it") -> None:
    await page.get_by_role("button", name=button).click()


# What a newcomer sees


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_newcomer_sees_a_finished_example_and_what_to_do(
    site: Served, browser: Browser, viewport: dict[str, int]
) -> None:
    async with watched(browser, site.base, viewport=viewport) as page:
        await page.goto(site.base)
        shown = page.locator("[data-sample-result] img, [data-results] figure img").first
        await expect(shown).to_be_in_viewport()
        await expect(shown).to_have_js_property("complete", True)
        for role in ("content", "style"):
            await expect(zone(page, role).locator("img[data-chosen]")).to_be_in_viewport()
        await expect(page.get_by_role("button", name="Paint it")).to_be_in_viewport(ratio=1)
    assert site.queue.all() == []  # nothing has to be computed for that


async def test_another_pair_of_samples_shows_its_own_example(page: Page, site: Served) -> None:
    await page.goto(site.base)
    shown = page.locator("[data-results] img")
    await zone(page, "content").get_by_role("radio", name="rocket").check(force=True)
    await expect(shown).to_have_count(0)
    await zone(page, "style").get_by_role("radio", name="impasto").check(force=True)
    await expect(shown).to_have_attribute("src", re.compile("rocket-impasto"))


# Pictures in


async def test_the_second_picture_that_is_pasted_goes_into_the_other_place(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await paste(page, ONE)
    await expect(zone(page, "content")).to_contain_text("lion.png · 96×72")
    await paste(page, OTHER)
    await expect(zone(page, "style")).to_contain_text("starry_night.png · 64×80")
    await expect(zone(page, "content")).to_contain_text("lion.png")


async def test_two_pictures_that_are_dropped_at_once_fill_both_places(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await drop(page, "h1", ONE, OTHER)
    await expect(zone(page, "content")).to_contain_text("lion.png")
    await expect(zone(page, "style")).to_contain_text("starry_night.png")


async def test_a_picture_that_is_dropped_on_a_place_goes_there(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "[data-source=style] [data-drop]", ONE)
    await expect(zone(page, "style")).to_contain_text("lion.png")
    await drop(page, "h1", OTHER)  # beside: into the place that is still free
    await expect(zone(page, "content")).to_contain_text("starry_night.png")


async def test_a_phone_is_told_to_choose_and_not_to_drop(site: Served, browser: Browser) -> None:
    phone: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    async with watched(browser, site.base, **phone) as page:
        await page.goto(site.base)
        assert "drop" not in (await page.locator("main").inner_text()).lower()
        await expect(page.locator("#content-choose")).to_be_visible()
        form = await page.locator("[data-studio]").bounding_box()
        assert form is not None and form["height"] < 1100


async def test_a_file_without_a_known_ending_is_taken_by_its_bytes(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await drop(page, "[data-source=content]", (PHOTO, "IMG_0001"))
    await expect(zone(page, "content")).to_contain_text("IMG_0001 · 96×72")
    await expect(page.locator("#content-error")).to_be_hidden()


async def test_what_is_no_picture_is_told_before_it_is_sent(page: Page, site: Served) -> None:
    await page.goto(site.base)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    await drop(page, "[data-source=content]", (b"MZ" * 50, "photo.png"))
    await expect(page.locator("#content-error")).to_contain_text("photo")
    await expect(zone(page, "content")).not_to_contain_text("photo.png")
    await drop(page, "[data-source=content]", (PHOTO + bytes(250_000), "huge.png"))
    await expect(page.locator("#content-error")).to_contain_text("0.2 MB")
    assert not any(each.endswith("/jobs") for each in sent)
    await drop(page, "[data-source=content]", ONE)
    await expect(page.locator("#content-error")).to_be_hidden()


async def test_a_picture_that_the_browser_cant_show_has_a_name_and_a_placeholder(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await page.route("**/api/check*", lambda route: route.fulfill(json={"ok": True}))
    await drop(page, "[data-source=content]", (b"\0\0\0\x18ftypheic" + bytes(99), "IMG_1.HEIC"))
    await expect(zone(page, "content")).to_contain_text("IMG_1.HEIC")
    await expect(zone(page, "content")).to_contain_text("can't show the file")


async def test_a_reload_keeps_the_files_and_the_settings(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", ONE, OTHER)
    await page.get_by_label("Size", exact=True).select_option("3")
    await page.get_by_label("Colours").select_option("photo")
    await page.get_by_text("More settings").click()
    await page.get_by_label("Iterations").fill("77")
    await expect(zone(page, "style")).to_contain_text("64×80")
    await kept(page, 2)
    await page.reload()
    await expect(zone(page, "content")).to_contain_text("lion.png · 96×72")
    await expect(zone(page, "style")).to_contain_text("starry_night.png · 64×80")
    await expect(page.get_by_label("Size", exact=True)).to_have_value("3")
    await expect(page.get_by_label("Colours")).to_have_value("photo")
    await expect(page.locator("#iterations")).to_have_value("77")


# Sending


async def test_two_pictures_become_a_third_in_the_place_of_the_result(
    tmp_path: Path, browser: Browser
) -> None:
    engine = ThreadEngine({"cpu": 1, "cuda": 1, "mps": 1}, large_levels=3)
    async with served(tmp_path, engine) as site, watched(browser, site.base) as page:
        await page.goto(site.base)
        await page.evaluate(MARK)
        await drop(page, "h1", ONE, OTHER)
        await page.get_by_label("Size", exact=True).select_option("1")
        await page.get_by_text("More settings").click()
        await page.get_by_label("Iterations").fill("6")
        await page.get_by_label("Network").select_option("vgg16")
        await paint(page)
        place = page.locator("[data-place]")
        await expect(place.get_by_role("link", name="Download")).to_be_visible(timeout=120_000)
        await expect(place.locator("img")).to_have_attribute("src", re.compile("preview-384.webp"))
        await expect(page.get_by_role("heading", name="Lion × Starry night")).to_be_visible()
        job = await only_job(site)
        async with page.expect_download() as download:
            await place.get_by_role("link", name="Download").click()
        saved = await (await download.value).path()
        assert saved.read_bytes() == site.queue.files(job).result.read_bytes()
        assert await page.evaluate("window.marked")


async def test_the_row_shows_the_run_with_one_number_and_can_cancel_it(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await drop(page, "h1", ONE, OTHER)
    before = await page.evaluate(HEIGHT)
    await paint(page)
    job = await only_job(site)
    await site.running(job)
    await site.progress(job, 43)
    place = page.locator("[data-place]")
    await expect(place.locator("[data-working-text]")).to_have_text("2 s left")
    await expect(place.get_by_role("progressbar")).to_have_js_property("value", 43)
    assert await page.evaluate(HEIGHT) == before  # nothing was pushed down
    await expect(place.locator("img")).to_have_js_property("complete", True)
    assert page.url == f"{site.base}/"
    await place.get_by_role("button", name="Cancel").click()
    await expect(place).to_contain_text("cancelled")
    assert job.status == "cancelled" and await page.evaluate(HEIGHT) == before


async def test_a_reload_keeps_the_result(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", ONE, OTHER)
    await paint(page)
    job = await only_job(site)
    await site.running(job)
    await site.finish(job)
    place = page.locator("[data-place]")
    await expect(place.get_by_role("link", name="Look closer")).to_be_visible()
    await page.reload()
    await expect(place.get_by_role("link", name="Look closer")).to_be_visible()
    await expect(place).to_contain_text("Lion × Starry night")


async def test_news_that_come_before_the_result_is_restored_dont_lose_it(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await drop(page, "h1", ONE, OTHER)
    await paint(page)
    job = await only_job(site)
    await site.running(job)
    await site.finish(job)
    place = page.locator("[data-place]")
    await expect(place.get_by_role("link", name="Look closer")).to_be_visible()
    await page.add_init_script(SLOW_FILES)
    await page.reload()
    other = await site.job()
    await expect(page.locator(f'[data-job="{other.id}"]')).to_be_visible()
    await page.evaluate("window.opened()")
    await expect(place.get_by_role("link", name="Look closer")).to_be_visible()


async def test_an_upload_says_how_far_it_is_and_can_be_stopped(page: Page, site: Served) -> None:
    held = asyncio.Event()

    async def hold(route: object) -> None:
        await held.wait()

    await page.goto(site.base)
    await page.route("**/jobs", hold)
    await drop(page, "h1", ONE, OTHER)
    await paint(page)
    place = page.locator("[data-place]")
    await expect(place.locator("[data-working-text]")).to_have_text("Sending: 0 %")
    await place.get_by_role("button", name="Cancel").click()
    await expect(place.locator("[data-working]")).to_be_hidden()
    await expect(zone(page, "content")).to_contain_text("lion.png")
    held.set()
    assert site.queue.all() == []


async def test_four_variations_are_four_jobs_with_seeds_of_their_own(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await paint(page, "Four variations")
    place = page.locator("[data-place]")
    await expect(place.locator("figure")).to_have_count(4, timeout=20_000)
    jobs = site.queue.all()
    assert len({job.request.settings.seed for job in jobs}) == len(jobs) == 4
    await place.get_by_role("button", name="Cancel").click()
    for job in jobs:
        while not job.status.ended:
            await job.signal.next().wait()


async def test_a_seed_is_random_until_it_is_kept(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await paint(page)
    first = await only_job(site)
    await site.running(first)
    await site.finish(first)
    await page.get_by_role("button", name="Keep this seed").click()
    await paint(page)
    while len(site.queue.all()) < 2:
        await site.queue.signal.next().wait()
    assert site.queue.all()[1].request.settings.seed == first.request.settings.seed


async def test_wrong_input_is_told_at_its_field_and_nothing_typed_is_lost(
    site: Served, browser: Browser
) -> None:
    async with watched(browser, site.base, expected="422 (Unprocessable") as page:
        await page.goto(site.base)
        await drop(page, "h1", ONE, OTHER)
        await page.get_by_text("More settings").click()
        await page.get_by_label("Seed").fill("4711")
        await page.get_by_label("Closeness to the photo").fill("9999")
        await paint(page)
        await expect(page.locator("#content_weight-error")).to_contain_text("from 0 to 1000")
        await expect(page.get_by_label("Seed")).to_have_value("4711")
        await expect(zone(page, "content")).to_contain_text("lion.png")
        assert site.queue.all() == []


# Settings


async def test_a_slider_speaks_and_its_number_follows(page: Page, site: Served) -> None:
    usual = settings.default("realism")
    await page.goto(site.base)
    slider, number = page.get_by_role("slider", name="more photo"), page.locator("#realism")
    await expect(slider).to_have_value(f"{usual:g}")
    text = f"{usual:g}, from more photo to more painting"
    await expect(slider).to_have_attribute("aria-valuetext", text)
    await slider.focus()
    await page.keyboard.press("ArrowLeft")  # the photo is at the left, and stands for 1
    await expect(number).to_have_value(f"{usual + 0.05:g}")
    await page.keyboard.press("ArrowRight")
    await expect(number).to_have_value("")
    await page.keyboard.press("Home")
    await expect(number).to_have_value("0")
    box = await slider.bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + 2, box["y"] + box["height"] / 2)
    await expect(number).to_have_value("1")
    scale = page.locator("#style_scale")
    await page.get_by_role("slider", name="finer strokes").focus()
    await page.keyboard.press("ArrowRight")  # a quarter of a power of two
    await expect(scale).to_have_value("1.2")
    await page.keyboard.press("ArrowLeft")
    await expect(scale).to_have_value("")


async def test_a_procedure_sets_all_settings_and_the_default_sets_them_back(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await page.get_by_text("More settings").click()
    await page.get_by_role("button", name="Classical").click()
    await expect(page.get_by_label("Style loss")).to_have_value("gram")
    await expect(page.get_by_label("Size", exact=True)).to_have_value("1")
    await expect(page.get_by_label("Smoothness")).to_have_value("0.0")
    await page.get_by_role("button", name="Default", exact=True).click()
    await expect(page.get_by_label("Style loss")).to_have_value("moments")
    await expect(page.get_by_label("Size", exact=True)).to_have_value("2")
    await expect(page.get_by_label("Smoothness")).to_have_value("")


async def test_a_gallery_picture_becomes_the_painting_by_its_menu(page: Page, site: Served) -> None:
    job = await site.job()
    await site.finish(job)
    await page.goto(site.base)
    card = page.locator(f'[data-job="{job.id}"]')
    await card.locator("summary").focus()
    await page.keyboard.press("Enter")
    await card.get_by_role("button", name="Use as painting").press("Enter")
    await expect(zone(page, "style")).to_contain_text("hoto × painting · 341×256")


async def test_a_gallery_picture_can_be_dragged_into_a_place(
    site: Served, browser: Browser
) -> None:
    job = await site.job()
    await site.finish(job)
    viewport = {"width": 1280, "height": 1300}  # with both in sight
    async with watched(browser, site.base, viewport=viewport) as page:
        await page.goto(site.base)
        source = page.locator(f'[data-job="{job.id}"] .shown')
        await source.drag_to(zone(page, "content").locator("[data-drop]"))
        await expect(zone(page, "content")).to_contain_text("hoto × painting · 341×256")


async def test_the_note_on_the_network_is_hidden_for_good(site: Served, page: Page) -> None:
    job = await site.job(settings=replace(SMALL, network="auto"))
    await site.progress(job, 43)
    await page.goto(site.base)
    await page.get_by_role("button", name="Hide this note").click()
    await expect(page.get_by_text("stands in for VGG19")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("stands in for VGG19")).to_have_count(0)
