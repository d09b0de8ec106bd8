"""The home page: the form, the visitor's and everybody's pictures, the examples."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from artstyle import defaults
from artstyle.errors import ArtstyleError, NotFound
from artstyle.jobs import Job
from artstyle.lab import form
from artstyle.lab.access import may_change, set_cookie
from artstyle.lab.config import CONFIG, LIVE, QUEUE, SAMPLES
from artstyle.lab.errors import headers_of, problem, status_of
from artstyle.lab.examples import Example, examples
from artstyle.lab.listing import SHOWN, STATES, Filter, on_page, page_count
from artstyle.lab.lookup import find, visible
from artstyle.lab.notice import notice
from artstyle.lab.owners import is_mine
from artstyle.lab.pictures import further_fields
from artstyle.lab.rendering import FOREVER, page, send, wants_json
from artstyle.lab.showcase import is_showcase
from artstyle.lab.submission import read_form, submit
from artstyle.lab.urls import url
from artstyle.lab.views import about
from artstyle.lab.words import COOKIE, LANGUAGES, Translate, language_of, translator
from artstyle.roles import MASKS, STYLES
from artstyle.style.pyramid import Size

USUAL_SIZE: Size = (1000, 1500)  # of a photo, for the times that are shown before there is one
NOTICED = "artstyle_noticed"  # a cookie of those who have hidden the note
LEVELS_TIMED = 4  # nobody is told the time of larger pictures before one was made


async def home(request: web.Request) -> web.Response:
    """GET /: the form, with a job's pictures and settings for ``?again={id}``, and the pictures."""
    return _page(request, *_first_values(request))


async def create(request: web.Request) -> web.StreamResponse:
    """POST /jobs: make a job of the form, or show the form again with what is wrong."""
    fields: dict[str, str] = {}
    try:
        upload = await read_form(request)
        fields = upload.fields
        jobs = await submit(request, upload)
    except ArtstyleError as error:
        if wants_json(request):
            raise
        told = problem(error, language_of(request))
        again = _repeated(request, fields.get("again", ""))
        response = _page(request, fields, again, told.errors or {"": told.error})
        response.set_status(status_of(error))
        response.headers.update(headers_of(error))
        return response
    location = url(request, f"/jobs/{jobs[0].id}" if len(jobs) == 1 else "/")
    if wants_json(request):
        answer = {"id": jobs[0].id, "page": location, "ids": [job.id for job in jobs]}
        return web.json_response(answer, status=201, headers={"Location": location})
    raise web.HTTPSeeOther(location)


async def card(request: web.Request) -> web.Response:
    """GET /jobs/{id}/card: the card of a job, for a page that is open."""
    return page(request, "card.html", job=find(request))


async def changes(request: web.Request) -> web.StreamResponse:
    """GET /events: the changes of all jobs; one stream is enough for all pages of a browser."""
    private, language = may_change(request), _spoken(request)
    return await request.app[LIVE].changes(request, private=private, language=language)


async def latest(request: web.Request) -> web.Response:
    """GET /events/latest: all unfinished jobs, for a browser whose pages are hidden."""
    private, language = may_change(request), _spoken(request)
    text = request.app[LIVE].latest(private=private, language=language)
    return web.json_response(text=text, headers={"Cache-Control": "no-cache"})


async def example(request: web.Request) -> web.StreamResponse:
    """GET /examples/{name}.webp: a picture that comes with the lab."""
    found = {each.name: each.path for each in examples()}
    if request.match_info["name"] not in found:
        raise NotFound
    headers = {"Cache-Control": f"public, {FOREVER}", "Content-Type": "image/webp"}
    return await send(found[request.match_info["name"]], headers)


async def choose_language(request: web.Request) -> web.StreamResponse:
    """GET /language/{code}: remember the language, and go back to the page."""
    code, referrer = request.match_info["code"], urlsplit(request.headers.get("Referer", ""))
    if code not in LANGUAGES:
        raise NotFound
    here = referrer.netloc == request.host and referrer.path.startswith(url(request, "/"))
    back = f"{referrer.path}?{referrer.query}" if here else url(request, "/")
    response = web.Response(status=303, headers={"Location": "/" + back.lstrip("/")})
    set_cookie(request, response, COOKIE, code)
    return response


def _spoken(request: web.Request) -> str:
    """The language of the pages: their worker may ask with other headers than they did."""
    asked = request.query.get("language", "")
    return asked if asked in LANGUAGES else language_of(request)


