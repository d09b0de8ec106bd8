"""The brush in a real Chromium: what is marked on the photo arrives as masks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect
from tests.browser import BEYOND, PHONE, Served, ask, drag, drop, kept, violations, watched, zone
from tests.jobs import PAINTING, PHOTO, SMALL, mask, picture

from artstyle.jobs import Job
from artstyle.roles import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

LION, STARS = (PHOTO, "lion.png"), (PAINTING, "starry_night.png")
WAVES = (picture(3, 64, 64), "waves.png")


def board(page: Page) -> Locator:
    return page.locator("[data-brush-board]")


async def begin(page: Page, site: Served, *more: tuple[bytes, str]) -> None:
    """Open the editor on a photo."""
    await page.goto(site.base)
    await drop(page, "h1", LION, STARS, *more)
    await expect(zone(page, "content")).to_contain_text("96×72")
    await press(page, "Paint only a part")


async def press(page: Page, *names: str) -> None:
    for name in names:
        await page.get_by_role("button", name=name, exact=True).click()


def marks(site: Served, job: Job, role: Role = "mask") -> Any:
    """A mask that a job has, as white or not."""
    stored = Image.open(site.queue.files(job).source(role)).convert("L")
    return np.asarray(stored) > 127


def at(mask: Any, *places: tuple[float, float]) -> Sequence[bool]:
    """Whether a mask is white in places, given in shares."""
    height, width = mask.shape
    return [bool(mask[int(y * height), int(x * width)]) for x, y in places]


async def test_a_stroke_is_what_is_painted(page: Page, site: Served) -> None:
    await begin(page, site)
    await drag(page, board(page), (0.2, 0.5), (0.8, 0.5))
    await press(page, "Use it")
    await expect(zone(page, "content").locator("[data-veil]")).to_be_visible()
    mask = marks(site, await ask(page, site))
    assert mask.shape == (768, 1024)
    assert at(mask, (0.2, 0.5), (0.5, 0.5), (0.8, 0.5)) == [True] * 3
    assert at(mask, (0.05, 0.5), (0.95, 0.5), (0.5, 0.3), (0.5, 0.7)) == [False] * 4
    # 11 % of the longer side, from 0.2 to 0.8 of it, with two half discs at the ends
    width = 0.11 * 1024
    assert mask.sum() == pytest.approx(0.6 * 1024 * width + np.pi * (width / 2) ** 2, rel=0.03)


async def test_the_eraser_leaves_the_rest_to_be_painted(page: Page, site: Served) -> None:
    await begin(page, site)
    await press(page, "Eraser")
    await page.keyboard.press("]")
    await drag(page, board(page), (0.5, 0.5), (0.5, 0.5))
    await press(page, "Use it")
    mask = marks(site, await ask(page, site))
    assert at(mask, (0.5, 0.5), (0.1, 0.1), (0.9, 0.9)) == [False, True, True]
    assert (~mask).sum() == pytest.approx(np.pi * (0.13 * 1024 / 2) ** 2, rel=0.03)


async def test_steps_are_undone_and_redone_inverted_and_cleared(page: Page, site: Served) -> None:
    await begin(page, site)
    await drag(page, board(page), (0.2, 0.2), (0.2, 0.2))
    await drag(page, board(page), (0.8, 0.2), (0.8, 0.2))
    await press(page, "Undo a step")
    await press(page, "Invert")
    await expect(page.get_by_role("button", name="Redo a step")).to_be_disabled()
    await page.keyboard.press("Control+z")
    await page.keyboard.press("Control+Shift+z")
    await press(page, "Use it")
    mask = marks(site, await ask(page, site))
    assert at(mask, (0.2, 0.2), (0.8, 0.2), (0.5, 0.8)) == [False, True, True]
    await press(page, "Change the part", "Clear", "Use it")
    assert "mask" not in (await ask(page, site)).request.sources


async def test_a_rectangle_is_marked_with_keys_alone(page: Page, site: Served) -> None:
    await begin(page, site)
    await page.get_by_role("button", name="Rectangle").press("Enter")
    rectangle = page.get_by_role("application", name="The rectangle")
    await expect(rectangle).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowUp"):
        for _ in range(5):
            await page.keyboard.press(key)
    told = "Left 40 %, top 40 %, width 30 %, height 30 %"
    await expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Use it").press("Enter")
    mask = marks(site, await ask(page, site))
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert [rows[0], rows[-1] + 1] == pytest.approx([0.4 * 768, 0.7 * 768], abs=1)
    assert [columns[0], columns[-1] + 1] == pytest.approx([0.4 * 1024, 0.7 * 1024], abs=1)
    assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()


async def test_a_rectangle_is_drawn_with_the_mouse_and_unmarked(page: Page, site: Served) -> None:
    await begin(page, site)
    await press(page, "Rectangle")
    await drag(page, board(page), (0.95, 0.1), (0.75, 0.25))
    await press(page, "Unmark inside", "Use it")
    mask = marks(site, await ask(page, site))
    assert (~mask).sum() == pytest.approx(0.2 * 0.15 * mask.size, rel=0.03)
    assert at(mask, (0.85, 0.2)) == [False]


async def test_a_photo_of_which_nothing_is_painted_is_refused(page: Page, site: Served) -> None:
    await begin(page, site)
    await drag(page, board(page), (0.5, 0.5), (0.5, 0.5))
    await press(page, "Undo a step", "Invert", "Use it")
    await expect(
        page.get_by_role("alert").filter(has_text="Nothing would be painted")
    ).to_be_visible()
    await press(page, "Invert", "Use it")  # marks everything, which is no mask
    await expect(board(page)).to_be_hidden()
    await expect(page.get_by_role("button", name="Paint only a part")).to_be_visible()
    assert "mask" not in (await ask(page, site)).request.sources


async def test_paintings_get_regions_and_one_without_takes_the_rest(
    page: Page, site: Served
) -> None:
    await begin(page, site, WAVES)
    await press(page, "Painting 1 here", "Rectangle")
    await drag(page, board(page), (0, 0), (0.25, 1))
    await press(page, "Mark inside", "Use it")
    job = await ask(page, site)
    assert "mask" not in job.request.sources  # the whole photo is painted
    first, second = marks(site, job, "style_mask"), marks(site, job, "style_mask_2")
    assert first.mean() == pytest.approx(0.25, abs=0.01)
    assert np.array_equal(first, ~second)


async def test_a_place_has_the_painting_that_was_marked_last(page: Page, site: Served) -> None:
    await begin(page, site, WAVES)
    await press(page, "Painting 1 here", "Rectangle")
    await drag(page, board(page), (0, 0), (0.25, 1))
    await press(page, "Mark inside", "Painting 2 here")
    await drag(page, board(page), (0.99, 0.99), (0, 0.5))
    await press(page, "Mark inside", "Use it")
    job = await ask(page, site)
    first, second = marks(site, job, "style_mask"), marks(site, job, "style_mask_2")
    assert at(first, (0.1, 0.1), (0.1, 0.9), (0.9, 0.1)) == [True, False, False]
    assert at(second, (0.1, 0.1), (0.1, 0.9), (0.9, 0.1)) == [False, True, False]


async def test_a_painting_without_a_place_is_refused(page: Page, site: Served) -> None:
    await begin(page, site, WAVES)
    await press(page, "Painting 2 here", "Invert", "Use it")
    await expect(page.get_by_role("alert").filter(has_text="Painting 1")).to_be_visible()


async def test_a_removed_painting_takes_its_region_with_it(page: Page, site: Served) -> None:
    await begin(page, site, WAVES, STARS)
    await press(page, "Painting 3 here", "Rectangle")
    await drag(page, board(page), (0, 0), (0.25, 1))
    await press(page, "Mark inside", "Use it")
    await zone(page, "style_2").get_by_role("button", name="Remove this painting").click()
    job = await ask(page, site)
    assert marks(site, job, "style_mask_2").mean() == pytest.approx(0.25, abs=0.01)
    assert "style_mask_3" not in job.request.sources


async def test_another_photo_drops_the_mask_and_says_so(page: Page, site: Served) -> None:
    await begin(page, site)
    await drag(page, board(page), (0.2, 0.2), (0.2, 0.2))
    await press(page, "Use it")
    await drop(page, "[data-source=content] [data-drop]", WAVES)
    await expect(page.locator("[data-toasts]")).to_contain_text("belonged to the other photo")
    await expect(zone(page, "content").locator("[data-veil]")).to_be_hidden()
    assert "mask" not in (await ask(page, site)).request.sources


async def test_a_reload_keeps_the_mask_until_it_is_removed(page: Page, site: Served) -> None:
    await begin(page, site)
    await drag(page, board(page), (0.2, 0.2), (0.2, 0.2))
    await press(page, "Use it")
    await kept(page, 3)
    await page.reload()
    await expect(zone(page, "content").locator("[data-veil]")).to_be_visible()
    mask = marks(site, await ask(page, site))
    assert at(mask, (0.2, 0.2), (0.8, 0.8)) == [True, False]
    await press(page, "Remove the mask")
    await expect(page.get_by_role("button", name="Paint only a part")).to_be_focused()
    assert "mask" not in (await ask(page, site)).request.sources


async def test_a_repeated_job_brings_its_mask_and_can_lose_it(page: Page, site: Served) -> None:
    first = await site.job(further={"mask": mask(white=48)}, settings=SMALL)
    await page.goto(f"{site.base}/?again={first.id}")
    await expect(page.get_by_role("button", name="Remove the mask")).to_be_visible()
    again = marks(site, await ask(page, site))
    assert at(again, (0.2, 0.5), (0.45, 0.5), (0.55, 0.5)) == [True, True, False]
    await press(page, "Remove the mask")
    assert "mask" not in (await ask(page, site)).request.sources


async def test_escape_asks_before_marks_are_lost(page: Page, site: Served) -> None:
    await begin(page, site)
    await drag(page, board(page), (0.5, 0.5), (0.5, 0.5))
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("alert").filter(has_text="leave once more")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(board(page)).to_be_hidden()
    await expect(page.get_by_role("button", name="Paint only a part")).to_be_focused()


async def test_a_photo_that_cant_be_shown_cant_be_marked(page: Page, site: Served) -> None:
    await page.goto(site.base)
    await page.route("**/api/check*", lambda route: route.fulfill(json={"ok": True}))
    await drop(page, "[data-source=content]", (b"\0\0\0\x18ftypheic" + bytes(99), "IMG_1.HEIC"))
    await expect(page.get_by_role("button", name="Paint only a part")).to_be_disabled()
    await expect(zone(page, "content")).to_contain_text("No part can be chosen")


async def test_a_turned_photo_is_marked_as_it_is_seen(page: Page, site: Served) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6  # seen upright
    file = io.BytesIO()
    Image.open(io.BytesIO(PHOTO)).save(file, "JPEG", exif=tags)
    await page.goto(site.base)
    await drop(page, "h1", (file.getvalue(), "lion.jpg"), STARS)
    await expect(zone(page, "content")).to_contain_text("72×96")
    await press(page, "Paint only a part")
    await drag(page, board(page), (0.5, 0.1), (0.5, 0.1))
    await press(page, "Use it")
    mask = marks(site, await ask(page, site))
    assert mask.shape == (1024, 768)
    assert at(mask, (0.5, 0.1), (0.5, 0.9)) == [True, False]


async def test_a_finger_draws(site: Served, browser: Browser) -> None:
    phone: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    async with watched(browser, site.base, **phone) as page:
        await begin(page, site)
        box = await board(page).bounding_box()
        assert box is not None and box["width"] > 300
        await page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
        await press(page, "Use it")
        mask = marks(site, await ask(page, site))
    assert at(mask, (0.25, 0.25), (0.75, 0.75)) == [True, False]


async def test_the_editor_is_accessible_and_fits(site: Served, browser: Browser) -> None:
    async with watched(browser, site.base, viewport=PHONE) as page:
        await begin(page, site, WAVES)
        assert await violations(page) == []
        await press(page, "Rectangle")
        assert await violations(page) == []
        assert await page.evaluate(BEYOND) <= 0
        await expect(page.get_by_role("button", name="Use it")).to_be_in_viewport(ratio=1)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Paint only a part")).to_be_focused()
