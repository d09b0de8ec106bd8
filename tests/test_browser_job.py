"""The lab in a real Chromium, as its users meet it."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from tests.browser import Served, chromium, served, watched
from tests.jobs import PHOTO, picture
from tests.lab_app import OPEN, TOKEN

from artstyle import settings
from artstyle.jobs import Job, ThreadEngine
from artstyle.lab.showcase import OWNER

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
MARK = "window.marked = true"  # gone after a reload


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all of these tests."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def it(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as it:
        yield it


@pytest_asyncio.fixture(loop_scope="module")
async def page(it: Served, browser: Browser) -> AsyncIterator[Page]:
    async with watched(browser, it.base) as page:
        yield page


async def advance(it: Served, job: Job, percent: int, preview: bytes) -> None:
    """Play a part of a run: a preview, figures, milestones."""
    reached = [f"snapshot-{each}" for each in (20, 40, 60, 80) if percent >= each]
    it.show(job, "start", "preview", *reached, jpeg=preview)
    await it.advance(job, percent)


async def test_the_gallery_follows_a_job_to_its_end_without_a_reload(
    it: Served, page: Page
) -> None:
    job = await it.job()
    await page.goto(it.base)
    await page.evaluate(MARK)
    card = page.locator(f'[data-job="{job.id}"]')
    await expect(card.locator("img[data-picture]")).to_have_class("pending")
    sources = set()
    for percent in (5, 43, 85):
        await advance(it, job, percent, picture(percent, 64, 85, ".jpg"))
        await expect(card).to_contain_text(f"{percent} % · iteration {percent} of 100")
        await expect(card.locator("progress")).to_have_js_property("value", percent)
        sources.add(await card.locator("img[data-picture]").get_attribute("src"))
    await it.finish(job)
    await expect(card).to_contain_text("one in")  # "Done in 0 s"
    await expect(card.locator("progress")).to_be_hidden()
    await expect(card.get_by_role("button", name="Cancel")).to_have_count(0)
    await expect(page.get_by_role("status")).to_contain_text("done in")
    assert await page.evaluate("window.marked")


async def test_new_pictures_come_and_removed_ones_go(it: Served, page: Page) -> None:
    first = await it.job(owner=OWNER)
    await page.goto(it.base)
    await expect(page.locator("[data-job]")).to_have_count(1)
    second = await it.job()
    await expect(page.locator("[data-job]")).to_have_count(2)
    ids = await page.eval_on_selector_all("[data-job]", "all => all.map(e => e.dataset.job)")
    assert ids == [second.id, first.id]
    await it.queue.remove(first)
    await expect(page.locator("[data-job]")).to_have_count(1)


async def drop(page: Page, zone: str, data: bytes, name: str, kind: str = "image/png") -> None:
    """Drop a file on a zone as a mouse would."""
    transfer = await page.evaluate_handle(
        """([data, name, type]) => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
            transfer.items.add(new File([bytes], name, { type }));
            return transfer;
        }""",
        [base64.b64encode(data).decode(), name, kind],
    )
    target = f"[data-source={zone}] [data-drop]"
    await page.dispatch_event(target, "dragover", {"dataTransfer": transfer})
    await page.dispatch_event(target, "drop", {"dataTransfer": transfer})


async def test_two_pictures_that_are_dropped_become_a_third(
    tmp_path: Path, browser: Browser
) -> None:
    engine = ThreadEngine({"cpu": 1, "cuda": 1, "mps": 1}, large_levels=3)
    async with served(tmp_path, engine) as it, watched(browser, it.base) as page:
        await page.goto(f"{it.base}/new")
        await drop(page, "content", PHOTO, "holiday.png")
        await drop(page, "style", picture(2, 80, 64), "museum.png")
        await expect(page.locator("[data-source=content]")).to_contain_text("holiday.png, 96×72 px")
        await page.get_by_role("radio", name="Preview").check()
        await page.get_by_text("More settings").click()
        await page.get_by_label("Iterations").fill("6")
        await page.get_by_label("Network").select_option("vgg16")
        await page.get_by_role("button", name="Paint it").click()
        await page.wait_for_url(f"{it.base}/jobs/*")
        await page.evaluate(MARK)
        (job,) = it.queue.all()
        await expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=120_000)
        assert await page.evaluate("window.marked")
        image = page.locator("img[data-picture]")
        await expect(image).to_have_js_property("naturalWidth", 341)
        await expect(page.locator("[data-plot] svg").first).to_be_visible()
        await expect(page.get_by_text("80 %", exact=True)).to_be_visible()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Download").click()
        saved = await (await download.value).path()
        assert saved.read_bytes() == it.queue.files(job).result.read_bytes()
        assert (await download.value).suggested_filename == "photo-painting.png"


async def test_wrong_input_is_told_at_its_field_and_nothing_typed_is_lost(
    it: Served, browser: Browser
) -> None:
    expected = "400 (Bad Request)"
    async with watched(browser, it.base, expected=expected) as page:
        await page.goto(f"{it.base}/new")
        await drop(page, "content", b"MZ", "setup.exe", "application/octet-stream")
        await expect(page.locator("#content-error")).to_contain_text("setup.exe isn't a picture")
        await drop(page, "content", bytes(200_001), "huge.png")
        await expect(page.locator("#content-error")).to_contain_text("the limit is 200 kB")
        await drop(page, "content", PHOTO, "fine.png")
        await expect(page.locator("#content-error")).to_be_hidden()
        await page.get_by_label("Seed").fill("4711")
        await page.get_by_label("Stroke size", exact=True).fill("99")
        await page.get_by_role("button", name="Paint it").click()
        await expect(page.locator("#style-error")).to_contain_text("Choose the painting")
        await expect(page.locator("#style_scale-error")).to_contain_text("from 0.125 to 4")
        await expect(page.get_by_label("Seed")).to_have_value("4711")
        await expect(page.locator("[data-source=content]")).to_contain_text("fine.png")
        assert it.queue.all() == []


async def test_a_slider_and_its_number_follow_each_other(it: Served, page: Page) -> None:
    usual = settings.default("realism")
    await page.goto(f"{it.base}/new")
    slider, number = page.get_by_role("slider", name="more photo"), page.locator("#realism")
    await expect(slider).to_have_value(f"{usual:g}")
    await slider.focus()
    await page.keyboard.press("ArrowLeft")  # the photo is at the left, and stands for 1
    await expect(number).to_have_value(f"{usual + 0.05:g}")
    await page.keyboard.press("ArrowRight")
    await expect(number).to_have_value("")
    await page.keyboard.press("Home")
    await expect(number).to_have_value("0")
    for typed, shown in (("0.6", "0.6"), ("0", "0"), ("", f"{usual:g}")):
        await number.fill(typed)
        await expect(slider).to_have_value(shown)
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


async def test_a_job_is_cancelled_and_removed_on_its_page(it: Served, page: Page) -> None:
    job = await it.job()
    await page.goto(f"{it.base}/jobs/{job.id}")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator("p.status.large")).to_have_text("cancelled")
    await page.get_by_text("Remove…").click()
    await page.get_by_role("button", name="Remove for good").click()
    await page.wait_for_url(f"{it.base}/")
    await expect(page.locator("[data-job]")).to_have_count(0)
    assert it.queue.all() == []


async def at(page: Page) -> float:
    script = "e => getComputedStyle(e).getPropertyValue('--at')"
    return float(await page.locator("[data-compare]").evaluate(script))


async def box(page: Page) -> tuple[float, float, float]:
    """The left end, the middle and the width of the slider."""
    found = await page.get_by_role("slider").bounding_box()
    assert found is not None
    return found["x"], found["y"] + found["height"] / 2, found["width"]


async def test_photo_and_picture_are_compared_by_keyboard_mouse_and_touch(
    it: Served, browser: Browser
) -> None:
    job = await it.job()
    await it.finish(job)
    async with watched(browser, it.base, viewport=DESKTOP) as page:
        await page.goto(f"{it.base}/jobs/{job.id}")
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
    async with watched(browser, it.base, viewport=PHONE, has_touch=True) as page:
        await page.goto(f"{it.base}/jobs/{job.id}")
        left, middle, width = await box(page)
        await page.touchscreen.tap(left + width * 0.4, middle)
        assert await at(page) == pytest.approx(0.4, abs=0.08)


async def test_an_open_page_outlives_a_restart_of_the_server(
    tmp_path: Path, browser: Browser
) -> None:
    async with served(tmp_path) as it:
        job = await it.job()
        port = int(it.base.rpartition(":")[2])
        page_of = watched(browser, it.base, expected="net::ERR")
        page = await page_of.__aenter__()
        await page.goto(it.base)
        await page.evaluate(MARK)
        await expect(page.locator("[data-job]")).to_have_count(1)
        it.engine.runs[0].end()
    await expect(page.get_by_text("reconnecting")).to_be_visible()
    async with served(tmp_path, port=port) as it:
        again = it.queue.get(job.id)
        assert again is not None
        await expect(page.get_by_text("reconnecting")).to_be_hidden(timeout=20_000)
        await it.finish(again)
        await expect(page.locator("[data-job]")).to_contain_text("one in")
        assert await page.evaluate("window.marked")
        await page_of.__aexit__(None, None, None)


async def test_everything_works_without_javascript(it: Served, browser: Browser) -> None:
    plain: dict[str, Any] = {"java_script_enabled": False}
    async with watched(browser, it.base, **plain) as page:
        await page.goto(f"{it.base}/new")
        await page.locator("input[name=content_sample][value=rocket]").check(force=True)
        await page.locator("input[name=style_sample][value=cubist]").check(force=True)
        await page.get_by_role("button", name="Paint it").click()
        await page.wait_for_url(f"{it.base}/jobs/*")
        (job,) = it.queue.all()
        assert (job.request.content.name, job.request.style.name) == ("rocket", "cubist")
        await advance(it, job, 43, picture(1, 64, 85, ".jpg"))
        await page.reload()
        await expect(page.locator("p.status.large")).to_contain_text("43 %")
        await page.goto(it.base)
        await expect(page.locator("[data-job]")).to_contain_text("43 %")
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.locator("p.status.large")).to_have_text("cancelled")


async def violations(page: Page) -> list[str]:
    """What axe-core finds serious or critical."""
    results = await Axe().run(page)
    return [
        f"{each['id']}: {node['html']}"
        for each in results.response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


# How many pixels stand out of the window on the right.
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_all_pages_are_accessible_and_fit(
    it: Served, browser: Browser, scheme: Any, viewport: Any
) -> None:
    done, running, waiting = [await it.job() for _ in range(3)]
    await it.finish(done)
    while running.status != "running":
        await running.signal.next().wait()
    await advance(it, running, 43, picture(1, 64, 85, ".jpg"))
    pages = ["/", "/new", f"/new?again={done.id}"]
    pages += [f"/jobs/{job.id}" for job in (done, running, waiting)]
    context = {"viewport": viewport, "color_scheme": scheme}
    async with watched(browser, it.base, **context) as page:
        for path in pages:
            await page.goto(it.base + path)
            assert (path, await violations(page)) == (path, [])
            assert await page.evaluate(WIDE) <= 0, path
    async with watched(browser, it.base, expected="400 (Bad Request)", **context) as page:
        await page.goto(f"{it.base}/new")
        await page.get_by_role("button", name="Paint it").click()
        await expect(page.locator("#content-error")).to_be_visible()
        assert await violations(page) == []


async def test_without_the_token_there_are_no_buttons(tmp_path: Path, browser: Browser) -> None:
    async with served(tmp_path, policy=OPEN) as it:
        job = await it.job()
        async with watched(browser, it.base) as page:
            await page.goto(f"{it.base}/jobs/{job.id}")
            await expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
            await page.goto(f"{it.base}/jobs/{job.id}?token={TOKEN}")
            assert "token" not in page.url
            await page.get_by_role("button", name="Cancel").click()
            await expect(page.locator("p.status.large")).to_have_text("cancelled")


LAYOUT_SHIFT = """new Promise(resolve => {
    new PerformanceObserver(list => resolve(
        list.getEntries().reduce((sum, entry) => sum + entry.value, 0)
    )).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(0), 500);
})"""


async def test_pictures_keep_their_place_while_they_load(it: Served, browser: Browser) -> None:
    async with watched(browser, it.base, viewport=PHONE) as page:
        job = await it.job(content=picture(1, 300, 200))
        await page.goto(f"{it.base}/jobs/{job.id}")
        await advance(it, job, 43, picture(1, 384, 256, ".jpg"))
        await expect(page.locator("p.status.large")).to_contain_text("43 %")
        await expect(page.locator("img[data-picture]")).to_have_attribute(
            "src", re.compile("preview")
        )
        assert await page.evaluate(LAYOUT_SHIFT) < 0.1
