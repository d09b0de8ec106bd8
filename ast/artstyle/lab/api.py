"""The JSON API: the same jobs, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from artstyle.jobs import Advanced, Job, State
from artstyle.jobs.events import Event
from artstyle.lab.job_page import send
from artstyle.lab.keys import LIVE, QUEUE
from artstyle.lab.live import until_gone
from artstyle.lab.openapi import document
from artstyle.lab.report import find, visible
from artstyle.lab.submission import submit
from artstyle.lab.words import title
from artstyle.progress import LossParts, Step

LIST = 100  # jobs in one answer


async def describe(request: web.Request) -> web.Response:
    """GET /api/openapi.json."""
    return web.json_response(document())


async def health(request: web.Request) -> web.Response:
    """GET /healthz: whether the lab works, and what it has to do."""
    states = [job.state for job in request.app[QUEUE].all()]
    counts = {str(state): states.count(state) for state in State}
    return web.json_response({"status": "ok", "jobs": counts})


async def index(request: web.Request) -> web.Response:
    """GET /api/jobs: in the order of the report, some hundred at a time."""
    jobs = visible(request)
    state = request.query.get("state")
    if state is not None:
        if state not in set(State):
            raise web.HTTPBadRequest(reason=f"state is one of {', '.join(State)}")
        jobs = [job for job in jobs if job.state == state]
    offset = _count(request, "offset", 0, len(jobs))
    limit = _count(request, "limit", LIST, LIST)
    shown = [represent(job) for job in jobs[offset : offset + limit]]
    return web.json_response({"total": len(jobs), "jobs": shown})


async def create(request: web.Request) -> web.Response:
    """POST /api/jobs: the fields and files of the form."""
    job = await submit(request)
    headers = {"Location": f"/api/jobs/{job.id}"}
    return web.json_response(represent(job), status=201, headers=headers)


async def show(request: web.Request) -> web.Response:
    """GET /api/jobs/{id}."""
    return web.json_response(represent(find(request)))


async def cancel(request: web.Request) -> web.Response:
    """POST /api/jobs/{id}/cancel."""
    job = find(request)
    if not await request.app[QUEUE].cancel(job):
        raise web.HTTPConflict(reason=f"The job is {job.state} already.")
    return web.json_response(represent(job))


async def remove(request: web.Request) -> web.Response:
    """DELETE /api/jobs/{id}."""
    await request.app[QUEUE].remove(find(request))
    return web.Response(status=204)


async def result(request: web.Request) -> web.StreamResponse:
    """GET /api/jobs/{id}/result: the finished picture, a PNG to save."""
    job = find(request)
    if job.state is not State.DONE:
        raise web.HTTPConflict(reason=f"The job is {job.state}: there is no result.")
    name = "-".join(filter(str.isascii, (job.content.name, job.style.name)))
    safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
    disposition = f'attachment; filename="{safe or "picture"}.png"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-cache"}
    return await send(request.app[QUEUE].files(job).result, headers)


async def events(request: web.Request) -> web.StreamResponse:
    """GET /api/jobs/{id}/events: server-sent events up to the job's end."""
    job = find(request)
    after = _count(request, "after", 0, 100)
    async with request.app[LIVE].stream(request) as response:
        async for event in until_gone(response, job.events(after)):
            name, data = _told(event)
            await response.send(json.dumps(data), event=name)
    return response


def represent(job: Job) -> dict[str, Any]:
    """Put a job as JSON; what isn't known yet is null."""
    here = f"/api/jobs/{job.id}"
    pictures = f"/jobs/{job.id}/pictures"
    return {
        "id": job.id,
        "title": title(job),
        "state": str(job.state),
        "position": job.position if job.state is State.QUEUED else None,
        "preset": job.preset,
        "settings": (job.used or job.settings).as_dict(),
        "network": job.network,
        "content": _source(job.content.name, job.content.size),
        "style": _source(job.style.name, job.style.size),
        "created": _time(job.created),
        "started": _time(job.started),
        "ended": _time(job.ended),
        "progress": _progress(job.step),
        "milestones": job.milestones,
        "moves": job.moves,
        "reason": job.reason,
        "links": {
            "self": here,
            "events": f"{here}/events",
            "page": f"/jobs/{job.id}",
            "preview": f"{pictures}/preview?v={job.preview}" if job.preview else None,
            "result": f"{here}/result" if job.state is State.DONE else None,
        },
    }


def _source(name: str, size: tuple[int, int]) -> dict[str, Any]:
    return {"name": name, "width": size[1], "height": size[0]}


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _progress(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {
        "percent": round(step.percent, 2),
        "iteration": step.iteration,
        "iterations": step.iterations,
        "stage": step.stage,
        "stages": step.stages,
        "width": step.size[1],
        "height": step.size[0],
        "loss": _loss(step.parts),
        "levels": [
            {"width": size[1], "height": size[0], "loss": _loss(level)}
            for size, level in zip(step.sizes, step.levels, strict=True)
        ],
        "seconds": round(step.seconds, 3),
        "seconds_left": round(step.seconds_left, 3),
        "note": step.note,
    }


def _loss(parts: LossParts) -> dict[str, float]:
    return {**asdict(parts), "total": parts.total}


def _told(event: Event) -> tuple[str, dict[str, Any]]:
    """Name an event and put it as JSON."""
    if isinstance(event, Advanced):
        progress = _progress(event.step)
        return "running", {
            "progress": progress,
            "preview": event.preview,
            "doing": event.doing,
            "moves": event.moves,
        }
    return type(event).__name__.lower(), asdict(event)


def _count(request: web.Request, name: str, default: int, most: int) -> int:
    """Read a number from the query; what is more than ``most`` is cut down to it."""
    text = request.query.get(name)
    if text is None:
        return min(default, most)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise web.HTTPBadRequest(reason=f"{name} is a whole number from 0")
    return min(int(text), most)
