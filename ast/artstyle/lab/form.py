"""The form for a new picture."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from artstyle.errors import ArtstyleError
from artstyle.jobs import Job
from artstyle.lab.errors import headers_of, status_of
from artstyle.lab.keys import CONFIG, QUEUE, SAMPLES
from artstyle.lab.rendering import YEAR, page, wants_json
from artstyle.lab.report import may_see
from artstyle.lab.submission import Rejected, submit, typed
from artstyle.lab.words import PRESETS
from artstyle.wording import sentence


async def new(request: web.Request) -> web.Response:
    """GET /new, or GET /new?again={id} with a job's pictures and settings."""
    again = _job(request, request.query.get("again", ""))
    if again is not None:
        return _form(request, typed(again.settings, again.preset), {}, again=again)
    defaults = request.app[CONFIG].defaults
    return _form(request, {"preset": PRESETS[0].name} | defaults, {})


async def create(request: web.Request) -> web.StreamResponse:
    """POST /jobs: make a job of the form, or show it again with what is wrong."""
    try:
        job = await submit(request)
    except ArtstyleError as error:
        if wants_json(request):
            raise
        fields = error.fields if isinstance(error, Rejected) else {}
        errors = error.errors if isinstance(error, Rejected) else {"": sentence(error)}
        again = _job(request, fields.get("again", ""))
        response = _form(request, fields, errors, again=again, status=status_of(error))
        response.headers.update(headers_of(error))
        return response
    location = f"/jobs/{job.id}"
    if wants_json(request):
        answer = {"id": job.id, "page": location}
        return web.json_response(answer, status=201, headers={"Location": location})
    raise web.HTTPSeeOther(location)


async def sample(request: web.Request) -> web.Response:
    """GET /samples/{kind}/{name}: a sample, small."""
    samples = request.app[SAMPLES]
    path = samples.path(request.match_info["kind"], request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    cache = {"Cache-Control": f"max-age={YEAR // 365}"}
    return web.Response(body=await samples.thumb(path), content_type="image/jpeg", headers=cache)


def _job(request: web.Request, id: str) -> Job | None:
    job = request.app[QUEUE].get(id)
    return job if job is not None and may_see(request, job) else None


def _form(
    request: web.Request,
    fields: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    again: Job | None = None,
    status: int = 200,
) -> web.Response:
    return page(
        request,
        "new.html",
        status=status,
        form=fields,
        errors=errors,
        samples=request.app[SAMPLES].listed(),
        presets=PRESETS,
        again=again,
        largest=request.app[CONFIG].upload_limits.picture_bytes,
    )
