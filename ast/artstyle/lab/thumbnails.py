"""The pictures of jobs and samples in the sizes that pages show, as WebP."""

from aiohttp import web

from artstyle.errors import NotFound
from artstyle.jobs.files import is_source
from artstyle.lab.config import QUEUE, SAMPLES
from artstyle.lab.lookup import find
from artstyle.lab.rendering import FOREVER, send
from artstyle.lab.samples import DAY


async def of_job(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{id}/pictures/{name}: a small picture, as ``preview-384.webp``."""
    name, queue = request.match_info["name"], request.app[QUEUE]
    path = await queue.renditions.small(queue.files(find(request)), name)
    if path is None:
        raise NotFound
    never_changes = "v" in request.query or is_source(name)
    cache = f"private, {FOREVER}" if never_changes else "no-cache"
    return await send(path, {"Cache-Control": cache, "Content-Type": "image/webp"})


async def of_sample(request: web.Request) -> web.Response:
    """GET /samples/{role}/{name}-{width}.webp."""
    samples, given = request.app[SAMPLES], request.match_info
    path = samples.path(given["role"], given["name"])
    if path is None:
        raise NotFound
    body = await samples.small(path, int(given["width"]))
    cache = {"Cache-Control": f"max-age={DAY}"}
    return web.Response(body=body, content_type="image/webp", headers=cache)