def _first_values(request: web.Request) -> tuple[dict[str, str], Job | None]:
    """What the form is filled with, and the job that it repeats."""
    lab, again = request.app[CONFIG], _repeated(request, request.query.get("again", ""))
    if again is not None:
        return form.typed(again.request.settings, lab.defaults), again
    values = {**form.typed_at_first(lab.defaults), **lab.typed}
    asked = {"content": request.query.get("photo"), "style": request.query.get("painting")}
    samples, first = request.app[SAMPLES], _first_example(request)
    for role, name in asked.items():
        if name and samples.path(role, name):
            values[f"{role}_sample"] = name
        elif first is not None and not any(asked.values()):
            values[f"{role}_sample"] = first.photo if role == "content" else first.painting
    return values, None


def _first_example(request: web.Request) -> Example | None:
    """The first example whose pictures are among the samples."""
    samples = request.app[SAMPLES]
    found = (
        each
        for each in examples()
        if samples.path("content", each.photo) and samples.path("style", each.painting)
    )
    return next(found, None)


def _repeated(request: web.Request, id: str) -> Job | None:
    try:
        return find(request, id)
    except NotFound:
        return None


def _page(
    request: web.Request,
    values: Mapping[str, str],
    again: Job | None = None,
    errors: Mapping[str, str] | None = None,
) -> web.Response:
    return page(
        request,
        "home.html",
        values=values,
        errors=errors or {},
        again=again,
        example=_example_of(values),
        untouched=again is None and not request.query and errors is None,
        times=_times(request),
        main_fields=form.main_fields(request.app[CONFIG].defaults),
        more_fields=form.more_fields(request.app[CONFIG].defaults),
        further=further_fields(language_of(request)),
        masks=MASKS,
        styles=STYLES,
        recipes=list(form.recipes(request.app[CONFIG].defaults)),
        samples=request.app[SAMPLES].listed(),
        clips=request.app[QUEUE].decoding.takes_clips,
        largest=request.app[CONFIG].upload_limits.picture_bytes,
        **_gallery(request),
    )


def _example_of(values: Mapping[str, str]) -> Example | None:
    """The finished picture of two samples, if there is one."""
    pair = values.get("content_sample"), values.get("style_sample")
    return next((each for each in examples() if (each.photo, each.painting) == pair), None)


def _times(request: web.Request) -> dict[str, str]:
    """How long each size takes here, as far as that was measured."""
    usual, queue = request.app[CONFIG].defaults, request.app[QUEUE]
    language = language_of(request)
    measured = {
        str(levels): queue.expected_seconds(
            defaults.combine(usual, changes={"levels": levels}), USUAL_SIZE
        )
        for levels in range(1, LEVELS_TIMED + 1)
    }
    return {levels: about(each, language) for levels, each in measured.items() if each is not None}


def _gallery(request: web.Request) -> dict[str, Any]:
    """What the gallery shows, and what can be chosen."""
    queue, everything = request.app[QUEUE], visible(request)
    jobs = [job for job in everything if not is_showcase(job)]
    mine = {job.id for job in jobs if is_mine(request, job)}
    wanted = _filter(request, default="mine" if 0 < len(mine) < len(jobs) else "")
    language = language_of(request)
    found = [job for job in jobs if wanted.takes(job, mine=job.id in mine, language=language)]
    number = _page_number(request, found)
    return {
        "filter": wanted,
        "jobs": on_page(found, number),
        "page": number,
        "pages": page_count(found),
        "total": len(jobs),
        "tabs": _tabs(jobs, mine, translator(language)),
        "paintings": sorted({each.name for job in jobs for each in job.request.styles}),
        "examples": examples(),
        "showcase": [job for job in everything if is_showcase(job)],
        "notice": notice(jobs, language) if NOTICED not in request.cookies else None,
        "kept_days": queue.limits.keep_days,
    }


def _tabs(jobs: Sequence[Job], mine: set[str], t: Translate) -> list[tuple[str, str]]:
    """Whose pictures can be chosen, where there is a choice."""
    others = len(mine) < len(jobs)
    tabs = [("all", t("Everybody's") if others else t("All"))]
    if mine and others:
        tabs.insert(0, ("mine", t("Yours")))
    if any(job.starred for job in jobs):
        tabs.append(("starred", t("Starred")))
    return tabs if len(tabs) > 1 else []


def _filter(request: web.Request, default: str) -> Filter:
    """Read the filter of the address; what isn't known takes everything."""
    query = request.query
    show, state = query.get("show", ""), query.get("state", "")
    return Filter(
        show=show if show in SHOWN else default,
        q=query.get("q", "").strip()[:100],
        by=query.get("by", ""),
        state=state if state in STATES else "",
    )


def _page_number(request: web.Request, jobs: Sequence[Job]) -> int:
    text = request.query.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= page_count(jobs)):
        raise NotFound
    return int(text)
