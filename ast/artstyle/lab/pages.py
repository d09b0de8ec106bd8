"""The report: all pictures on one page, as they are made."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from artstyle.jobs import Job
from artstyle.lab.keys import LIVE, QUEUE
from artstyle.lab.listing import counts, on_page, ordered, pages
from artstyle.lab.notice import notice
from artstyle.lab.rendering import page
from artstyle.lab.safety import may_change
from artstyle.lab.table import is_of_table


async def report(request: web.Request) -> web.Response:
    """GET /: the visitors' pictures, the newest first, then the table."""
    jobs = visible(request)
    number = _number(request, jobs)
    return page(
        request,
        "report.html",
        sections=sections(on_page(jobs, number)),
        page=number,
        pages=pages(jobs),
        counts=counts(jobs),
        notice=notice(jobs),
        live_url=f"/events?page={number}",
    )


async def card(request: web.Request) -> web.Response:
    """GET /jobs/{id}/card: one card, for a page that is open while its job comes."""
    return page(request, "card.html", job=find(request))


async def events(request: web.Request) -> web.StreamResponse:
    """GET /events?page=N: what changes on that page of the report."""
    number = _number(request, visible(request))
    return await request.app[LIVE].report(request, private=may_change(request), number=number)


def find(request: web.Request) -> Job:
    """Give the job that a request names; raises HTTPNotFound, also for one it may not see."""
    job = request.app[QUEUE].get(request.match_info["id"])
    if job is None or not may_see(request, job):
        raise web.HTTPNotFound
    return job


def may_see(request: web.Request, job: Job) -> bool:
    """Tell whether whoever asks may see a job: private ones only with the token."""
    return not job.private or may_change(request)


def visible(request: web.Request) -> list[Job]:
    """List all jobs that whoever asks may see."""
    return ordered(request.app[QUEUE], private=may_change(request))


def sections(jobs: Sequence[Job]) -> list[dict[str, object]]:
    """Group a page's jobs."""
    return [
        {"title": "Your pictures", "jobs": [job for job in jobs if not is_of_table(job)]},
        {"title": "The table", "jobs": [job for job in jobs if is_of_table(job)]},
    ]


def _number(request: web.Request, jobs: Sequence[Job]) -> int:
    """Read which page is asked for; raises HTTPNotFound for one that isn't there."""
    text = request.query.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= pages(jobs)):
        raise web.HTTPNotFound
    return int(text)
