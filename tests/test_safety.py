"""Who may do what in the lab, over real HTTP."""

import asyncio
import logging
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler
from yarl import URL

from artstyle.errors import OutputError
from artstyle.lab.safety import (
    COOKIE,
    HEADERS,
    AccessLog,
    Refused,
    Safety,
    load_token,
    may_change,
    protect,
)

Client = TestClient[web.Request, web.Application]
Serve = Callable[..., Awaitable[Client]]
TOKEN = "A" * 43
LOOPBACK = Safety("127.0.0.1", None, frozenset())
OPEN = Safety("0.0.0.0", TOKEN, frozenset())
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@web.middleware
async def words(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        text = str(refused)
        return web.Response(text=text, status=refused.status, headers=refused.headers)


@web.middleware
async def over_https(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request.clone(scheme="https"))


async def answer(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.method} {may_change(request)}")


async def file(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(Path(__file__))


async def away(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/")


async def boom(_request: web.Request) -> web.Response:
    raise ValueError("boom")


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"data")
    return response


@pytest.fixture
def serve(aiohttp_client: Callable[..., Awaitable[Client]]) -> Serve:
    async def served(safety: Safety, *first: Handler) -> Client:
        app = web.Application(middlewares=first or [words])  # type: ignore[arg-type]
        for path, handler in {"/boom": boom, "/file": file, "/stream": stream}.items():
            app.router.add_get(path, handler)
        app.router.add_get("/away", away)
        app.router.add_route("*", "/{rest:.*}", answer)
        protect(app, safety)
        server = TestServer(app)
        await server.start_server(access_log_class=AccessLog)
        return await aiohttp_client(server)

    return served


async def refusal(response: ClientResponse, status: int) -> str:
    """Give the words of a refusal after the checks that hold for all."""
    text = await response.text()
    assert response.status == status, text
    assert "\n" not in text
    assert text[0].islower() and len(text) > 40
    for name, value in HEADERS.items():
        assert response.headers.getall(name) == [value]
    return text


async def raw(client: Client, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(request)
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
    client = await serve(Safety("::1", None, frozenset({"lab.Example.org", "10.0.0.7"})))
    response = await client.get("/", headers={"Host": host})
    assert await response.text() == "GET True"


@pytest.mark.parametrize("host", FOREIGN.split())
async def test_foreign_hosts_are_refused_on_loopback(serve: Serve, host: str) -> None:
    client = await serve(LOOPBACK)
    text = await refusal(await client.get("/", headers={"Host": host}), 403)
    name = host.removesuffix(":8080")
    assert f'add "{name}" to ALLOWED_HOSTS in config.py' in text


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"Host:\r\n",
        b"Host: a b\r\n",
        b"Host: a/b\r\n",
        b"Host: u@localhost\r\n",
        b"Host: localhost:x\r\n",
        b"Host: localhost:\r\n",
        b"Host: [::1\r\n",
        b"Host: localhost:999999\r\n",
        b"Host: [::1%25lo]\r\n",
        b"Host: " + b"a" * 300 + b"\r\n",
        b"Host: loc\xe4lhost\r\n",
        b"Host: localhost\r\nHost: localhost\r\n",
    ],
)
async def test_missing_and_malformed_hosts_are_refused(serve: Serve, host: bytes) -> None:
    client = await serve(LOOPBACK)
    data = await raw(client, b"GET / HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
    assert data.startswith((b"HTTP/1.1 403 ", b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
    assert b"GET True" not in data


async def test_the_target_cannot_stand_in_for_the_host(serve: Serve) -> None:
    client = await serve(LOOPBACK)
    target = b"GET http://localhost/ HTTP/1.1\r\n"
    data = await raw(client, target + b"Host: evil.example\r\nConnection: close\r\n\r\n")
    assert data.startswith(b"HTTP/1.1 403 ")


async def test_open_to_others_serves_addresses_and_own_names(serve: Serve) -> None:
    client = await serve(OPEN)
    name = socket.gethostname()
    short = name.partition(".")[0]
    for host in ("192.168.1.5:8080", "[fd00::1]", "127.0.0.1", name, f"{short.upper()}.local"):
        response = await client.get("/", headers={"Host": host})
        assert await response.text() == "GET False", host
    await refusal(await client.get("/", headers={"Host": "evil.example"}), 403)


def test_the_name_that_the_server_is_bound_to_is_served() -> None:
    assert Safety("studio", TOKEN, frozenset()).serves("studio")


def test_only_loopback_is_not_open_to_others() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost"):
        assert not Safety(host, None, frozenset()).open_to_others
    for host in ("0.0.0.0", "::", "", "192.168.1.5", "studio", "localhost.example.org"):
        assert Safety(host, TOKEN, frozenset()).open_to_others


async def test_refusals_hold_without_a_middleware_for_words(serve: Serve) -> None:
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
async def test_other_origins_are_refused(serve: Serve, origin: str) -> None:
    client = await serve(LOOPBACK)
    headers = {"Host": "127.0.0.1:8080", "Origin": origin}
    assert (await client.head("/", headers=headers)).status == 403
    for method in ("GET", "POST", "DELETE"):
        response = await client.request(method, "/", headers=headers)
        assert "another site" in await refusal(response, 403)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost", "http://localhost"),
        ("localhost:80", "http://localhost"),
        ("LOCALHOST", "https://localhost:443"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("localhost", "https://localhost"),
    ],
)
async def test_the_own_origin_is_served(serve: Serve, host: str, origin: str) -> None:
    client = await serve(LOOPBACK)
    headers = {"Host": host, "Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert (await client.post("/", headers=headers)).status == 200


async def test_every_origin_of_several_counts(serve: Serve) -> None:
    client = await serve(LOOPBACK)
    headers = [("Host", "localhost"), ("Origin", "http://localhost"), ("Origin", "null")]
    assert (await client.post("/", headers=headers)).status in {400, 403}


async def test_only_what_this_site_started_may_change_something(serve: Serve) -> None:
    client = await serve(LOOPBACK)
    for site in ("cross-site", "same-site", "nonsense"):
        assert (await client.get("/", headers={"Sec-Fetch-Site": site})).status == 200
        await refusal(await client.post("/", headers={"Sec-Fetch-Site": site}), 403)
    for site in ("same-origin", "none"):
        assert (await client.post("/", headers={"Sec-Fetch-Site": site})).status == 200


# Token


async def test_on_loopback_no_token_is_needed(serve: Serve) -> None:
    client = await serve(LOOPBACK)
    assert await (await client.post("/")).text() == "POST True"
    assert await (await client.get("/?token=old")).text() == "GET True"


async def test_without_the_token_one_may_look_only(serve: Serve) -> None:
    client = await serve(OPEN)
    for method in ("GET", "OPTIONS"):
        assert await (await client.request(method, "/")).text() == f"{method} False"
    assert (await client.head("/")).status == 200
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        response = await client.request(method, "/")
        assert "open the link" in await refusal(response, 401)
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="artstyle"'


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"bearer  {TOKEN} "},
        {"Cookie": f"other=1; {COOKIE}={TOKEN}"},
    ],
)
async def test_the_token_lets_one_change(serve: Serve, headers: dict[str, str]) -> None:
    client = await serve(OPEN)
    assert await (await client.post("/", headers=headers)).text() == "POST True"
    assert await (await client.get("/", headers=headers)).text() == "GET True"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {TOKEN}B"},
        {"Authorization": "Bearer ä"},
        {"Cookie": f"{COOKIE}="},
        {"Cookie": f"{COOKIE}=ä\udcff"},
        {"Cookie": ";;=;"},
        {"Cookie": f"{COOKIE}={TOKEN[1:]}"},
        {"Cookie": f"token={TOKEN}"},
    ],
)
async def test_a_wrong_token_changes_nothing(serve: Serve, headers: dict[str, str]) -> None:
    client = await serve(OPEN)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST /?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n"
    data = await raw(client, head.encode("utf-8", "surrogateescape"))
    assert data.startswith(b"HTTP/1.1 401 ")


