"""Clips in a real Chromium: chosen in the form, painted on a page, played at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from tests import clips
from tests.browser import MARK, PHONE, Served, ask, watched, zone
from tests.jobs import picture, submission

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIZE = "([...document.querySelectorAll('video')].map((v) => [v.videoWidth, v.readyState > 1]))[0]"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return clips.write(tmp_path / "holiday.mp4", clips.pictures(6, 64, 96))


async def finish(site: Served, clip: Path) -> None:
    """Play the last job to its end."""
    job = site.queue.all()[-1]
    await site.running(job)
    site.queue.files(job).result_clip.write_bytes(clip.read_bytes())
    site.queue.files(job).result.write_bytes(picture(3, 64, 96))
    shown = "preview", *(f"snapshot-{percent}" for percent in (20, 40, 60, 80))
    site.show(job, *shown, jpeg=picture(3, 64, 96, ".jpg"))
    site.run_of(job).update(frame=5, frames=6)
    await site.advance(job, 85)
    await site.done(job)


async def test_the_form_shows_the_first_frame_of_a_clip(
    site: Served, page: Page, clip: Path
) -> None:
    await page.goto(site.base)
    photo = zone(page, "content")
    await page.locator("#content").set_input_files(clip)
    shown = photo.locator("img[data-chosen]")
    await expect(shown).to_have_js_property("naturalWidth", 96)
    await expect(photo.locator("[data-name]")).to_contain_text("holiday.mp4 · 96×64")
    await expect(photo.locator("[data-open-tool]")).to_be_disabled()
    await expect(photo.locator("[data-unable]")).to_be_hidden()
    assert (await ask(page, site)).request.frames == 6


async def test_a_clip_that_no_browser_shows_can_be_used(
    site: Served, page: Page, tmp_path: Path
) -> None:
    mpeg4 = clips.write(tmp_path / "old.mp4", clips.pictures(3), codec="mpeg4")
    await page.goto(site.base)
    await page.locator("#content").set_input_files(mpeg4)
    hint = zone(page, "content").locator("[data-hint]")
    await expect(hint).to_have_text("This browser can't show the file, but it can be used.")
    assert (await ask(page, site)).request.frames == 3


async def test_what_is_wrong_with_a_clip_is_told_at_once(
    site: Served, page: Page, tmp_path: Path
) -> None:
    sound = clips.only_sound(tmp_path / "sound.mp4")
    await page.goto(site.base)
    await page.locator("#content").set_input_files(sound)
    await expect(page.locator("#content-error")).to_contain_text("holds no video")


async def test_its_page_counts_frames_and_plays_the_result_without_a_reload(
    site: Served, page: Page, clip: Path
) -> None:
    job = await site.queue.submit(submission(content=clip.read_bytes()))
    await page.goto(f"{site.base}/jobs/{job.id}")
    await page.evaluate(MARK)
    await site.running(job)
    site.run_of(job).update(frame=2, frames=6)
    await site.progress(job, 43)
    await expect(page.locator("[data-text=status]").first).to_contain_text("frame 2 of 6")
    await finish(site, clip)
    await expect(page.locator("video")).to_be_visible()
    await page.wait_for_function(f"{SIZE}.toString() === '96,true'")
    await expect(page.get_by_role("link", name="Download MP4")).to_be_visible()
    assert await page.evaluate("window.marked")


async def test_on_a_phone_nothing_stands_out_of_the_page(
    site: Served, browser: Browser, clip: Path
) -> None:
    job = await site.queue.submit(submission(content=clip.read_bytes()))
    await finish(site, clip)
    async with watched(browser, site.base, viewport=PHONE) as page:
        await page.goto(f"{site.base}/jobs/{job.id}")
        box = await page.locator("video").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        await page.goto(site.base)
        await expect(page.locator(".badge").first).to_contain_text("Clip")
