"""Several paintings in the form, in a real Chromium: choosing them, their shares, their order."""

from __future__ import annotations

import io
import json
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.async_api import Browser, FilePayload, Page, expect
from tests.browser import BEYOND, PHONE, Served, ask, drop, kept, paste, violations, watched, zone
from tests.jobs import PAINTING, PHOTO, SMALL, picture

from artstyle.jobs import Job
from artstyle.pictures.png import KEY
from artstyle.roles import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

LION, STARS = (PHOTO, "lion.png"), (PAINTING, "starry_night.png")
WAVES, POND = (picture(3, 64, 64), "waves.png"), (picture(4, 72, 64), "pond.png")


def pixels(data: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def assert_holds(site: Served, job: Job, role: Role, data: bytes) -> None:
    """Check that a job has a picture in a role, pixel by pixel."""
    stored = site.queue.files(job).source(role).read_bytes()
    assert np.array_equal(pixels(stored), pixels(data))


async def add(page: Page) -> None:
    await page.get_by_role("button", name="Add a painting").click()


async def test_files_that_are_dropped_at_once_are_a_photo_and_its_paintings(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS, WAVES)
    await expect(zone(page, "style_2")).to_contain_text("waves.png · 64×64")
    await expect(page.locator("#name-of-result")).to_have_value("Lion × Starry night + Waves")
    job = await ask(page, site)
    assert list(job.request.sources) == ["content", "style", "style_2"]
    assert_holds(site, job, "style", STARS[0])
    assert_holds(site, job, "style_2", WAVES[0])
    assert job.request.settings.style_weights is None  # as much of each


async def test_four_paintings_are_the_most(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS, WAVES, POND, STARS, WAVES)
    await expect(zone(page, "style_4")).to_contain_text("starry_night.png")
    await expect(page.get_by_role("button", name="Add a painting")).to_be_disabled()
    await expect(page.locator("[data-toasts]")).to_contain_text("4 paintings are the most")


async def test_a_painting_is_added_by_keyboard_and_pasted_into_its_place(
    page: Page, site: Served
) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS)
    await page.get_by_role("button", name="Add a painting").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#style_2")).to_be_focused()
    await paste(page, WAVES)
    await expect(zone(page, "style_2")).to_contain_text("waves.png")
    await expect(zone(page, "content")).to_contain_text("lion.png")


async def test_sliders_share_a_hundred_percent(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await expect(page.get_by_role("slider", name="Share")).to_have_count(0)
    await add(page)
    await zone(page, "style_2").get_by_role("radio", name="cubist").check(force=True)
    await add(page)
    await drop(page, "[data-source=style_3] [data-drop]", WAVES)
    sliders = page.get_by_role("slider", name="Share")
    await expect(sliders.first).to_have_value("33")
    await sliders.first.fill("60")
    for at, share in enumerate(("60", "20", "20")):
        await expect(sliders.nth(at)).to_have_value(share)
        await expect(sliders.nth(at)).to_have_attribute("aria-valuetext", f"{share} % of the style")
    await expect(zone(page, "style")).to_contain_text("60 %")
    job = await ask(page, site)
    assert job.request.settings.style_weights == (60, 20, 20)
    assert [each.name for each in job.request.styles] == ["stained_glass", "cubist", "painting"]


async def test_typed_weights_move_the_sliders(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS, WAVES)
    await page.get_by_text("More settings").click()
    await page.locator("#style_weights").fill("3,1")
    await expect(page.get_by_role("slider", name="Share").last).to_have_value("25")
    await zone(page, "style_2").get_by_role("button", name="Remove this painting").click()
    await expect(page.locator("#style_weights")).to_have_value("")


async def test_loaded_settings_of_other_paintings_are_left_out(page: Page, site: Served) -> None:
    info = PngInfo()
    loaded = {
        "realism": 0.9,
        "style_weights": [2.0, 1.0],
        "style_crop": [[0, 0, 0.5, 1], [0, 0, 1, 1]],
    }
    info.add_text(KEY, json.dumps({"settings": loaded}))
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "PNG", pnginfo=info)
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS)
    await drop(page, "footer", (file.getvalue(), "result.png"))
    await expect(page.locator("#realism")).to_have_value("0.9")
    await expect(page.locator("#style_weights")).to_have_value("")
    await expect(page.locator("#style_crop")).to_have_value("0,0,0.5,1")


async def test_a_removed_painting_gives_its_place_to_the_next(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS, WAVES, POND)
    await page.get_by_role("slider", name="Share").first.fill("60")
    await zone(page, "style").get_by_role("button", name="Remove this painting").click()
    await expect(zone(page, "style")).to_contain_text("waves.png")
    await expect(zone(page, "style_2")).to_contain_text("pond.png")
    await expect(zone(page, "style_3")).to_be_hidden()
    await expect(page.get_by_role("button", name="Add a painting")).to_be_focused()
    job = await ask(page, site)
    assert_holds(site, job, "style", WAVES[0])
    assert_holds(site, job, "style_2", POND[0])
    assert job.request.settings.style_weights is None  # 20 % and 20 %


async def test_an_empty_place_between_paintings_is_closed(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await add(page)
    await add(page)
    await drop(page, "[data-source=style_3] [data-drop]", WAVES)
    job = await ask(page, site)
    assert list(job.request.sources) == ["content", "style", "style_2"]
    assert_holds(site, job, "style_2", WAVES[0])


async def test_a_reload_keeps_the_paintings_and_their_shares(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS, WAVES)
    await add(page)
    await zone(page, "style_3").get_by_role("radio", name="woodcut").check(force=True)
    await page.get_by_role("slider", name="Share").first.fill("50")
    await kept(page, 3)
    await page.reload()
    await expect(zone(page, "style_2")).to_contain_text("waves.png · 64×64")
    await expect(zone(page, "style_3").get_by_role("radio", name="woodcut")).to_be_checked()
    await expect(page.get_by_role("slider", name="Share").last).to_have_value("25")
    await expect(zone(page, "style_4")).to_be_hidden()


async def test_a_repeated_job_brings_its_paintings(page: Page, site: Served) -> None:
    further: dict[Role, bytes] = {"style_2": WAVES[0], "style_3": POND[0]}
    first = await site.job(further=further, settings=SMALL)
    await page.goto(f"{site.base}/?again={first.id}")
    await expect(zone(page, "style_3")).to_be_visible()
    await zone(page, "style_3").get_by_role("button", name="Remove this painting").click()
    again = await ask(page, site)
    assert list(again.request.sources) == ["content", "style", "style_2"]
    assert_holds(site, again, "style_2", WAVES[0])


async def test_without_javascript_more_paintings_are_fields(site: Served, browser: Browser) -> None:
    async with watched(browser, site.base, java_script_enabled=False) as page:
        await page.goto(site.base)
        await page.get_by_text("More paintings").click()
        waves: FilePayload = {"name": "w.png", "mimeType": "image/png", "buffer": WAVES[0]}
        await page.locator("#style_2").set_input_files(waves)
        await expect(page.get_by_role("button", name="Use a part")).to_have_count(0)
        job = await ask(page, site)
        assert_holds(site, job, "style_2", WAVES[0])


async def test_many_paintings_fit_a_phone(site: Served, browser: Browser) -> None:
    async with watched(browser, site.base, viewport=PHONE) as page:
        await page.goto(site.base)
        await drop(page, "h1", LION, STARS, WAVES, POND, STARS)
        await expect(zone(page, "style_4")).to_contain_text("starry_night.png")
        assert await page.evaluate(BEYOND) <= 0
        assert await violations(page) == []
