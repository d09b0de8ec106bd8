"""What can be done with jobs that exist: star, title, remove, restore, download several."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from artstyle import errors
from artstyle.errors import NotFound
from artstyle.jobs import Job, JobStatus
from artstyle.jobs.files import JobFiles
from artstyle.jobs.marks import title
from artstyle.jobs.trash import SECONDS
from artstyle.lab.api import attachment, file_name, record
from artstyle.lab.config import QUEUE
from artstyle.lab.lookup import find
from artstyle.lab.rendering import wants_json
from artstyle.lab.representation import MOST, Ids, Removed, Restored, Star, Title, respond
from artstyle.lab.urls import url
from artstyle.lab.zip import Entry, archive

BODY = 16_384  # bytes of JSON
T = TypeVar("T")


async def star(request: web.Request) -> web.Response:
    """POST /api/jobs/{id}/star: {"on": true}."""
    job = find(request)
    await request.app[QUEUE].marks.change(job, starred=(await _body(request, Star)).on)
    return respond(record(request, job))


async def rename(request: web.Request) -> web.Response:
    """POST /api/jobs/{id}/title: {"title": "..."}; an empty one is the default again."""
    job = find(request)
    await request.app[QUEUE].marks.change(job, title=title((await _body(request, Title)).title))
    return respond(record(request, job))


async def remove(request: web.Request) -> web.StreamResponse:
    """POST /jobs/{id}/remove: hide a job, and delete it a little later."""
    job = find(request)
    await request.app[QUEUE].trash.put(job)
    if not wants_json(request):
        raise web.HTTPSeeOther(url(request, "/"))
    undo = url(request, f"/jobs/{job.id}/restore")
    return web.json_response({"page": url(request, "/"), "restore": undo, "seconds": SECONDS})


async def restore(request: web.Request) -> web.StreamResponse:
    """POST /jobs/{id}/restore: take the removal back."""
    job = await request.app[QUEUE].trash.restore(request.match_info["id"])
    if job is None:
        raise NotFound
    page = url(request, f"/jobs/{job.id}")
    if wants_json(request):
        return web.json_response({"page": page})
    raise web.HTTPSeeOther(page)


async def remove_several(request: web.Request) -> web.Response:
    """POST /api/jobs/remove: {"ids": [...]}; those that aren't there are left out."""
    queue, removed = request.app[QUEUE], []
    for id in _few((await _body(request, Ids)).ids):
        if (job := queue.get(id)) is not None:
            await queue.trash.put(job)
            removed.append(id)
    return respond(Removed(removed, SECONDS))


async def restore_several(request: web.Request) -> web.Response:
    """POST /api/jobs/restore: {"ids": [...]}; those for which it is too late are left out."""
    trash = request.app[QUEUE].trash
    ids = _few((await _body(request, Ids)).ids)
    return respond(Restored([id for id in ids if await trash.restore(id) is not None]))


async def download(request: web.Request) -> web.StreamResponse:
    """GET /api/jobs/zip?ids=a,b: the results, uncompressed in one file."""
    queue = request.app[QUEUE]
    ids = _few([id for id in request.query.get("ids", "").split(",") if id])
    jobs = [job for id in ids if (job := _visible(request, id)) and job.status is JobStatus.DONE]
    if not jobs:
        raise NotFound
    entries = await asyncio.to_thread(_entries, [(job, queue.files(job)) for job in jobs])
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": attachment("pictures.zip"),
        "Cache-Control": "no-store",
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    async for piece in _in_threads(entries):
        await response.write(piece)
    await response.write_eof()
    return response


async def _in_threads(entries: list[Entry]) -> AsyncIterator[bytes]:
    """The pieces of the archive, read off the event loop."""
    pieces = archive(entries)
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece


def _entries(results: list[tuple[Job, JobFiles]]) -> list[Entry]:
    """The files that are there, each with a name of its own."""
    found: list[Entry] = []
    for job, files in results:
        path = files.result_clip if job.request.length else files.result
        if path.is_file():
            name = f"{len(found) + 1:02}-{file_name(job)}{path.suffix}"
            found.append(Entry(name, path, job.state.ended or 0.0))
    return found


def _visible(request: web.Request, id: str) -> Job | None:
    try:
        return find(request, id)
    except NotFound:
        return None


def _few(ids: list[str]) -> list[str]:
    """The ids, each once; raises `TooManyJobs`."""
    if len(ids) > MOST:
        raise errors.TooManyJobs(MOST)
    return list(dict.fromkeys(ids))


async def _body(request: web.Request, kind: type[T]) -> T:
    """Read a small JSON body; raises `JsonWrong`."""
    if request.content_type != "application/json":  # what another site's form can't send
        raise errors.NotJson
    data: Any = await request.content.read(BODY + 1)
    while not request.content.at_eof() and len(data) <= BODY:
        data += await request.content.read(BODY + 1)
    if len(data) > BODY:
        raise errors.JsonWrong("it is too long")
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise errors.JsonWrong(errors.printable(error)) from error
