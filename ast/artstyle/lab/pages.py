"""The pages: the gallery, a job, the form."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from markupsafe import Markup

from artstyle import settings
from artstyle.errors import ArtstyleError, NotFound
from artstyle.jobs import Job, history
from artstyle.lab import form
from artstyle.lab.access import YEAR, may_change
from artstyle.lab.config import CONFIG, LIVE, QUEUE, SAMPLES
from artstyle.lab.errors import headers_of, problem, status_of
from artstyle.lab.listing import counts, on_page, page_count
from artstyle.lab.lookup import find, visible
from artstyle.lab.notice import notice
from artstyle.lab.plot import loss_plot
from artstyle.lab.rendering import FOREVER, page, send, wants_json
from artstyle.lab.showcase import is_showcase
from artstyle.lab.submission import read_form, submit
from artstyle.lab.urls import url
from artstyle.lab.views import settings_rows, stage_rows
from artstyle.style import pyramid

DAY = YEAR // 365

# ---- the gallery ------------------------------------------------------------------------


async def gallery(request: web.Request) -> web.Response:
    """GET /: visitors' pictures, the newest first, then the showcase."""
    jobs = visible(request)
    number = _page_number(request, jobs)
    shown = on_page(jobs, number)
    return page(
        request,
        "gallery.html",
        visitors=[job for job in shown if not is_showcase(job)],
        showcase=[job for job in shown if is_showcase(job)],
        page=number,
        pages=page_count(jobs),
        counts=counts(jobs),
        notice=notice(jobs),
        live_url=url(request, f"/events?page={number}"),
    )


async def gallery_events(request: web.Request) -> web.StreamResponse:
    """GET /events?page=N: the changes of that page of the gallery."""
    number = _page_number(request, visible(request))
    return await request.app[LIVE].gallery(request, private=may_change(request), number=number)


async def card(request: web.Request) -> web.Response:
    """GET /jobs/{id}/card: the card of a new job, for a gallery that is open."""
    job = find(request)
    return page(request, "card.html", job=job, showcased=is_showcase(job))


def _page_number(request: web.Request, jobs: Sequence[Job]) -> int:
    text = request.query.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= page_count(jobs)):
        raise NotFound
    return int(text)


# ---- a job ------------------------------------------------------------------------------


async def job(request: web.Request) -> web.Response:
    """GET /jobs/{id}: its pictures, its loss, its settings, and what can be done with it."""
    job = find(request)
    used = job.state.used
    stages = pyramid.stages(job.request.content.size, used) if used else []
    return page(
        request,
        "job.html",
        job=job,
        plot=await _plot(request, job),
        settings_rows=settings_rows(job),
        stage_rows=stage_rows(job, stages),
        notice=notice([job]),
        live_url=url(request, f"/jobs/{job.id}/events"),
    )


async def job_events(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{id}/events: the changes of the job."""
    return await request.app[LIVE].job(request, find(request))


async def plot(request: web.Request) -> web.Response:
    """GET /jobs/{id}/plot: the loss so far, a fragment of HTML."""
    text = await _plot(request, find(request))
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})


async def picture(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{id}/pictures/{name}: one of its pictures, a JPEG."""
    name = request.match_info["name"]
    path = request.app[QUEUE].files(find(request)).picture(name)
    if path is None:
        raise NotFound
    never_changes = "v" in request.query or name.startswith(("content", "style"))
    cache = f"private, {FOREVER}" if never_changes else "no-cache"
    return await send(path, {"Cache-Control": cache})


async def cancel(request: web.Request) -> web.StreamResponse:
    job = find(request)
    await request.app[QUEUE].cancel(job)
    return _go_to(request, f"/jobs/{job.id}")


async def remove(request: web.Request) -> web.StreamResponse:
    await request.app[QUEUE].remove(find(request))
    return _go_to(request, "/")


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


# ---- the form ---------------------------------------------------------------------------


async def new(request: web.Request) -> web.Response:
    """GET /new, or GET /new?again={id} with a job's pictures and settings."""
    again = _repeated(request, request.query.get("again", ""))
    lab = request.app[CONFIG]
    if again is not None:
        asked = again.request
        return _form(request, form.typed(asked.settings, asked.preset, lab.defaults), {}, again)
    return _form(request, {**form.typed_at_first(lab.defaults), **lab.typed}, {})


async def create(request: web.Request) -> web.StreamResponse:
    """POST /jobs: make a job of the form, or show the form again with what is wrong."""
    fields: dict[str, str] = {}
    try:
        upload = await read_form(request)
        fields = upload.fields
        job = await submit(request, upload)
    except ArtstyleError as error:
        if wants_json(request):
            raise
        told, again = problem(error), _repeated(request, fields.get("again", ""))
        response = _form(request, fields, told.errors or {"": told.error}, again)
        response.set_status(status_of(error))
        response.headers.update(headers_of(error))
        return response
    location = url(request, f"/jobs/{job.id}")
    if wants_json(request):
        answer = {"id": job.id, "page": location}
        return web.json_response(answer, status=201, headers={"Location": location})
    raise web.HTTPSeeOther(location)


async def sample(request: web.Request) -> web.Response:
    """GET /samples/{role}/{name}: the thumbnail of a sample."""
    samples = request.app[SAMPLES]
    path = samples.path(request.match_info["role"], request.match_info["name"])
    if path is None:
        raise NotFound
    body, cache = await samples.thumbnail(path), {"Cache-Control": f"max-age={DAY}"}
    return web.Response(body=body, content_type="image/jpeg", headers=cache)


def _repeated(request: web.Request, id: str) -> Job | None:
    try:
        return find(request, id)
    except NotFound:
        return None


def _form(
    request: web.Request, values: dict[str, str], errors: dict[str, str], again: Job | None = None
) -> web.Response:
    usual = request.app[CONFIG].defaults
    return page(
        request,
        "new.html",
        values=values,
        errors=errors,
        presets=settings.PRESETS,
        picture_fields=form.fields("picture", usual),
        algorithm_fields=form.fields("algorithm", usual),
        samples=request.app[SAMPLES].listed(),
        again=again,
        largest=request.app[CONFIG].upload_limits.picture_bytes,
    )
