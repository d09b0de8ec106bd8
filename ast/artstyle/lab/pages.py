"""The page of a job, its pictures, and what can be done with it."""

import asyncio
from pathlib import Path

from aiohttp import web
from markupsafe import Markup

from artstyle.errors import NotFound
from artstyle.jobs import Job, history
from artstyle.jobs.files import is_source
from artstyle.lab.access import YEAR
from artstyle.lab.config import QUEUE, SAMPLES
from artstyle.lab.lookup import find
from artstyle.lab.pictures import shown_pictures
from artstyle.lab.plot import loss_plot
from artstyle.lab.rendering import FOREVER, page, send, wants_json
from artstyle.lab.urls import url
from artstyle.lab.viewing import viewing
from artstyle.lab.views import job_view, settings_rows, stage_rows
from artstyle.lab.words import language_of
from artstyle.style import pyramid

DAY = YEAR // 365


async def job(request: web.Request) -> web.Response:
    """GET /jobs/{id}: its pictures, its loss, its settings, and what can be done with it."""
    job, language = find(request), language_of(request)
    used = job.state.used
    stages = pyramid.stages(job.request.content.size, used) if used else []
    return page(
        request,
        "job.html",
        job=job,
        plot=await _plot(request, job),
        settings_rows=settings_rows(job, language),
        sources=shown_pictures(job, language),
        stage_rows=stage_rows(job, stages, language),
        expires=request.app[QUEUE].expires(job),
        **await viewing(request, job),
    )


async def view(request: web.Request) -> web.Response:
    """GET /jobs/{id}/view: what the live updates tell of it."""
    told = job_view(find(request), language_of(request))
    return web.json_response(told, headers={"Cache-Control": "no-cache"})


async def plot(request: web.Request) -> web.Response:
    """GET /jobs/{id}/plot: the loss so far, a fragment of HTML."""
    text = await _plot(request, find(request))
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})


async def picture(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{id}/pictures/{name}: one of its pictures, a JPEG, or its clip."""
    name = request.match_info["name"]
    files = request.app[QUEUE].files(find(request))
    path = files.clip if name == files.clip.name else files.picture(name)
    if path is None:
        raise NotFound
    never_changes = "v" in request.query or is_source(name)
    cache = f"private, {FOREVER}" if never_changes else "no-cache"
    return await send(path, {"Cache-Control": cache})


async def cancel(request: web.Request) -> web.StreamResponse:
    job = find(request)
    await request.app[QUEUE].cancel(job)
    return _go_to(request, f"/jobs/{job.id}")


def _go_to(request: web.Request, path: str) -> web.StreamResponse:
    location = url(request, path)
    if wants_json(request):
        return web.json_response({"page": location})
    raise web.HTTPSeeOther(location)


async def _plot(request: web.Request, job: Job) -> Markup:
    path = request.app[QUEUE].files(job).history
    return await asyncio.to_thread(_draw, path)


def _draw(path: Path) -> Markup:
    try:
        return loss_plot(history.loads(path.read_text()))
    except (OSError, ValueError):
        return Markup("")


async def sample(request: web.Request) -> web.Response:
    """GET /samples/{role}/{name}: the thumbnail of a sample."""
    samples = request.app[SAMPLES]
    path = samples.path(request.match_info["role"], request.match_info["name"])
    if path is None:
        raise NotFound
    body, cache = await samples.thumbnail(path), {"Cache-Control": f"max-age={DAY}"}
    return web.Response(body=body, content_type="image/jpeg", headers=cache)
