"""Whose a job is: each browser has a cookie with a random id."""

import re
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler

from artstyle.jobs import Job
from artstyle.lab.access import set_cookie
from artstyle.lab.addresses import client
from artstyle.lab.forwarded import remote

COOKIE = "artstyle_owner"
ID = re.compile("[0-9a-f]{32}", re.ASCII)


def address_of(request: web.Request) -> str:
    """Where a request comes from, as the queue counts it."""
    return f"web:{client(remote(request))}"


def owner_of(request: web.Request) -> str:
    """The browser's id; programs without cookies are known by their address."""
    id = request.cookies.get(COOKIE, "")
    return f"web:{id}" if ID.fullmatch(id) else address_of(request)


def is_mine(request: web.Request, job: Job) -> bool:
    return job.owner == owner_of(request)


@web.middleware
async def remember(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give a browser its cookie with the first page."""
    response = await handler(request)
    known = ID.fullmatch(request.cookies.get(COOKIE, ""))
    if not known and response.status == 200 and response.content_type == "text/html":
        set_cookie(request, response, COOKIE, secrets.token_hex(16))
    return response
