"""Who may do what in the lab, over real HTTP."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from aiohttp.typedefs import Handler
from tests.lab_app import BEARER, LOOPBACK, OPEN, TOKEN
from yarl import URL

from artstyle.errors import ArtstyleError
from artstyle.lab.access import COOKIE, POLICY, AccessPolicy, check_access, may_change
from artstyle.lab.errors import headers_of, status_of

Client = TestClient[web.Request, web.Application]
Serve = Callable[..., Awaitable[Client]]


@web.middleware
async def tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ArtstyleError as error:
        return web.Response(text=str(error), status=status_of(error), headers=headers_of(error))


@web.middleware
async def over_https(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request.clone(scheme="https"))


async def answer(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.method} {may_change(request)}")


@pytest.fixture
def serve(aiohttp_client: Callable[..., Awaitable[Client]]) -> Serve:
    async def served(policy: AccessPolicy, first: Any = tell_errors) -> Client:
        app = web.Application(middlewares=[first, check_access])
        app.router.add_route("*", "/{rest:.*}", answer)
        app[POLICY] = policy
        return await aiohttp_client(app)

    return served


@pytest.fixture
async def here(serve: Serve) -> Client:
    return await serve(LOOPBACK)


@pytest.fixture
async def client(serve: Serve) -> Client:
    """A lab that is open to others."""
    return await serve(OPEN)


async def refusal(response: ClientResponse, status: int) -> str:
    text = await response.text()
    assert response.status == status, text
    assert "\n" not in text and len(text) > 40
    return text


async def raw(client: Client, *lines: str, encoding: str = "latin-1") -> bytes:
    """The answer to a request with these lines, which nothing checks before."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = "\r\n".join([*lines, "Connection: close", "", ""])
    writer.write(head.encode(encoding, "surrogateescape"))
    data = await reader.read()
    writer.close()
    return data


# Host


SERVED = """
localhost LOCALHOST:1 127.0.0.1:9000 127.1.2.3 [::1] [::1]:80 [::ffff:127.0.0.1]
Lab.example.org:8080 10.0.0.7:8080
"""
FOREIGN = """
evil.example evil.example:8080 localhost.evil.example evil.localhost 10.0.0.7
127.0.0.1.evil.example 0.0.0.0 [fe80::1] 2130706433 127.1 localhost.
"""


@pytest.mark.parametrize("host", SERVED.split())
async def test_loopback_and_listed_hosts_are_served(serve: Serve, host: str) -> None:
    client = await serve(AccessPolicy("::1", None, frozenset({"lab.Example.org", "10.0.0.7"})))
    response = await client.get("/", headers={"Host": host})
    assert await response.text() == "GET True"


@pytest.mark.parametrize("host", FOREIGN.split())
async def test_foreign_hosts_are_refused_on_loopback(here: Client, host: str) -> None:
    text = await refusal(await here.get("/", headers={"Host": host}), 403)
    name = host.removesuffix(":8080")
    assert f'add "{name}" to ALLOWED_HOSTS in config.py' in text