async def test_an_empty_token_opens_nothing(serve: Serve) -> None:
    client = await serve(Safety("0.0.0.0", "", frozenset()))
    assert (await client.post("/", headers={"Authorization": "Bearer "})).status == 401


async def test_the_link_becomes_a_cookie(serve: Serve) -> None:
    client = await serve(OPEN)
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
async def test_a_wrong_link_is_refused(serve: Serve, token: str) -> None:
    client = await serve(OPEN)
    response = await client.get(f"/?token={token}", headers=BEARER, allow_redirects=False)
    assert "copy the whole link" in await refusal(response, 403)
    assert not response.cookies


async def test_raw_bytes_in_a_link_are_refused(serve: Serve) -> None:
    client = await serve(OPEN)
    rest = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    for target in (b"/?token=\xff", b"/\xff?token=" + TOKEN.encode() + b"&\xfe=%zz"):
        data = await raw(client, b"GET " + target + rest)
        assert data.split()[1] in {b"303", b"400", b"403"}


@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example", "/\\evil.example"])
async def test_the_link_leads_nowhere_else(serve: Serve, path: str) -> None:
    client = await serve(OPEN)
    head = f"GET {path}?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    data = await raw(client, head.encode())
    assert data.startswith(b"HTTP/1.1 303 ")
    (location,) = [line for line in data.split(b"\r\n") if line.startswith(b"Location: ")]
    assert URL(location[10:].decode()).host is None
    assert location[10:].startswith((b"/evil.example", b"/%5Cevil.example"))


