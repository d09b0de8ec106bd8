"""The jobs that a request may see."""

from aiohttp import web

from artstyle.errors import NotFound
from artstyle.jobs import Job
from artstyle.lab.access import may_change
from artstyle.lab.config import QUEUE
from artstyle.lab.listing import ordered


def find(request: web.Request, id: str | None = None) -> Job:
    """The job of this id, else of the address; raises `NotFound`, also for hidden ones."""
    job = request.app[QUEUE].get(request.match_info["id"] if id is None else id)
    if job is None or (job.request.private and not may_change(request)):
        raise NotFound
    return job


def visible(request: web.Request) -> list[Job]:
    """All jobs that the visitor may see, in the order of the gallery."""
    return ordered(request.app[QUEUE], private=may_change(request))
