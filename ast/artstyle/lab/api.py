"""The JSON API: the same jobs, for programs."""

from urllib.parse import quote, urlencode

import msgspec
from aiohttp import web

from artstyle import settings
from artstyle.errors import JobEnded, NoClip, NoResult, NotACount, NotFound, UnknownParameter
from artstyle.jobs import Job, JobStatus
from artstyle.jobs.renditions import CLIP, FORMATS
from artstyle.lab.config import LIVE, QUEUE, SAMPLES
from artstyle.lab.live import while_connected
from artstyle.lab.lookup import find, visible
from artstyle.lab.openapi import document
from artstyle.lab.owners import is_mine
from artstyle.lab.rendering import send
from artstyle.lab.representation import (
    Health,
    Jobs,
    Preset,
    Presets,
    Sample,
    Samples,
    event_json,
    job_json,
    respond,
)
from artstyle.lab.representation import Job as Record
from artstyle.lab.submission import read_form, submit
from artstyle.lab.urls import base, url
from artstyle.wording import word

LIST = 100  # jobs in one answer
FILTERS = ("state", "owner")  # of a list
ENDINGS = {"png": "png", "jpeg": "jpg", "webp": "webp", CLIP: CLIP}


async def describe(request: web.Request) -> web.Response:
    return respond(document())


async def health(request: web.Request) -> web.Response:
    """GET /healthz: whether the lab works, and how many jobs it has; 503 while nothing moves."""
    queue = request.app[QUEUE]
    found = [job.status for job in queue.all()]
    counts = {str(status): found.count(status) for status in JobStatus}
    if (reason := queue.trouble()) is None:
        return respond(Health("ok", counts))
    return respond(Health("paused", counts, word(reason), reason.code), 503)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: figures for Prometheus; like /healthz, they are for all who may look."""
    body, kind = request.app[QUEUE].metrics.render(request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": kind})


async def index(request: web.Request) -> web.Response:
    """GET /api/jobs: in the order of the gallery, at most a hundred at a time."""
    jobs = visible(request)
    if (owner := request.query.get("owner")) is not None:
        if owner != "me":
            raise UnknownParameter("owner", choices=("me",))
        jobs = [job for job in jobs if is_mine(request, job)]
    status = request.query.get("state")
    if status is not None:
        if status not in set(JobStatus):
            raise UnknownParameter("state", choices=tuple(JobStatus))
        jobs = [job for job in jobs if job.status == status]
    offset = _count(request, "offset", 0, len(jobs))
    limit = _count(request, "limit", LIST, LIST)
    shown = [record(request, job) for job in jobs[offset : offset + limit]]
    links = _links(request, offset, limit, len(jobs))
    return respond(Jobs(len(jobs), shown), headers={"Link": links} if links else None)


def _links(request: web.Request, offset: int, limit: int, total: int) -> str:
    """Where the other pages of a list are, as RFC 8288 has it."""
    if not limit:
        return ""
    places = {"first": 0, "prev": max(0, offset - limit), "next": offset + limit}
    if offset == 0:
        del places["prev"]
    if offset + limit >= total:
        del places["next"]
    asked = {name: value for name, value in request.query.items() if name in FILTERS}
    found = []
    for relation, place in places.items():
        query = urlencode({**asked, "offset": place, "limit": limit})
        found.append(f'<{url(request, "/api/jobs")}?{query}>; rel="{relation}"')
    return ", ".join(found)


async def samples(request: web.Request) -> web.Response:
    """GET /api/samples: the sample pictures."""
    found = {
        role: [
            Sample(each["name"], each["alt"], url(request, f"{each['url']}-384.webp"))
            for each in listed
        ]
        for role, listed in request.app[SAMPLES].listed().items()
    }
    return respond(Samples(**found))


async def presets(request: web.Request) -> web.Response:
    """GET /api/presets: the presets, and what they set."""
    found = [
        Preset(name, each.title, each.help, dict(each.changes))
        for name, each in settings.PRESETS.items()
    ]
    return respond(Presets(settings.DEFAULT_PRESET, found))


def record(request: web.Request, job: Job) -> Record:
    """A job as its reader gets it."""
    expires = request.app[QUEUE].expires(job)
    return job_json(job, base(request), mine=is_mine(request, job), expires=expires)


async def create(request: web.Request) -> web.Response:
    """POST /api/jobs: the fields and files of the form; with ``variations`` a list of jobs."""
    upload = await read_form(request)
    jobs = await submit(request, upload)
    records = [record(request, job) for job in jobs]
    location = {"Location": url(request, f"/api/jobs/{jobs[0].id}")}
    if "variations" in upload.fields:
        return respond(Jobs(len(records), records), 201, location)
    return respond(records[0], 201, location)


async def show(request: web.Request) -> web.Response:
    return respond(record(request, find(request)))


async def cancel(request: web.Request) -> web.Response:
    job = find(request)
    if not await request.app[QUEUE].cancel(job):
        raise JobEnded(str(job.status))
    return respond(record(request, job))


async def remove(request: web.Request) -> web.Response:
    await request.app[QUEUE].remove(find(request))
    return web.Response(status=204)


async def result(request: web.Request) -> web.StreamResponse:
    """GET /api/jobs/{id}/result?format=png: the finished picture or clip, to save.

    A clip is an MP4 by default; in the other formats it is its first frame.
    """
    job, queue = find(request), request.app[QUEUE]
    if job.status is not JobStatus.DONE:
        raise NoResult(str(job.status))
    moves = job.request.length is not None
    format = request.query.get("format", CLIP if moves else "png")
    is_clip = format == CLIP
    if is_clip and not moves:
        raise NoClip
    if format not in ENDINGS:
        raise UnknownParameter("format", choices=tuple(ENDINGS if moves else FORMATS))
    files = queue.files(job)
    path = files.result_clip if is_clip else await queue.renditions.result(files, format)
    if path is None:
        raise NotFound
    headers = {
        "Content-Disposition": attachment(f"{file_name(job)}.{ENDINGS[format]}"),
        "Content-Type": f"{'video' if is_clip else 'image'}/{format}",
        "Cache-Control": "no-cache",
    }
    return await send(path, headers)


def file_name(job: Job) -> str:
    """What to call a job's picture when it is saved, without an ending: by its title."""
    names = (each.name for each in (job.request.content, *job.request.styles))
    words = job.title or "-".join(filter(str.isascii, names))
    safe = "".join(c if c.isalnum() or c in "-_" else " " for c in words)
    return "_".join(safe.split()) or "picture"


def attachment(name: str) -> str:
    """A Content-Disposition with a file's name, as RFC 6266 has it."""
    plain = name.encode("ascii", "ignore").decode()
    if plain == name:
        return f'attachment; filename="{name}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"


async def events(request: web.Request) -> web.StreamResponse:
    """GET /api/jobs/{id}/events: server-sent events up to the job's end."""
    job = find(request)
    after = _count(request, "after", 0, 100)
    async with request.app[LIVE].stream(request) as response:
        async for event in while_connected(response, job.events(after)):
            data = msgspec.json.encode(event_json(event)).decode()
            await response.send(data, event=str(event.kind))
    return response


def _count(request: web.Request, name: str, default: int, largest: int) -> int:
    """Read a number from the query, at most ``largest``; raises `NotACount`."""
    text = request.query.get(name)
    if text is None:
        return min(default, largest)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotACount(name)
    return min(int(text), largest)