# What is kept on disk


def test_a_token_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    token = load_token(folder)
    assert len(token) == 43
    assert load_token(folder) == token
    assert stat.S_IMODE((folder / "token").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["token"]
    assert load_token(tmp_path) != token


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 43, b"A" * 42 + b" ", b"A" * 44])
def test_a_damaged_token_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    token = load_token(tmp_path)
    assert len(token) == 43
    assert load_token(tmp_path) == token


def test_a_token_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(0o644)
    assert load_token(tmp_path) == TOKEN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_holds_no_token_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "token").mkdir(parents=True)
    for folder in (tmp_path / "file", tmp_path / "taken"):
        with pytest.raises(OutputError, match=f"{folder.name}/token can't hold .* choose another"):
            load_token(folder)


def test_the_token_is_not_printed() -> None:
    assert TOKEN not in repr(OPEN)


# Headers and the log


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/file", 200),
        ("/stream", 200),
        ("/away", 302),
        ("/boom", 500),
        ("/?token=wrong", 403),
        (f"/?token={TOKEN}", 303),
    ],
)
async def test_every_response_has_the_headers(serve: Serve, path: str, status: int) -> None:
    client = await serve(OPEN)
    response = await client.get(path, allow_redirects=False)
    assert response.status == status
    for name, value in HEADERS.items():
        assert response.headers.getall(name) == [value]


async def test_what_is_not_there_has_the_headers(
    aiohttp_client: Callable[..., Awaitable[Client]],
) -> None:
    app = web.Application()
    app.router.add_get("/", answer)
    protect(app, LOOPBACK)
    client = await aiohttp_client(app)
    for method, path, status in (("GET", "/none", 404), ("POST", "/", 405)):
        response = await client.request(method, path)
        assert response.status == status
        assert response.headers.items() >= HEADERS.items()
    expecting = await client.get("/", headers={"Expect": "nonsense"})
    assert expecting.status == 417
    assert expecting.headers.items() >= HEADERS.items()


async def test_the_connection_is_closed_where_the_response_says_so(
    aiohttp_client: Callable[..., Awaitable[Client]],
) -> None:
    async def close(_request: web.Request) -> web.Response:
        return web.Response(headers={"Connection": "close"})

    app = web.Application()
    app.router.add_get("/", close)
    protect(app, LOOPBACK)
    client = await aiohttp_client(app)
    data = await raw(client, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")  # returns at its end
    assert data.startswith(b"HTTP/1.1 200 ")


def test_the_policy_allows_what_the_pages_need_and_no_more() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy


async def test_the_log_leaves_the_query_out(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aiohttp.access")
    client = await serve(OPEN)
    await client.get(f"/a%0Ab?token={TOKEN}", allow_redirects=False)
    await client.post("/ä", headers=BEARER)
    await raw(client, b"GET /\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    lines = [record.getMessage() for record in caplog.records if record.name == "aiohttp.access"]
    assert [line.rsplit(" ", 2)[0] for line in lines][:2] == ["GET /a%0Ab 303", "POST /%C3%A4 200"]
    assert len(lines) == 3
    assert all(line.isascii() and line.endswith(" ms") for line in lines)
    assert TOKEN not in caplog.text


async def test_a_log_that_nobody_reads_is_not_written() -> None:
    logger = logging.getLogger("test.silent")
    logger.setLevel(logging.WARNING)
    assert not AccessLog(logger, "").enabled
