"""Who may do what in the lab: the checks before every handler, the headers on every answer.

Reached over loopback the lab trusts whoever reaches it, so what matters is that no page of
another site reaches it through this person's browser. Open to others, anybody may look and
only who opened the link with the token may change something.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import os
import re
import secrets
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.typedefs import Handler

from artstyle.errors import ArtstyleError, OutputError

COOKIE = "artstyle_token"
_YEAR = 365 * 24 * 3600
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?", re.I | re.A)
_PORTS = {"http": 80, "https": 443}
_TOKEN = re.compile(r"[\w-]{43}", re.A)  # what 32 bytes are in URL-safe Base64

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Keeps the link's token from other sites. no-referrer would do so too, but under it
    # browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), usb=()",
    "Server": "artstyle",  # instead of the versions of Python and aiohttp
}

_NO_HOST = (
    "the request doesn't say which host it is for; open the lab at the address that its start "
    "line printed"
)
_FOREIGN = (
    "a page of another site sent this, or a proxy changed the Host header; open the lab at its "
    "own address and try again there"
)
_NO_TOKEN = (
    "only those who opened the lab's link may change something; open the link with the token "
    "that the start line printed, then try again"
)
_WRONG_LINK = (
    "the token in this link isn't the lab's; copy the whole link that the start line printed"
)


class Refused(ArtstyleError):
    """A request that isn't served; `status` and `headers` belong on the answer."""

    def __init__(self, message: str, status: int, headers: Mapping[str, str] | None = None) -> None:
        """Keep the words for the user with the HTTP status that goes with them."""
        super().__init__(message)
        self.status = status
        self.headers: Mapping[str, str] = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Safety:
    """Whom the lab serves: the address it is bound to, its token, and further host names.

    Without a token whoever reaches the server may do everything: that is for loopback.
    `extra_hosts` are names or IP addresses, without ports.
    """

    host: str
    token: str | None = field(repr=False)
    extra_hosts: frozenset[str]

    @property
    def open_to_others(self) -> bool:
        """Whether other machines can reach the server."""
        return not _is_loopback(self.host)

    def serves(self, name: str) -> bool:
        """Whether a request may call this server by that name.

        An address can't be rebound by an attacker's DNS and neither can this machine's own
        name; every other name must be listed. That goes for x.localhost too, which some
        resolvers look up.
        """
        name = _bare(name)
        if _is_loopback(name) or name in map(_bare, self.extra_hosts):
            return True
        own = {_bare(self.host), *_names_of_this_machine()}
        return self.open_to_others and (_address(name) is not None or name in own)

    def accepts(self, token: str) -> bool:
        """Whether it is the right token, told in a time that says nothing about it."""
        right = (self.token or "").encode()
        return bool(right) and hmac.compare_digest(token.encode("utf-8", "surrogatepass"), right)


SAFETY = web.AppKey("safety", Safety)


def _bare(name: str) -> str:
    return name.strip("[]").lower()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(_bare(name))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_loopback(name: str) -> bool:
    address = _address(name)
    return address.is_loopback if address else name.lower() == "localhost"


def _names_of_this_machine() -> set[str]:
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return {name, short, f"{short}.local"}  # .local is how phones and Macs find it


def protect(app: web.Application, safety: Safety) -> None:
    """Check every request of the app and put the headers on every response.

    Call it after the middleware that turns errors into pages was added, so that this one
    sees the refusals too.
    """
    app[SAFETY] = safety
    app.middlewares.extend([_check_host, _check_origin, _check_token])
    app.on_response_prepare.append(_add_headers)


def may_change(request: web.Request) -> bool:
    """Whether whoever sent this may change something, so that pages show the buttons or not."""
    safety = request.config_dict[SAFETY]
    if safety.token is None:
        return True
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and safety.accepts(bearer.strip()):
        return True
    return safety.accepts(request.cookies.get(COOKIE, ""))


