"""One job's page: its pictures, its loss, its settings, and what can be done with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web
from markupsafe import Markup

from artstyle.jobs import Job, State, history
from artstyle.lab.keys import LIVE, QUEUE
from artstyle.lab.notice import notice
from artstyle.lab.plot import loss_plot
from artstyle.lab.rendering import YEAR, page, wants_json
from artstyle.lab.report import find
from artstyle.lab.words import settings_rows, stage_rows
from artstyle.style import pyramid


async def show(request: web.Request) -> web.Response:
    """GET /jobs/{id}."""
    job = find(request)
    return page(
        request,
        "job.html",
        job=job,
        plot=await _plot(request, job),
        settings_rows=settings_rows(job),
        stage_rows=stage_rows(job, stages(job)),
        notice=notice([job]),
        live_url=f"/jobs/{job.id}/events",
    )


async def plot(request: web.Request) -> web.Response:
    """GET /jobs/{id}/plot: the loss so far, a fragment of HTML."""
    text = await _plot(request, find(request))
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})


async def events(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{id}/events: what changes on the page."""
    return await request.app[LIVE].job(request, find(request))


async def picture(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{id}/pictures/{name}: one of the pictures to look at."""
    job = find(request)
    path = request.app[QUEUE].files(job).picture(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    never_changes = "v" in request.query or request.match_info["name"].startswith(
        ("content", "style")
    )
    cache = f"private, max-age={YEAR}, immutable" if never_changes else "no-cache"
    return await send(path, {"Cache-Control": cache})


async def cancel(request: web.Request) -> web.StreamResponse:
    """POST /jobs/{id}/cancel."""
    job = find(request)
    await request.app[QUEUE].cancel(job)
    return _done(request, f"/jobs/{job.id}")


async def remove(request: web.Request) -> web.StreamResponse:
    """POST /jobs/{id}/remove."""
    await request.app[QUEUE].remove(find(request))
    return _done(request, "/")


async def send(path: Path, headers: dict[str, str]) -> web.StreamResponse:
    """Send a file of a job; raises HTTPNotFound while there is none."""
    if not await asyncio.to_thread(path.is_file):
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=headers)


def stages(job: Job) -> list[pyramid.Stage]:
    """Plan a job's stages again, once it is known how many iterations it has."""
    return [] if job.used is None else pyramid.stages(job.content.size, job.used)


def _done(request: web.Request, location: str) -> web.StreamResponse:
    if wants_json(request):
        return web.json_response({"page": location})
    raise web.HTTPSeeOther(location)


async def _plot(request: web.Request, job: Job) -> Markup:
    if job.state is State.QUEUED and job.step is None:
        return Markup("")
    path = request.app[QUEUE].files(job).history
    # nothing of a user is in it: numbers, and words of our own
    return Markup(await asyncio.to_thread(_draw, path))


def _draw(path: Path) -> str:
    try:
        return loss_plot(history.loads(path.read_text()))
    except (OSError, ValueError):
        return ""
