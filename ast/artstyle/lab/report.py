"""The report: all pictures on one page, as they are made."""

from __future__ import annotations

from collections import Counter

from aiohttp import web

from artstyle.jobs import Job
from artstyle.lab.keys import LIVE, QUEUE
from artstyle.lab.notice import notice
from artstyle.lab.rendering import page
from artstyle.lab.safety import may_change
from artstyle.lab.table import is_of_table

PAGE = 48  # cards


async def report(request: web.Request) -> web.Response:
    """GET /: the visitors' pictures, the newest first, then the table."""
    jobs = ordered(request)
    pages = max(1, -(-len(jobs) // PAGE))
    number = _number(request.query.get("page", "1"), pages)
    shown = jobs[(number - 1) * PAGE : number * PAGE]
    return page(
        request,
        "report.html",
        sections=sections(shown),
        page=number,
        pages=pages,
        counts=Counter(str(job.state) for job in jobs),
        notice=notice(jobs),
        live_url="/events",
    )


async def card(request: web.Request) -> web.Response:
    """GET /jobs/{id}/card: one card, for a page that is open while its job comes."""
    return page(request, "card.html", job=find(request))


async def events(request: web.Request) -> web.StreamResponse:
    """GET /events: what changes in the report."""
    return await request.app[LIVE].report(request, private=may_change(request))


def find(request: web.Request) -> Job:
    """Give the job that a request names; raises HTTPNotFound, also for one it may not see."""
    job = request.app[QUEUE].get(request.match_info["id"])
    if job is None or not may_see(request, job):
        raise web.HTTPNotFound
    return job


def may_see(request: web.Request, job: Job) -> bool:
    """Tell whether whoever asks may see a job: private ones only with the token."""
    return not job.private or may_change(request)


def ordered(request: web.Request) -> list[Job]:
    """List all jobs that may be seen, as the report does: an order in which none ever moves."""
    jobs = [job for job in request.app[QUEUE].all() if may_see(request, job)]
    visitors = [job for job in reversed(jobs) if not is_of_table(job)]
    return visitors + [job for job in jobs if is_of_table(job)]


def sections(jobs: list[Job]) -> list[dict[str, object]]:
    """Group a page's jobs."""
    return [
        {"title": "Your pictures", "jobs": [job for job in jobs if not is_of_table(job)]},
        {"title": "The table", "jobs": [job for job in jobs if is_of_table(job)]},
    ]


def _number(text: str, pages: int) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= pages):
        raise web.HTTPNotFound
    return int(text)