@web.middleware
async def _check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign names: another site's name may have been pointed at this machine."""
    hosts = request.headers.getall("Host", [])
    found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if not found:
        raise Refused(_NO_HOST, 403)
    name = found[1].lower()
    if not request.config_dict[SAFETY].serves(name):
        raise Refused(
            f"the lab doesn't go by the name {name}; open it at the address that its start "
            f'line printed, or add "{name}" to ALLOWED_HOSTS in config.py',
            403,
        )
    return await handler(request)


@web.middleware
async def _check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a page of another site sent; other ports of this machine count as such."""
    host = request.headers["Host"]  # _check_host saw to it
    if not all(_same(origin, host) for origin in request.headers.getall("Origin", [])):
        raise Refused(_FOREIGN, 403)
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.method not in _READS and site not in {"same-origin", "none"}:
        raise Refused(_FOREIGN, 403)
    return await handler(request)


def _same(origin: str, host: str) -> bool:
    """Compare host and port. The scheme may differ: a proxy in front may speak HTTPS."""
    scheme, _, rest = origin.partition("://")
    there, here = _HOST.fullmatch(rest), _HOST.fullmatch(host)
    default = _PORTS.get(scheme)
    if not (there and here and default):
        return False
    ports = [int(match[2] or default) for match in (there, here)]
    return there[1].lower() == here[1].lower() and ports[0] == ports[1]


@web.middleware
async def _check_token(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let only those change something who hold the token, and turn the link into a cookie."""
    safety = request.config_dict[SAFETY]
    if request.method not in _READS:
        if not may_change(request):
            raise Refused(_NO_TOKEN, 401, {"WWW-Authenticate": 'Bearer realm="artstyle"'})
    elif safety.token is not None and "token" in request.query:
        return _welcome(request, safety)
    return await handler(request)


def _welcome(request: web.Request, safety: Safety) -> web.Response:
    """Answer the link; returned and not raised, so that no error page swallows the cookie."""
    token = request.query["token"]
    if not safety.accepts(token):
        raise Refused(_WRONG_LINK, 403)
    response = web.Response(status=303, headers={"Cache-Control": "no-store"})
    response.headers["Location"] = _without_token(request)
    response.set_cookie(
        COOKIE,
        token,
        max_age=_YEAR,
        path="/",
        secure=request.secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def _without_token(request: web.Request) -> str:
    """Give the path and the rest of the query; "//host" and "/\\host" would lead elsewhere."""
    path = "/" + _path(request).lstrip("/")
    query = request.rel_url.without_query_params("token").raw_query_string
    return f"{path}?{query}" if query else path


def _path(request: web.BaseRequest) -> str:
    """Give the path alone, with everything odd in it as %.., so that it stays on its line."""
    path = request.rel_url.raw_path
    return quote(path, safe="/%:@!$&'()*+,;=~", errors="surrogateescape")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    if response.headers.get("Connection") == "close":  # aiohttp sends it without obeying it
        response.force_close()


def load_token(folder: Path) -> str:
    """Read the token that the folder keeps, or make one; it blocks. Raises OutputError.

    It outlives a restart, and with it the cookies. What isn't a token is replaced.
    """
    path = folder / "token"
    try:
        return _read(path) or _create(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"{path} can't hold the lab's token ({reason}); choose another folder"
        raise OutputError(message) from error


def _read(path: Path) -> str | None:
    try:
        text = path.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    path.chmod(0o600)  # a copy or a backup may have opened it to others
    return text if _TOKEN.fullmatch(text) else None


def _create(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".token-")  # with mode 0600
    part = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(token + "\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return token


class AccessLog(AbstractAccessLogger):
    """aiohttp's request log, one short line each, without the query that may hold the token."""

    @property
    def enabled(self) -> bool:
        """Spare the work where nobody reads it."""
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write method, path, status and milliseconds."""
        words = request.method, _path(request), response.status, 1000 * time
        self.logger.info("%s %s %d %.0f ms", *words)
