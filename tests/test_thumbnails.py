"""The addresses of small pictures."""

import io

from PIL import Image
from tests.lab_app import Lab


async def shown(it: Lab, path: str) -> tuple[tuple[int, int], str]:
    async with it.client.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "image/webp"), path
        assert "Content-Encoding" not in answer.headers
        with Image.open(io.BytesIO(await answer.read())) as image:
            assert image.format == "WEBP"
            return image.size, answer.headers["Cache-Control"]


async def test_a_jobs_pictures_are_immutable_with_their_version(it: Lab) -> None:
    job = await it.job()
    await it.finish(job)
    here = f"/jobs/{job.id}/pictures"
    forever = "private, max-age=31536000, immutable"
    assert await shown(it, f"{here}/preview-192.webp?v=7") == ((192, 144), forever)
    assert await shown(it, f"{here}/preview-192.webp") == ((192, 144), "no-cache")
    assert (await shown(it, f"{here}/content-384.webp"))[1] == forever


async def test_what_is_not_there_is_not_found(it: Lab) -> None:
    job = await it.job()
    for path in ("start-192.webp", "preview-193.webp", "result-192.webp"):
        await it.text(f"/jobs/{job.id}/pictures/{path}", 404)
    await it.text(f"/jobs/{'0' * 32}/pictures/content-192.webp", 404)


async def test_samples_are_shown_small(it: Lab) -> None:
    (width, _), cache = await shown(it, "/samples/content/astronaut-192.webp")
    assert (width, cache) == (192, "max-age=86400")
    await it.text("/samples/content/nobody-192.webp", 404)
    await it.text("/samples/content/astronaut-100.webp", 404)
