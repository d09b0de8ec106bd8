"""The viewer in a real Chromium."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.async_api import Browser, Locator, Page, expect
from tests.browser import BEYOND, MARK, PHONE, Served, drop, watched
from tests.jobs import SMALL, picture

from artstyle.jobs import Job
from artstyle.pictures.png import KEY
from artstyle.settings import MAX_LEVELS, Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

LAPTOP, WIDE = {"width": 1440, "height": 900}, {"width": 1920, "height": 1080}
SHIFT = """new Promise(resolve => {
    new PerformanceObserver(list => resolve(
        list.getEntries().reduce((sum, entry) => sum + entry.value, 0)
    )).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(0), 300);
})"""

# Two frames later, everything has its new place.
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@cache
def noise(height: int, width: int) -> bytes:
    """A PNG in which no two places look alike."""
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


async def finished(site: Served, result: bytes = b"", **said: Any) -> Job:
    """A finished picture, 341×256 px unless another one is given."""
    job = await site.job(**said)
    await site.running(job)
    await site.finish(job)
    if result:
        site.queue.files(job).result.write_bytes(result)
    return job


async def look(page: Page, site: Served, job: Job) -> None:
    await page.goto(f"{site.base}/jobs/{job.id}")
    await expect(page.locator("[data-bar]")).to_be_visible()


def sheet(page: Page, pane: str = "picture") -> Locator:
    return page.locator(f"[data-pane={pane}] [data-sheet]")


async def box(found: Locator) -> tuple[float, float, float, float]:
    """Left, top, width and height in the window."""
    told = await found.bounding_box()
    assert told is not None
    return told["x"], told["y"], told["width"], told["height"]


async def middle(found: Locator) -> tuple[float, float]:
    x, y, width, height = await box(found)
    return x + width / 2, y + height / 2


def scale(page: Page) -> Locator:
    return page.locator("[data-scale]")


def handle(page: Page) -> Locator:
    return page.get_by_role("slider", name="How much of the other picture")


# The result can be seen


async def test_a_picture_of_any_shape_fits_windows_of_any_size(page: Page, site: Served) -> None:
    for size in [(72, 96), (80, 80), (200, 64)]:
        job = await site.job(content=picture(1, *size))
        await look(page, site, job)
        for viewport in (PHONE, LAPTOP, WIDE):
            await page.set_viewport_size(viewport)  # type: ignore[arg-type]
            await page.evaluate(FRAMES)
            x, y, width, height = await box(sheet(page))
            assert x >= 0 and y >= 0
            assert x + width <= viewport["width"] and y + height <= viewport["height"]
            assert width / height == pytest.approx(size[1] / size[0], rel=0.01)
            assert await page.evaluate(BEYOND) <= 0


@pytest.mark.parametrize("viewport", [PHONE, LAPTOP], ids=["phone", "laptop"])
async def test_nothing_moves_when_the_first_preview_comes(
    site: Served, browser: Browser, viewport: Any
) -> None:
    job = await site.job(content=picture(1, 200, 300))
    async with watched(browser, site.base, viewport=viewport) as page:
        await look(page, site, job)
        parts = [sheet(page), page.locator("[data-bar]"), page.locator(".viewer-actions")]
        before = [await box(each) for each in parts]
        await site.running(job)
        await site.progress(job, 43, picture(1, 64, 96, ".jpg"))
        await expect(page.locator("[data-picture]")).to_have_attribute("src", re.compile("preview"))
        await expect(page.locator(".viewer-state")).to_contain_text("left")
        assert [await box(each) for each in parts] == before
        if viewport is LAPTOP:  # where nothing else is in sight
            assert await page.evaluate(SHIFT) < 0.01


@pytest.mark.parametrize("density", [1, 2])
async def test_a_click_shows_real_pixels_at_that_point_and_another_the_whole_picture(
    site: Served, browser: Browser, density: int
) -> None:
    result = noise(1500, 2000)
    job = await finished(site, result)
    async with watched(
        browser, site.base, viewport={"width": 901, "height": 777}, device_scale_factor=density
    ) as page:
        await look(page, site, job)
        whole = x, y, width, height = await box(sheet(page))
        at = x + width * 0.3, y + height * 0.6
        await page.mouse.click(*at)
        await expect(scale(page)).to_have_text("100 %")
        await expect(page.locator("img.full")).to_have_js_property("naturalWidth", 2000)
        left, top, *_ = await box(sheet(page))
        assert (at[0] - left) * density == pytest.approx(2000 * 0.3, abs=4)
        assert (at[1] - top) * density == pytest.approx(1500 * 0.6, abs=4)
        clip: Any = {"x": round(at[0]) - 40, "y": round(at[1]) - 30, "width": 80, "height": 60}
        shot = np.asarray(Image.open(io.BytesIO(await page.screenshot(clip=clip))).convert("RGB"))
        column, row = (round((clip[a] - b) * density) for a, b in (("x", left), ("y", top)))
        pixels = np.asarray(Image.open(io.BytesIO(result)))
        assert any(  # the browser may round the other way
            np.array_equal(shot, pixels[y : y + 60 * density, x : x + 80 * density])
            for y in (row - 1, row, row + 1)
            for x in (column - 1, column, column + 1)
        )
        await page.mouse.click(*at)
        assert await box(sheet(page)) == whole


async def test_a_small_picture_is_enlarged_by_whole_pixels(page: Page, site: Served) -> None:
    job = await finished(site)  # 341 px on a stage of a thousand
    await look(page, site, job)
    await expect(scale(page)).to_contain_text("%")
    await page.keyboard.press("z")
    await expect(page.locator("img.full")).to_be_visible()
    percent = int((await scale(page).inner_text()).removesuffix(" %"))
    assert percent % 100 == 0 and percent >= 200


async def test_a_zoomed_picture_is_moved_by_mouse_and_keys_but_not_beyond_its_edge(
    page: Page, site: Served
) -> None:
    job = await finished(site, noise(1500, 2000))
    await look(page, site, job)
    pane = page.get_by_role("group", name="The picture. Enter zooms")
    await pane.focus()
    await page.keyboard.press("Enter")
    await expect(scale(page)).to_have_text("100 %")
    x, y, *_ = await box(sheet(page))
    at = await middle(pane)
    await page.mouse.move(*at)
    await page.mouse.down()
    await page.mouse.move(at[0] + 30, at[1] - 20, steps=3)
    await page.mouse.up()
    assert (await box(sheet(page)))[:2] == (x + 30, y - 20)
    await expect(scale(page)).to_have_text("100 %")  # that was no click
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    assert (await box(sheet(page)))[:2] == (x - 50, y - 100)
    for _ in range(40):
        await page.keyboard.press("ArrowLeft")
    assert (await box(sheet(page)))[0] == (await box(pane))[0]
    assert page.url.endswith(job.id)


async def test_the_wheel_zooms_at_the_pointer_and_scrolls_the_page_otherwise(
    page: Page, site: Served
) -> None:
    job = await finished(site, noise(900, 1200))
    await look(page, site, job)
    before = await scale(page).inner_text()
    await page.mouse.move(*await middle(sheet(page)))
    await page.mouse.wheel(0, 300)
    await expect(page.get_by_role("heading", level=1)).not_to_be_in_viewport()
    await expect(scale(page)).to_have_text(before)
    await page.evaluate("scrollTo(0, 0)")
    await page.keyboard.down("Control")
    await page.mouse.wheel(0, -100)
    await page.keyboard.up("Control")
    await expect(scale(page)).not_to_have_text(before)
    await page.mouse.wheel(0, 500)  # zoomed, it needs no key
    await page.mouse.wheel(0, 500)
    await page.mouse.wheel(0, 500)
    await page.mouse.wheel(0, 500)
    await expect(scale(page)).to_have_text(before)


async def test_two_fingers_zoom_and_one_moves(site: Served, browser: Browser) -> None:
    job = await finished(site, noise(900, 1200))
    async with watched(browser, site.base, viewport=PHONE, has_touch=True) as page:
        await look(page, site, job)
        touch = await page.context.new_cdp_session(page)
        x, y = await middle(sheet(page))
        width = (await box(sheet(page)))[2]

        async def send(kind: str, *points: tuple[float, float]) -> None:
            told = [{"x": at[0], "y": at[1], "id": n} for n, at in enumerate(points)]
            await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

        await send("touchStart", (x - 20, y), (x + 20, y))
        for apart in (25, 30, 40):
            await send("touchMove", (x - apart, y), (x + apart, y))
        await send("touchEnd")
        assert (await box(sheet(page)))[2] == pytest.approx(2 * width, rel=0.1)
        left = (await box(sheet(page)))[0]
        await send("touchStart", (x, y))
        await send("touchMove", (x + 15, y))
        await send("touchMove", (x + 30, y))
        await send("touchEnd")
        assert (await box(sheet(page)))[0] == pytest.approx(left + 30, abs=1)


DRAGGED = """element => element.dispatchEvent(
    new DragEvent("dragstart", { bubbles: true, cancelable: true }))"""
UNDER = (
    "([x, y]) => document.elementFromPoint(x, y).className || document.elementFromPoint(x, y).src"
)


async def test_nothing_lies_over_the_picture_for_the_mouse(page: Page, site: Served) -> None:
    job = await finished(site)
    await look(page, site, job)
    await expect(page.locator("img.full")).to_be_attached()
    x, y, width, height = await box(sheet(page))
    assert await page.evaluate(UNDER, [x + width / 2, y + height / 2]) == "full"
    assert await page.locator("img.full").evaluate(DRAGGED)  # the browser drags the picture
    await page.keyboard.press("c")
    await expect(handle(page)).to_be_visible()
    sides = [await page.evaluate(UNDER, [x + width * at, y + height / 3]) for at in (0.2, 0.8)]
    assert sides == ["other", "full"]
    await page.keyboard.press("z")
    assert not await page.locator("img.full").evaluate(DRAGGED)  # it is moved instead


# Comparison


async def test_a_handle_compares_with_the_photo_by_mouse_and_keys(page: Page, site: Served) -> None:
    job = await finished(site)
    await look(page, site, job)
    photo = page.get_by_role("button", name="Photo", exact=True)
    await photo.click()
    await expect(photo).to_have_attribute("aria-pressed", "true")
    await expect(handle(page)).to_have_attribute("aria-valuetext", "50 % of The photo")
    await handle(page).focus()
    for key, value in [("ArrowRight", 55), ("PageUp", 75), ("End", 100), ("Home", 0), ("Home", 0)]:
        await page.keyboard.press(key)
        await expect(handle(page)).to_have_attribute("aria-valuenow", str(value))
    x, y, width, height = await box(sheet(page))
    start = await middle(handle(page))
    assert start[0] == pytest.approx(x, abs=1)
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.7, y + height / 2, steps=4)
    await page.mouse.up()
    await expect(handle(page)).to_have_attribute("aria-valuenow", "70")
    clip = "e => parseFloat(e.style.clipPath.split(' ')[1])"
    other = page.locator("img.other")
    assert await other.evaluate(clip) == pytest.approx(30, abs=0.5)
    await page.keyboard.press("z")  # the edge stays below the handle
    rest = await other.evaluate(clip)
    left, _, width, _ = await box(sheet(page))
    assert left + width * (1 - rest / 100) == pytest.approx((await middle(handle(page)))[0], abs=1)
    await photo.click()
    await expect(handle(page)).to_be_hidden()


async def test_two_pictures_side_by_side_have_the_same_zoom_and_place(
    page: Page, site: Served
) -> None:
    first = await finished(site, content=picture(5, 300, 400), content_name="lion")
    job = await finished(site, noise(900, 1200))
    await look(page, site, job)
    await page.get_by_role("button", name="Another…").click()
    await expect(page.get_by_role("button", name="lion × painting")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-tag=other]")).to_have_text("lion × painting")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Another…")).to_be_focused()
    await page.get_by_role("button", name="Side by side").click()
    await expect(handle(page)).to_be_hidden()
    one, other = await box(sheet(page)), await box(sheet(page, "other"))
    assert one[0] + one[2] <= other[0] and one[1:] == pytest.approx(other[1:], abs=1)
    await page.mouse.click(one[0] + one[2] * 0.25, one[1] + one[3] * 0.5)
    await expect(scale(page)).to_have_text("100 %")
    one, other = await box(sheet(page)), await box(sheet(page, "other"))
    assert one[2:] == pytest.approx(other[2:], abs=1)
    start = await middle(page.locator("[data-pane=other]"))
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move(start[0] - 25, start[1], steps=2)
    await page.mouse.up()
    assert (await box(sheet(page)))[0] == pytest.approx(one[0] - 25, abs=1)
    assert (await box(sheet(page, "other")))[0] == pytest.approx(other[0] - 25, abs=1)
    source = page.locator("img.other")
    await expect(source).to_have_attribute("src", re.compile(f"/api/jobs/{first.id}/result"))


async def test_a_painting_of_another_shape_is_shown_beside_the_picture(
    page: Page, site: Served
) -> None:
    await look(page, site, await finished(site))
    await page.get_by_role("button", name="Painting", exact=True).click()
    await expect(page.get_by_role("button", name="Side by side")).to_have_attribute(
        "aria-pressed", "true"
    )
    _, _, width, height = await box(sheet(page, "other"))
    assert width / height == pytest.approx(64 / 80, rel=0.01)


# Keys


async def test_arrows_go_through_the_gallery_and_escape_leads_back_to_it(
    page: Page, site: Served
) -> None:
    old, job, new = [await finished(site) for _ in range(3)]
    await look(page, site, job)
    await page.keyboard.press("ArrowRight")
    await page.wait_for_url(f"**/jobs/{old.id}")
    await expect(page.locator("[data-bar]")).to_be_visible()
    await page.keyboard.press("ArrowLeft")
    await page.wait_for_url(f"**/jobs/{job.id}")
    await page.get_by_role("link", name="Previous picture").click()
    await page.wait_for_url(f"**/jobs/{new.id}")
    await expect(page.locator("[data-bar]")).to_be_visible()
    await page.keyboard.press("z")
    await page.keyboard.press("c")
    await expect(handle(page)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Zoom")).to_have_attribute("aria-pressed", "false")
    await page.keyboard.press("Escape")
    await expect(handle(page)).to_be_hidden()
    await page.keyboard.press("Escape")
    await page.wait_for_url(f"{site.base}/#gallery")


async def test_full_screen_stays_while_going_to_the_next_picture(page: Page, site: Served) -> None:
    old, job = [await finished(site, noise(900, 1200)) for _ in range(2)]
    await look(page, site, job)
    await page.evaluate(MARK)
    full = page.locator("[data-viewer-frame]:fullscreen")
    await page.keyboard.press("f")
    await expect(full).to_have_count(1)
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("[data-viewer]")).to_have_attribute(
        "data-result", f"/api/jobs/{old.id}/result"
    )
    await expect(full).to_have_count(1)
    assert await page.evaluate("window.marked")
    await page.keyboard.press("z")
    await expect(scale(page)).to_have_text("100 %")
    await page.keyboard.press("f")  # the page is that of the picture now
    await page.wait_for_url(f"**/jobs/{old.id}")


async def test_d_and_the_links_download_the_picture(page: Page, site: Served) -> None:
    job = await finished(site)
    await look(page, site, job)
    async with page.expect_download() as download:
        await page.keyboard.press("d")
    saved = await (await download.value).path()
    assert saved.read_bytes() == site.queue.files(job).result.read_bytes()
    for kind in ("JPEG", "WebP"):
        async with page.expect_download() as download:
            await page.get_by_role("link", name=f"Download {kind}").click()
        assert Image.open(await (await download.value).path()).format == kind.upper()


async def test_letters_can_be_switched_off_and_stay_so(page: Page, site: Served) -> None:
    await look(page, site, await finished(site))
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    await expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    await dialog.get_by_label("Letters are keys").uncheck()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.reload()
    zoom = page.get_by_role("button", name="Zoom")
    await expect(zoom).to_be_visible()
    await page.keyboard.press("z")
    await expect(zoom).to_have_attribute("aria-pressed", "false")
    await zoom.click()
    await expect(zoom).to_have_attribute("aria-pressed", "true")


# The way it took


async def test_a_slider_goes_through_the_pictures_on_the_way(page: Page, site: Served) -> None:
    job = await finished(site)
    await look(page, site, job)
    scrub = page.get_by_role("slider", name="The picture on its way")
    await expect(scrub).to_have_attribute("aria-valuetext", "Result")
    await scrub.focus()
    await page.keyboard.press("Home")
    await expect(scrub).to_have_attribute("aria-valuetext", "Start")
    shown = page.locator("[data-pane=picture] img.frame")
    await expect(shown).to_have_attribute("src", re.compile("/pictures/start"))
    await page.keyboard.press("End")
    await page.keyboard.press("ArrowLeft")
    await expect(scrub).to_have_attribute("aria-valuetext", "80 %")
    await expect(shown).to_have_attribute("src", re.compile("/pictures/snapshot-80"))
    await expect(shown).to_have_count(1)
    await page.keyboard.press("Escape")
    await page.keyboard.press("End")
    await expect(shown).to_have_count(0)


# Counts the pauses of the film, and makes them short.
QUICK = """const later = setTimeout;
window.pauses = [];
window.setTimeout = (act, wait) => {
    window.pauses.push(wait);
    return later(act, wait === 600 || wait === 1500 ? 10 : wait);
};"""


@pytest.mark.parametrize(("motion", "pace"), [("no-preference", 600), ("reduce", 1500)])
async def test_it_plays_as_a_film_up_to_the_result(
    site: Served, browser: Browser, motion: Any, pace: int
) -> None:
    job = await finished(site)
    async with watched(browser, site.base, init=QUICK, reduced_motion=motion) as page:
        await look(page, site, job)
        await page.get_by_role("button", name="Play how it was painted").click()
        play = page.locator("[data-play]")
        await expect(play).to_have_attribute("aria-pressed", "false")
        scrub = page.get_by_role("slider", name="The picture on its way")
        await expect(scrub).to_have_attribute("aria-valuetext", "Result")
        await expect(page.locator("img.frame")).to_have_count(0)
        pauses = await page.evaluate("window.pauses")
        assert pauses.count(pace) == int(await scrub.get_attribute("max") or 0) == 5


# While it is painted


async def test_a_picture_is_followed_to_its_result_without_a_reload(
    page: Page, site: Served
) -> None:
    job = await site.job()
    await site.running(job)
    await look(page, site, job)
    await page.evaluate(MARK)
    await site.progress(job, 43)
    state = page.locator(".viewer-state")
    await expect(state).to_contain_text("left")
    assert len(re.findall(r"\d+", await state.inner_text())) == 1  # one number
    await expect(state.get_by_role("button", name="Cancel")).to_be_visible()
    scrub = page.get_by_role("slider", name="The picture on its way")
    await expect(scrub).to_have_attribute("aria-valuetext", "Now")
    await site.finish(job)
    await expect(state).to_contain_text("done in")
    await expect(state.get_by_role("button", name="Cancel")).to_be_hidden()
    await expect(page.locator("img.full")).to_have_js_property("naturalWidth", 341)
    await expect(page.get_by_role("link", name="Download PNG")).to_be_visible()
    await expect(page.get_by_role("button", name="Variation")).to_be_visible()
    await expect(scrub).to_have_attribute("aria-valuetext", "Result")
    assert await page.evaluate("window.marked")


async def test_cancel_ends_it_in_its_place(page: Page, site: Served) -> None:
    job = await site.job()
    await look(page, site, job)
    cancel = page.locator(".viewer-state").get_by_role("button", name="Cancel")
    await cancel.click()
    await expect(page.locator(".viewer-state")).to_contain_text("cancelled")
    await expect(cancel).to_be_hidden()


# Further pictures


CHANGES: dict[str, Callable[[Settings, Settings], bool]] = {
    "Variation": lambda old, new: replace(new, seed=old.seed) == old and new.seed != old.seed,
    "Larger": lambda old, new: new == replace(old, levels=2),
    "Stronger": lambda old, new: new == replace(old, realism=0.25),
    "Weaker": lambda old, new: new == replace(old, realism=0.75),
}


async def test_buttons_make_another_picture_and_lead_to_it(page: Page, site: Served) -> None:
    asked = Settings(levels=1, iterations=3, realism=0.5, seed=5)
    job = await finished(site, settings=asked)
    for name, changed in CHANGES.items():
        await look(page, site, job)
        await page.get_by_role("button", name=name).click()
        await page.wait_for_url(lambda url: not url.endswith(job.id))
        made = site.queue.all()[-1]
        assert page.url == f"{site.base}/jobs/{made.id}"
        assert changed(asked, made.request.settings), name


async def test_a_button_that_can_do_nothing_says_why(page: Page, site: Served) -> None:
    job = await finished(site, settings=Settings(levels=MAX_LEVELS, iterations=3))
    await look(page, site, job)
    larger = page.get_by_role("button", name="Larger")
    await expect(larger).to_be_disabled()
    await expect(larger).to_have_accessible_description("This is the largest size.")
    await larger.click(force=True)
    await expect(page.locator(".toast")).to_have_text("This is the largest size.")
    assert site.queue.all() == [job]


async def test_what_the_lab_refuses_is_told(site: Served, browser: Browser) -> None:
    job = await finished(site)
    async with watched(browser, site.base, expected="422 (Unprocessable") as page:
        await look(page, site, job)
        site.queue.files(job).source("content").unlink()
        await page.get_by_role("button", name="Variation").click()
        await expect(page.get_by_role("alert")).to_contain_text("was removed")
        assert page.url.endswith(job.id)


def carrying(settings: dict[str, Any]) -> bytes:
    """A small PNG that carries settings as a result does."""
    buffer, info = io.BytesIO(), PngInfo()
    info.add_text(KEY, json.dumps({"settings": settings}))
    Image.new("RGB", (4, 4)).save(buffer, "png", pnginfo=info)
    return buffer.getvalue()


RESULT = Settings(
    levels=3, realism=0.45, seed=2**63 - 1, colors="photo", noise="spots16", iterations=77
).as_dict()


async def loaded(page: Page) -> None:
    """Check that the form has the settings of `RESULT`."""
    await expect(page.get_by_label("Size", exact=True)).to_have_value("3")
    await expect(page.locator("#realism")).to_have_value("0.45")
    await expect(page.locator("#seed")).to_have_value(str(2**63 - 1))
    await expect(page.locator("#colors")).to_have_value("photo")
    await expect(page.locator("#noise")).to_have_value("spots16")
    await expect(page.locator("#iterations")).to_have_value("77")
    await expect(page.locator("#noise_factor")).to_have_value("")


async def test_a_result_that_is_dropped_beside_the_form_fills_it(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", (carrying(RESULT), "picture.png"))
    await loaded(page)
    slider = page.get_by_role("slider", name="more photo")
    await expect(slider).to_have_value("0.45")
    await drop(page, "h1", (picture(1), "lion.png"))  # any other picture is a picture
    await expect(page.locator("[data-source=content]")).to_contain_text("lion.png")


async def test_a_result_that_is_dropped_on_another_page_opens_the_form(
    page: Page, site: Served
) -> None:
    await look(page, site, await finished(site))
    await drop(page, ".stage", (picture(1), "lion.png"))
    await expect(page.locator(".toast")).to_contain_text("carries no settings")
    levels = [{"spots": 9, "central": 0.3, "peripheral": 0.2, "dispersion": 0.5}]
    result = carrying({**RESULT, "noise_levels": levels})
    await drop(page, ".stage", (result, "picture.png"))
    await page.wait_for_url(f"{site.base}/")
    await loaded(page)
    await expect(page.locator("#noise_levels")).to_have_value("9:0.3:0.2:0.5")


# Everybody


async def test_without_a_script_the_picture_and_its_links_are_there(
    site: Served, browser: Browser
) -> None:
    job = await finished(site)
    async with watched(browser, site.base, java_script_enabled=False) as page:
        await page.goto(f"{site.base}/jobs/{job.id}")
        shown = page.locator("[data-picture]")
        await expect(shown).to_be_in_viewport(ratio=1)
        for name in ("Photo", "Painting", "Download PNG"):
            await expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
        await expect(page.locator("[data-bar]")).to_be_hidden()
        await page.get_by_role("button", name="Variation").click()
        await page.wait_for_url(lambda url: not url.endswith(job.id))


async def violations(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "dark"), (LAPTOP, "light")])
async def test_it_is_accessible_however_it_is_used(
    site: Served, browser: Browser, viewport: Any, scheme: Any
) -> None:
    await finished(site)
    job = await finished(site, settings=replace(SMALL, levels=MAX_LEVELS))
    running = await site.job()
    await site.running(running)
    await site.progress(running, 43)
    async with watched(
        browser, site.base, viewport=viewport, color_scheme=scheme, reduced_motion="reduce"
    ) as page:
        await look(page, site, running)
        assert await violations(page) == []
        await look(page, site, job)
        await page.keyboard.press("c")
        await expect(handle(page)).to_be_visible()
        await page.get_by_role("button", name="Another…").click()
        await page.locator("[data-others] button").first.click()
        await expect(page.locator("[data-tag=other]")).to_have_text("photo × painting")
        assert await violations(page) == []
        await page.get_by_role("button", name="Side by side").click()
        await page.keyboard.press("z")
        await page.keyboard.press("?")
        assert await violations(page) == []
