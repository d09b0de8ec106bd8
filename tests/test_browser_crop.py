"""The part of a painting that is used, in a real Chromium."""

from __future__ import annotations

import base64
import io

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Browser, Page, expect
from tests.browser import BEYOND, PHONE, Served, ask, drag, drop, kept, violations, watched, zone
from tests.jobs import PAINTING, PHOTO, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

LION, STARS = (PHOTO, "lion.png"), (PAINTING, "starry_night.png")
WAVES = (picture(3, 64, 64), "waves.png")
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def stripes() -> bytes:
    """A square painting of 128 px with stripes 16 px wide, black and white."""
    row = np.tile(np.repeat(np.array([0, 255], np.uint8), 16), 4)
    return cv2.imencode(".png", np.tile(row, (128, 1)))[1].tobytes()


async def begin(page: Page, role: str = "style") -> None:
    """Open the frame on a painting."""
    await zone(page, role).get_by_role("button", name="part", exact=False).click()
    await expect(page.locator("[data-crop] .rectangle")).to_be_focused()


async def use(page: Page) -> None:
    await page.locator("[data-crop-done]").click()


async def keys(page: Page, *names: str, times: int) -> None:
    for name in names * times:
        await page.keyboard.press(name)


async def test_a_part_is_chosen_with_keys_alone(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS)
    await begin(page)
    await keys(page, "Shift+ArrowLeft", "Shift+ArrowUp", times=20)
    await keys(page, "ArrowRight", times=5)
    told = "Left 10 %, top 0 %, width 60 %, height 60 %"
    await expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()
    await use(page)
    await expect(zone(page, "style").locator("[data-veil]")).to_be_visible()
    job = await ask(page, site)
    assert job.request.settings.style_crop == ((0.1, 0, 0.6, 0.6),)


async def test_a_corner_is_moved_with_keys(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS)
    await begin(page)
    await page.get_by_role("button", name="Top left corner").first.focus()
    await keys(page, "ArrowRight", "ArrowDown", times=10)
    await use(page)
    await expect(page.locator("#style_crop")).to_have_value("0.2,0.2,0.8,0.8")


async def test_a_frame_is_dragged_by_its_edges_its_corners_and_its_inside(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS)
    await begin(page)
    board = page.locator("[data-crop-board]")
    place = page.locator("[data-crop-place]")
    await drag(page, board, (0.999, 0.5), (0.6, 0.5))
    await expect(place).to_have_text("Left 0 %, top 0 %, width 60 %, height 100 %")
    await drag(page, board, (0.6, 0.999), (0.5, 0.5))
    await expect(place).to_have_text("Left 0 %, top 0 %, width 50 %, height 50 %")
    await drag(page, board, (0.2, 0.2), (0.3, 0.4))
    await expect(place).to_have_text("Left 10 %, top 20 %, width 50 %, height 50 %")
    await drag(page, board, (0.9, 0.9), (0.65, 0.7))  # a new one, from outside
    await expect(place).to_have_text("Left 65 %, top 70 %, width 25 %, height 20 %")
    await drag(page, board, (0.7, 0.8), (0.999, 0.999))  # stays on the painting
    await expect(place).to_have_text("Left 75 %, top 80 %, width 25 %, height 20 %")


async def test_each_painting_has_a_part_of_its_own(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS, WAVES)
    await begin(page, "style_2")
    await keys(page, "Shift+ArrowLeft", times=25)
    await use(page)
    await expect(page.locator("#style_crop")).to_have_value("0,0,1,1/0,0,0.5,1")
    await kept(page, 3)
    await page.reload()
    await expect(zone(page, "style_2").locator("[data-veil]")).to_be_visible()
    await zone(page, "style").get_by_role("button", name="Remove this painting").click()
    job = await ask(page, site)
    assert job.request.settings.style_crop == ((0, 0, 0.5, 1),)
    await begin(page)
    await page.get_by_role("button", name="The whole painting").click()
    await use(page)
    assert (await ask(page, site)).request.settings.style_crop is None


async def test_another_painting_is_used_whole(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS)
    await begin(page)
    await keys(page, "Shift+ArrowLeft", times=25)
    await use(page)
    await drop(page, "[data-source=style] [data-drop]", WAVES)
    await expect(page.locator("#style_crop")).to_have_value("")
    await expect(zone(page, "style").locator("[data-veil]")).to_be_hidden()


async def stripe(page: Page) -> float:
    """How wide a stripe is in the preview, where the photo is 480 px high."""
    await page.evaluate(FRAMES)
    script = "document.querySelector('[data-crop-preview]').toDataURL().split(',')[1]"
    image = Image.open(io.BytesIO(base64.b64decode(await page.evaluate(script)))).convert("L")
    assert image.size == (640, 480)
    row = np.asarray(image)[240] > 127
    changes = np.flatnonzero(np.diff(row[191:449]))  # within the patch
    return float(np.median(np.diff(changes)))


async def test_the_preview_shows_the_strokes_in_their_size(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, (stripes(), "stripes.png"))
    await expect(zone(page, "style")).to_contain_text("128×128")
    await begin(page)
    scale = float(await page.locator("#style_scale").get_attribute("placeholder") or 0)
    whole = 480 * scale * 16 / 128  # the painting is as high as the photo times the scale
    assert await stripe(page) == pytest.approx(whole, abs=1.5)
    await keys(page, "Shift+ArrowLeft", "Shift+ArrowUp", times=25)
    assert await stripe(page) == pytest.approx(2 * whole, abs=1.5)
    slider = page.locator("[data-crop-scale]")
    await slider.focus()
    await keys(page, "ArrowLeft", times=4)  # a power of two
    assert await stripe(page) == pytest.approx(whole, abs=1.5)
    await page.keyboard.press("Escape")
    assert float(await page.locator("#style_scale").input_value()) == pytest.approx(scale / 2)


async def test_the_frame_is_accessible_and_fits(site: Served, browser: Browser) -> None:
    async with watched(browser, site.base, viewport=PHONE, color_scheme="dark") as page:
        await page.goto(site.base)
        await begin(page)
        assert await violations(page) == []
        assert await page.evaluate(BEYOND) <= 0
        await expect(page.locator("[data-crop-done]")).to_be_in_viewport(ratio=1)
