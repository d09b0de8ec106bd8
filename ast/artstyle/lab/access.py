"""Who may do what in the lab: the policy, and the checks before every handler.

On loopback the lab trusts its visitors, so the danger is a page of another site that reaches
it through a visitor's browser, and a proxy that lets others in. Open to others, everybody may
look, and only those who opened the link with the token may change anything.
"""

import hmac
import re
import socket
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from artstyle.errors import (
    ForeignOrigin,
    HostMissing,
    HostUnknown,
    LinkNeeded,
    ProxyUnknown,
    WrongLink,
)
from artstyle.lab.access_log import printable_path
from artstyle.lab.addresses import bare, is_loopback, parse
from artstyle.lab.forwarded import proxies, through_a_proxy
from artstyle.lab.public_url import NOWHERE_ELSE, PublicUrl
from artstyle.lab.urls import base, local_path, url

COOKIE = "artstyle_token"
YEAR = 365 * 24 * 3600  # seconds
READS = frozenset({"GET", "HEAD", "OPTIONS"})
HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?", re.I | re.A)
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Which hosts the lab answers for, and the token that allows changes.

    Without a token everybody who reaches the server may do everything: that is for loopback.
    ``extra_hosts`` are names or IP addresses, without ports.
    """

    host: str
    token: str | None = field(repr=False)
    extra_hosts: frozenset[str]
    url: PublicUrl = NOWHERE_ELSE

    @property
    def open_to_others(self) -> bool:
        """Whether other machines can reach the server."""
        return not is_loopback(self.host)

    def serves(self, name: str) -> bool:
        """Whether requests may name this host.

        An attacker's DNS can't rebind an IP address or this machine's own name; every other
        name must be listed. That includes x.localhost, which some resolvers look up.
        """
        name = bare(name)
        if is_loopback(name) or name in map(bare, self.extra_hosts):
            return True
        this = socket.gethostname().lower()
        short = this.partition(".")[0]
        own = {bare(self.host), this, short, f"{short}.local"}  # phones and Macs use .local
        return self.open_to_others and (parse(name) is not None or name in own)

    def accepts(self, token: str) -> bool:
        """Whether this is the token, compared in constant time."""
        right = (self.token or "").encode()
        return bool(right) and hmac.compare_digest(token.encode("utf-8", "surrogatepass"), right)


POLICY = web.AppKey("policy", AccessPolicy)


def may_change(request: web.Request) -> bool:
    """Whether the visitor may change anything."""
    policy = request.config_dict[POLICY]
    if policy.token is None:
        return True
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and policy.accepts(bearer.strip()):
        return True
    return policy.accepts(request.cookies.get(COOKIE, ""))


@web.middleware
async def check_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a foreign page may have sent, and changes without the token."""
    if request.config_dict[POLICY].token is None and through_a_proxy(request):
        raise ProxyUnknown
    _check_host(request)
    _check_origin(request)
    if request.method not in READS:
        if not may_change(request):
            raise LinkNeeded
    elif request.config_dict[POLICY].token is not None and "token" in request.query:
        return _cookie(request)
    return await handler(request)


def _check_host(request: web.Request) -> None:
    """Refuse unknown host names: a foreign name may have been pointed at this machine."""
    hosts = request.headers.getall("Host", [])
    found = HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if not found:
        raise HostMissing
    name = found[1].lower()
    if not request.config_dict[POLICY].serves(name):
        raise HostUnknown(name)


def _check_origin(request: web.Request) -> None:
    """Refuse requests from pages of other sites; another port of this machine is one too."""
    host, public = request.headers["Host"], request.config_dict[POLICY].url.origin
    for origin in request.headers.getall("Origin", []):
        # a proxy that isn't told otherwise sends its own name for the lab as the host
        if not (_same(origin, host) or (public and origin.lower() == public.lower())):
            raise ForeignOrigin
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.method not in READS and site not in {"same-origin", "none"}:
        raise ForeignOrigin


def _same(origin: str, host: str) -> bool:
    """Compare host and port. The scheme may differ: a proxy in front may speak HTTPS."""
    scheme, _, rest = origin.partition("://")
    there, here = HOST.fullmatch(rest), HOST.fullmatch(host)
    default = PORTS.get(scheme)
    if not (there and here and default):
        return False
    ports = [int(match[2] or default) for match in (there, here)]
    return there[1].lower() == here[1].lower() and ports[0] == ports[1]


def _cookie(request: web.Request) -> web.Response:
    """Turn the link that carries the token into a cookie.

    Returned, not raised, so that no error handler drops the cookie.
    """
    token = request.query["token"]
    if not request.config_dict[POLICY].accepts(token):
        raise WrongLink
    path = printable_path(request)
    if base(request) and local_path(request) != request.path:
        path = path.removeprefix(base(request))
    path = url(request, "/" + path.lstrip("/"))  # "//host" would lead to another site
    query = request.rel_url.without_query_params("token").raw_query_string
    response = web.Response(status=303, headers={"Cache-Control": "no-store"})
    response.headers["Location"] = f"{path}?{query}" if query else path
    set_cookie(request, response, COOKIE, token)
    return response


def set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str) -> None:
    """Give the browser a cookie for a year, for the lab alone and unreadable for scripts."""
    secure = request.config_dict[POLICY].url.https or proxies(request).https(request)
    response.set_cookie(
        name,
        value,
        max_age=YEAR,
        path=url(request, "/"),
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