@pytest.mark.parametrize(
    "host",
    [
        *("a b", "a/b", "u@localhost", "localhost:x", "localhost:", "[::1", "localhost:999999"),
        *("", "[::1%25lo]", "a" * 300, "loc\xe4lhost", "localhost\r\nHost: localhost", None),
    ],
)
async def test_missing_and_malformed_hosts_are_refused(here: Client, host: str | None) -> None:
    data = await raw(here, "GET / HTTP/1.1", *([] if host is None else [f"Host: {host}"]))
    assert data.startswith((b"HTTP/1.1 403 ", b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
    assert b"GET True" not in data


async def test_the_target_cannot_stand_in_for_the_host(here: Client) -> None:
    data = await raw(here, "GET http://localhost/ HTTP/1.1", "Host: evil.example")
    assert data.startswith(b"HTTP/1.1 403 ")


async def test_open_to_others_serves_addresses_and_own_names(client: Client) -> None:
    name = socket.gethostname()
    short = name.partition(".")[0]
    for host in ("192.168.1.5:8080", "[fd00::1]", "127.0.0.1", name, f"{short.upper()}.local"):
        response = await client.get("/", headers={"Host": host})
        assert await response.text() == "GET False", host
    await refusal(await client.get("/", headers={"Host": "evil.example"}), 403)


def test_only_loopback_is_not_open_to_others() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost"):
        assert not AccessPolicy(host, None, frozenset()).open_to_others
    for host in ("0.0.0.0", "::", "", "192.168.1.5", "studio", "localhost.example.org"):
        policy = AccessPolicy(host, TOKEN, frozenset())
        assert policy.open_to_others
        assert policy.serves(host)  # the name that it is bound to


async def test_refusals_hold_even_if_nobody_answers_them(serve: Serve) -> None:
    client = await serve(LOOPBACK, over_https)
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        response = await client.post("/", headers=headers)
        assert response.status == 500
        assert "True" not in await response.text()


# Origin


OTHER_ORIGINS = """
null http://evil.example http://127.0.0.1 http://127.0.0.1:1 http://localhost:8080 file://
ftp://127.0.0.1:8080 127.0.0.1:8080 http://127.0.0.1:8080/ http://x@127.0.0.1:8080
"""


@pytest.mark.parametrize("origin", ["", "http://127.0.0.1:8080 null", *OTHER_ORIGINS.split()])
async def test_other_origins_are_refused(here: Client, origin: str) -> None:
    headers = {"Host": "127.0.0.1:8080", "Origin": origin}
    assert (await here.head("/", headers=headers)).status == 403
    for method in ("GET", "POST", "DELETE"):
        response = await here.request(method, "/", headers=headers)
        assert "another site" in await refusal(response, 403)


@pytest.mark.parametrize(
    "pair",
    [
        *("127.0.0.1:8080 http://127.0.0.1:8080", "localhost http://localhost"),
        *("localhost:80 http://localhost", "LOCALHOST https://localhost:443"),
        *("[::1]:8080 http://[::1]:8080", "localhost https://localhost"),
    ],
)
async def test_the_own_origin_is_served(here: Client, pair: str) -> None:
    host, origin = pair.split()
    headers = {"Host": host, "Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert (await here.post("/", headers=headers)).status == 200


async def test_every_origin_of_several_counts(here: Client) -> None:
    headers = [("Host", "localhost"), ("Origin", "http://localhost"), ("Origin", "null")]
    assert (await here.post("/", headers=headers)).status in {400, 403}


async def test_only_what_this_site_started_may_change_something(here: Client) -> None:
    for site in ("cross-site", "same-site", "nonsense"):
        assert (await here.get("/", headers={"Sec-Fetch-Site": site})).status == 200
        await refusal(await here.post("/", headers={"Sec-Fetch-Site": site}), 403)
    for site in ("same-origin", "none"):
        assert (await here.post("/", headers={"Sec-Fetch-Site": site})).status == 200


# Token


async def test_on_loopback_no_token_is_needed(here: Client) -> None:
    assert await (await here.post("/")).text() == "POST True"
    assert await (await here.get("/?token=old")).text() == "GET True"


async def test_without_the_token_one_may_look_only(client: Client) -> None:
    for method in ("GET", "OPTIONS"):
        assert await (await client.request(method, "/")).text() == f"{method} False"
    assert (await client.head("/")).status == 200
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        response = await client.request(method, "/")
        assert "open the link" in await refusal(response, 401)
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="artstyle"'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", f"Bearer {TOKEN}"),
        ("Authorization", f"bearer  {TOKEN} "),
        ("Cookie", f"other=1; {COOKIE}={TOKEN}"),
    ],
)
async def test_the_token_lets_one_change(client: Client, name: str, value: str) -> None:
    headers = {name: value}
    assert await (await client.post("/", headers=headers)).text() == "POST True"
    assert await (await client.get("/", headers=headers)).text() == "GET True"


WRONG = (
    *("Authorization: " + each for each in (f"Basic {TOKEN}", TOKEN, "Bearer", f"Bearer {TOKEN}B")),
    *("Authorization: Bearer ä", f"Cookie: {COOKIE}=", f"Cookie: {COOKIE}=ä\udcff", "Cookie: ;;=;"),
    *(f"Cookie: {COOKIE}={TOKEN[1:]}", f"Cookie: token={TOKEN}"),
)


@pytest.mark.parametrize("line", WRONG)
async def test_a_wrong_token_changes_nothing(client: Client, line: str) -> None:
    first = f"POST /?token={TOKEN} HTTP/1.1"
    data = await raw(client, first, "Host: localhost", line, encoding="utf-8")
    assert data.startswith(b"HTTP/1.1 401 ")


async def test_an_empty_token_opens_nothing(serve: Serve) -> None:
    client = await serve(AccessPolicy("0.0.0.0", "", frozenset()))
    assert (await client.post("/", headers={"Authorization": "Bearer "})).status == 401


async def test_the_link_becomes_a_cookie(client: Client) -> None:
    link = f"/jobs/1?a=1&token={TOKEN}&b=%C3%A4"
    response = await client.get(link, allow_redirects=False)
    assert response.status == 303
    assert response.headers["Location"] == "/jobs/1?a=1&b=%C3%A4"
    assert response.headers["Cache-Control"] == "no-store"
    cookie = response.cookies[COOKIE]
    assert (cookie.value, cookie["path"], cookie["max-age"]) == (TOKEN, "/", "31536000")
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    assert await (await client.post("/")).text() == "POST True"


async def test_the_cookie_is_secure_over_https(serve: Serve) -> None:
    client = await serve(OPEN, over_https)
    response = await client.get(f"/?token={TOKEN}", allow_redirects=False)
    assert response.cookies[COOKIE]["secure"] is True
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[1:], "%FF", "%00", "ä", "%ED%A0%80"])
async def test_a_wrong_link_is_refused(client: Client, token: str) -> None:
    response = await client.get(f"/?token={token}", headers=BEARER, allow_redirects=False)
    assert "copy the whole link" in await refusal(response, 403)
    assert not response.cookies


@pytest.mark.parametrize("target", ["/?token=\xff", f"/\xff?token={TOKEN}&\xfe=%zz"])
async def test_raw_bytes_in_a_link_are_refused(client: Client, target: str) -> None:
    data = await raw(client, f"GET {target} HTTP/1.1", "Host: localhost")
    assert data.split()[1] in {b"303", b"400", b"403"}


@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example", "/\\evil.example"])
async def test_the_link_leads_nowhere_else(client: Client, path: str) -> None:
    data = await raw(client, f"GET {path}?token={TOKEN} HTTP/1.1", "Host: localhost")
    assert data.startswith(b"HTTP/1.1 303 ")
    (location,) = [line for line in data.split(b"\r\n") if line.startswith(b"Location: ")]
    assert URL(location[10:].decode()).host is None
    assert location[10:].startswith((b"/evil.example", b"/%5Cevil.example"))


def test_the_token_is_not_printed() -> None:
    assert TOKEN not in repr(OPEN)
