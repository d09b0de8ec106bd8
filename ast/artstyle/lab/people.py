"""How many requests a person may have at a time who comes through a trusted proxy.

Connections tell people apart only where they come straight from them.
"""

from aiohttp import web
from aiohttp.typedefs import Handler

from artstyle.errors import ConnectionsBusy
from artstyle.lab.connections import SHARE
from artstyle.lab.forwarded import TrustedProxies, proxies, remote
from artstyle.lab.shares import Shares

REQUESTS = web.AppKey("requests", Shares)


def requests_of(total: int, trusted: TrustedProxies) -> Shares:
    return Shares(total, max(1, total // SHARE), trusted)


@web.middleware
async def share_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse those of a person who has a client's share of the connections in use."""
    if request.remote not in proxies(request):
        return await handler(request)
    with request.app[REQUESTS].taken(remote(request), ConnectionsBusy):
        return await handler(request)
