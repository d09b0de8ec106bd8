"""The form with its pictures: what is read, what is refused, and how much is kept."""

import asyncio
import gzip
import io
import time
import tracemalloc
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import ClientSession, web
from aiohttp import StreamReader as Body
from PIL import Image

from artstyle.errors import FormError
from artstyle.lab import addresses
from artstyle.lab import uploads as module
from artstyle.lab.errors import headers_of, status_of
from artstyle.lab.pace import Pace
from artstyle.lab.uploads import Upload, UploadLimits, Uploads

NAMES = frozenset({"seed", "note"})
LIMITS = UploadLimits(picture_bytes=2_000_000, concurrent=2, seconds=30)


def picture(kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((32, 32), 90).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


PNG, JPEG = picture(), picture("JPEG")
DISPOSITION = b"Content-Disposition: form-data"
NO_TEXTS = (b"\xff", b"\xed\xa0\x80", b"7\0")
NEAR = b"\r\n--A\r\n--\r\n\r\n-\r\n-B\n--B\r\r\n"  # nearly a boundary
GOOD = DISPOSITION + b'; name="seed"\r\n\r\n7'


class Lab:
    """A server with nothing but the form, and what it read of the last one."""

    def __init__(self, limits: UploadLimits) -> None:
        self.uploads, self.upload = Uploads(limits), Upload()
        self.begun, self.ended = asyncio.Event(), asyncio.Event()
        self.task: asyncio.Task[object] | None = None
        self.client: ClientSession
        self.port = self.count = 0

    async def handle(self, request: web.Request) -> web.Response:
        self.count += 1
        self.task = asyncio.current_task()
        self.begun.set()
        try:
            self.upload = await self.uploads.read(request, NAMES)
        except FormError as error:
            text, headers = f"{error.code}: {error}", headers_of(error)
            return web.Response(text=text, status=status_of(error), headers=headers)
        finally:
            self.ended.set()
        return web.Response(text="read")

    async def send(self, body: bytes, kind: str = "multipart/form-data; boundary=B") -> str:
        headers = {"Content-Type": kind}
        async with self.client.post("/", data=io.BytesIO(body), headers=headers) as response:
            return f"{response.status} {await response.text()}"

    async def parts(self, *parts: bytes) -> str:
        return await self.send(form(*parts))

    async def send_from(self, source: str, body: bytes) -> bytes:
        """Send a form from another address; returns the first line of the answer."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(source, 0)
        )
        writer.write(head(len(body)) + body)
        line = await reader.readline()
        writer.close()
        return line

    @asynccontextmanager
    async def connect(self, sent: bytes) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
        """Send the beginning of a request."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        await writer.drain()
        yield reader, writer
        writer.close()


Start = Callable[[UploadLimits], Awaitable[Lab]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def started(limits: UploadLimits) -> Lab:
            lab = Lab(limits)
            app = web.Application()
            app.router.add_route("*", "/", lab.handle)
            # Not aiohttp's TestServer, which cancels the handlers of those who leave.
            runner = web.AppRunner(app, shutdown_timeout=1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            lab.port = runner.addresses[0][1]
            session = ClientSession(f"http://127.0.0.1:{lab.port}")
            lab.client = await stack.enter_async_context(session)
            return lab

        yield started


@pytest.fixture
async def lab(start: Start) -> Lab:
    return await start(LIMITS)


def part(name: str, data: bytes, filename: str | None = None, *headers: bytes) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    return b"\r\n".join([disposition.encode(), *headers, b"", data])


def form(*parts: bytes) -> bytes:
    return b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"


def head(length: int | None, *more: str, kind: str = "multipart/form-data; boundary=B") -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = ["POST / HTTP/1.1", "Host: localhost", f"Content-Type: {kind}", size, *more, "", ""]
    return "\r\n".join(lines).encode()


# What is read


async def test_texts_and_pictures_are_read(lab: Lab) -> None:
    sent = await lab.parts(
        part("seed", b"7"),
        part("note", "schön\r\n--".encode()),
        part("content", PNG, "a.png", b"Content-Type: image/png"),
        part("style", JPEG, "ü;.jpg", b"Content-Transfer-Encoding: binary"),
    )
    assert sent == "200 read"
    assert lab.upload.fields == {"seed": "7", "note": "schön\r\n--"}
    assert lab.upload.pictures == {"content": PNG, "style": JPEG}
    assert lab.upload.errors == {}


async def test_a_file_input_left_empty_is_no_picture(lab: Lab) -> None:
    empty = part("content", b"", "", b"Content-Type: application/octet-stream")
    assert await lab.parts(empty, part("style", b"", "a.png"), part("seed", b"")) == "200 read"
    assert (lab.upload.pictures, lab.upload.fields) == ({"style": b""}, {"seed": ""})


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (part("content", PNG, ""), Upload(pictures={"content": PNG})),
        (part("seed", b"7" * 1000), Upload({"seed": "7" * 1000})),
        (part("content", PNG + NEAR, "a.png"), Upload(pictures={"content": PNG + NEAR})),
    ],
)
async def test_names_lengths_and_line_breaks_are_free(lab: Lab, sent: bytes, read: Upload) -> None:
    assert await lab.parts(sent) == "200 read"
    assert lab.upload == read


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_the_boundary_may_come_in_pieces(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    read = Body.read
    monkeypatch.setattr(Body, "read", lambda stream, _=-1: read(stream, size))
    await lab.parts(part("seed", b"7"), part("content", PNG, "a.png"))
    assert lab.upload == Upload({"seed": "7"}, {"content": PNG})


@pytest.mark.parametrize("more", [b"", b"\r\n", b"more", b"\r\n--B\r\n", b"\0" * 500_000])
async def test_what_follows_the_last_boundary_is_ignored(lab: Lab, more: bytes) -> None:
    assert await lab.send(form(GOOD)[:-2] + more) == "200 read"
    assert lab.upload.fields == {"seed": "7"}
    assert await lab.send(b"--B--" + more) == "200 read"


@pytest.mark.parametrize(
    "body",
    [
        b"preamble\r\n" + form(GOOD),
        b"\r\n" * 50 + form(GOOD),
        form(b"Content-Disposition: form-data;\r\n name=seed\r\n\r\n7"),
        form(b"Content-Disposition : Form-Data ; name = seed\r\n\r\n7"),
        form(b'Content-Disposition: form-data; name="seed"x\r\n\r\n7'),
        form(b"Content-Disposition: form-data; name=note; name=seed\r\n\r\n7"),
        form(b"Content-Disposition: form-data; name=seed\nX: y\r\n\r\n7"),
        form(b"X: y\r\nX: y\r\n" + GOOD),
        form(b"Content-Length: 1\r\n" + GOOD),
    ],
)
async def test_what_can_only_mean_one_thing_may_be_oddly_written(lab: Lab, body: bytes) -> None:
    assert await lab.send(body) == "200 read"
    assert lab.upload.fields == {"seed": "7"}


# Pictures that are too large


async def test_a_picture_may_have_the_limit_and_no_byte_more(lab: Lab) -> None:
    padded = PNG + bytes(LIMITS.picture_bytes - len(PNG))
    sent = part("content", padded, "a.png"), part("style", padded + b"x", "b.png"), GOOD
    assert await lab.parts(*sent) == "200 read"
    assert (lab.upload.fields, lab.upload.pictures) == ({"seed": "7"}, {"content": padded})
    (error,) = lab.upload.errors.values()
    assert str(error) == "the painting is larger than 2 MB; choose a smaller file"


# How much is kept


@pytest.fixture
async def large(start: Start) -> AsyncIterator[Lab]:
    """A lab for large pictures, whose memory is traced."""
    lab = await start(replace(LIMITS, picture_bytes=16_000_000))
    tracemalloc.start()
    yield lab
    tracemalloc.stop()


async def send_60_megabytes(lab: Lab, *opening: bytes, piece: bytes) -> tuple[str, int, int]:
    """Returns the answer, the most memory it took, and how much it still takes."""

    async def body() -> AsyncIterator[bytes]:
        for begin in opening:
            yield begin
        for _ in range(60):
            yield piece
        yield b"\r\n--B--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    tracemalloc.reset_peak()
    async with lab.client.post("/", data=body(), headers=headers) as response:
        answer = f"{response.status} {await response.text()}"
    current, peak = tracemalloc.get_traced_memory()
    return answer, peak, current


async def test_of_60_megabytes_hardly_any_is_kept(large: Lab) -> None:
    begin = b"--B\r\n" + part("content", b"", "a.png")
    answer, peak, current = await send_60_megabytes(large, begin, piece=bytes(1_000_000))
    assert answer == "200 read"
    assert list(large.upload.errors) == ["content"]
    assert peak < 36_000_000  # the limit, and again as much while the bytes are moved
    assert current < 6_000_000


@pytest.mark.parametrize(
    ("begin", "piece", "status"),
    [
        (b"", bytes(10), "200"),
        (b"", b"\r", "200"),
        (b"", b"\r\n--", "200"),
        (b"--B\r\n", b"x", "413"),
        (b"--B\r\n", b"X: y\r\n", "413"),
        (b"--B\r\nX: y", b"\r\n x", "413"),
        (b"--B\r\n" + part("seed", b""), b"x", "413"),
        (b"--B\r\n" + part("seed", b""), b"\r\n--", "413"),
        (b"--B\r\n" + part("nonsense", b""), b"x", "400"),
        (b"--B--\r\n", b"x", "200"),
    ],
)
async def test_what_never_ends_is_not_kept(
    large: Lab, begin: bytes, piece: bytes, status: str
) -> None:
    piece *= 1_000_000 // len(piece)
    answer, peak, _ = await send_60_megabytes(large, begin, piece=piece)
    assert answer.startswith(status)
    assert peak < 6_000_000


async def test_a_refusal_frees_the_pictures_while_the_rest_is_sent(large: Lab) -> None:
    body = form(part("content", PNG + bytes(15_000_000), "a"), part("nonsense", bytes(9_000_000)))
    async with large.connect(head(len(body)) + body[:100]) as (reader, writer):
        writer.write(body[100:-1_000_000])
        await writer.drain()
        rest = body[-1_000_000:]
        del body
        async with asyncio.timeout(10):
            while tracemalloc.get_traced_memory()[0] > 6_000_000:
                await asyncio.sleep(0)
        assert not large.ended.is_set()
        writer.write(rest)
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")


async def test_a_body_that_says_it_is_too_long_is_refused_at_once(lab: Lab) -> None:
    async with lab.connect(head(module.BODY_PICTURES * LIMITS.picture_bytes + 1)) as (reader, _):
        answer = await reader.readuntil(b"smaller pictures")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"the form is larger than 12 MB" in answer
    assert b"\r\nConnection: close\r\n" in answer


async def test_a_body_without_end_is_cut_off(lab: Lab) -> None:
    line = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    async with lab.connect(head(None)) as (reader, writer):
        most = module.BODY_PICTURES * LIMITS.picture_bytes
        for _ in range(most // 0x10000 + 20):  # aiohttp discards the last few
            writer.write(line)
            await writer.drain()
        answer = await reader.readuntil(b"smaller pictures")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nConnection: close\r\n" in answer


# What is refused


OTHER_KINDS = (
    *("", "nonsense", "ä/ö", "text/plain", "application/json", "multipart/mixed; boundary=B"),
    *("application/x-www-form-urlencoded", "multipart/form-data-x; boundary=B"),
)
ODD = ("", "; boundary=", '; boundary=""', "; boundary=" + "B" * 71, '; boundary="B;B"')


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        *((kind, "415 not-a-form: ") for kind in OTHER_KINDS),
        *(("multipart/form-data" + more, "400 form-broken: ") for more in ODD),
    ],
)
async def test_other_content_types_and_odd_boundaries_are_refused(
    lab: Lab, kind: str, told: str
) -> None:
    assert (await lab.send(form(GOOD), kind)).startswith(told)


async def test_a_request_without_a_body_is_refused(lab: Lab) -> None:
    for method in ("GET", "POST"):
        assert (await lab.client.request(method, "/")).status == 415


async def test_a_boundary_that_is_no_text_is_refused(lab: Lab) -> None:
    body = form(GOOD)
    start = head(len(body), kind='multipart/form-data; boundary="\xff"')
    async with lab.connect(start.replace("\xff".encode(), b"\xff") + body) as (reader, _):
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"B", b"--B", b"--B-", b"--B--"[:-1] + b"x", b"--B\r\n", b"\r\n" * 50),
        *(b"--B\n" + GOOD + b"\n--B--\n", b"--B\r\n" + GOOD),
        b"--B\r\n" + GOOD + b"\r\n--B",
        b"--B\r\n" + GOOD + b"\r\n--B\r\n",
        b"--Bx\r\n" + GOOD + b"\r\n--Bx--\r\n",
        b"--C\r\n" + GOOD + b"\r\n--C--\r\n",
        b"preamble" + form(GOOD),
        *(form(b""), form(b"\r\n7")),
        form(b"\r\nContent-Disposition: form-data; name=seed\r\n\r\n7"),
        form(b"nonsense\r\n\r\n7"),
        form(b"Content-Type: text/plain\r\n\r\n7"),
        form(b"Content-Disposition: attachment; name=seed\r\n\r\n7"),
        form(b" X: y\r\n" + GOOD),
        form(b"X y: z\r\n" + GOOD),
        form(b"X: \xff\r\n" + GOOD),
        form(b"X: y\n" + GOOD.replace(b"\r\n", b"\n")),
        form(b"Content-Length: 2\r\n" + GOOD),
        form(b"Content-Length: -1\r\n" + GOOD),
        form(b"Content-Length: " + b"9" * 3900 + b"\r\n" + GOOD),
        form(GOOD)[:-5] + b"\0\0",
    ],
)
async def test_a_broken_form_is_refused(lab: Lab, body: bytes) -> None:
    assert (await lab.send(body)).startswith("400 form-broken: ")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        *(([part(name, b"7")], "400 unknown-field: ") for name in ("age", "", "Seed", "_charset_")),
        ([part("seed", b"7"), part("seed", b"7")], "400 field-twice: "),
        ([part("content", b"", ""), part("content", PNG, "a")], "400 field-twice: "),
        ([part("content", PNG)], "400 field-is-text: the photo was sent as text"),
        ([part("style", b"")], "400 field-is-text: the painting was sent as text"),
        ([part("seed", b"7", "seed.txt")], "400 field-is-file: seed was sent as a file"),
        ([part("seed", b"7", "")], "400 field-is-file: seed was sent as a file"),
        *(([part("seed", raw)], "400 field-not-text: seed") for raw in NO_TEXTS),
        ([part("seed", b"7" * 1001)], "413 field-too-long: seed is longer than 1000 bytes"),
        *(
            ([DISPOSITION + name + b"\r\n\r\n7"], "400 unknown-field: ")
            for name in (b"", b"; filename=a", b'; name="seed', b"; name=\0seed")
        ),
        # RFC 7578 forbids filename* in forms
        ([DISPOSITION + b"; name=style; filename*=utf-8''a\r\n\r\n7"], "400 field-is-text: "),
        ([b"X: " + b"x" * 4000 + b"\r\n" + GOOD], "413 form-too-long: "),
        ([b"X: y\r\n" * 8 + GOOD], "413 form-too-long: "),
        (
            [part("style", b"", "a", b"Content-Type: Multipart/mixed; boundary=C")],
            "415 form-encoded: ",
        ),
    ],
)
async def test_parts_that_do_not_belong_are_refused(
    lab: Lab, parts: list[bytes], message: str
) -> None:
    assert (await lab.parts(*parts)).startswith(message)


async def test_too_many_fields_are_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PARTS", 2)
    assert await lab.parts(part("seed", b"7"), part("content", PNG, "a")) == "200 read"
    sent = await lab.parts(part("seed", b"7"), part("content", PNG, "a"), part("note", b"7"))
    assert sent.startswith("413 form-too-long: ")


async def test_a_form_cut_off_or_changed_anywhere_is_answered(lab: Lab) -> None:
    body = form(part("seed", b"7"), part("content", PNG[:20], "a", b"Content-Type: image/png"))
    cut = [body[:at] for at in range(0, len(body), 2)]
    bad = [body[:at] + b"%c" % (at * 37 % 256) + body[at + 1 :] for at in range(len(body))]
    for changed in cut + bad:
        assert (await lab.send(changed)).split()[0] in {"200", "400", "413", "415"}


PLAIN = (b"identity", b"binary", b"8bit", b"8BIT")
ENCODED = (b"gzip", b"base64", b"quoted-printable", b"x", b"", b"BASE64")


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        *((b"Content-Encoding: " + each, "415 form-encoded: ") for each in ENCODED),
        *((b"Content-Transfer-Encoding: " + each, "415 form-encoded: ") for each in ENCODED),
        *((b"Content-Transfer-Encoding: " + each, "200 read") for each in PLAIN),
    ],
)
async def test_only_plain_parts_are_read(lab: Lab, encoding: bytes, told: str) -> None:
    assert (await lab.parts(part("content", PNG, "a.png", encoding))).startswith(told)


async def test_a_compressed_body_is_refused(lab: Lab) -> None:
    large = form(part("content", bytes(13_000_000), "a.png"))
    for body, status in ((form(GOOD), b"415"), (large, b"413")):
        packed = gzip.compress(body, 1)
        more = "Content-Encoding: gzip", "Connection: close"
        async with lab.connect(head(len(packed), *more) + packed) as (reader, _):
            assert (await reader.read()).split()[1] == status


async def test_broken_chunks_are_refused(start: Start) -> None:
    lab = await start(replace(LIMITS, seconds=0.05))  # aiohttp's parser in C only goes silent
    async with lab.connect(head(None) + b"3\r\n--B\r\n") as (reader, writer):
        await lab.begun.wait()
        writer.write(b"nonsense\r\n")
        assert (await reader.readline()).split()[1] in {b"400", b"408"}


async def test_a_quoted_boundary_is_found(lab: Lab) -> None:
    odd = "'()+_,./:=?x y-"
    body = form(GOOD).replace(b"--B", b"--" + odd.encode())
    assert await lab.send(body, f'Multipart/Form-Data; x=y; boundary="{odd}"') == "200 read"


# Several at once, slow ones, and those who leave


@pytest.fixture
async def narrow(start: Start) -> Lab:
    """A lab that reads one form at a time."""
    return await start(replace(LIMITS, concurrent=1))


async def test_no_more_than_the_limit_are_read_at_once(narrow: Lab) -> None:
    body = form(GOOD)
    async with narrow.connect(head(len(body)) + body[:-2]) as (reader, writer):
        await narrow.begun.wait()
        kind = {"Content-Type": "multipart/form-data; boundary=B"}
        async with narrow.client.post("/", data=body, headers=kind) as response:
            assert (response.status, response.headers["Retry-After"]) == (503, "10")
            assert "try again in a moment" in await response.text()
        writer.write(body[-2:])
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    assert await narrow.send(body) == "200 read"


async def test_a_slow_upload_is_given_up(start: Start) -> None:
    lab = await start(replace(LIMITS, concurrent=1, seconds=0.05))
    async with lab.connect(head(1000) + b"--B\r\n") as (reader, _):
        answer = await reader.readuntil(b"a faster connection")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"\r\nConnection: close\r\n" in answer
    assert await lab.parts(GOOD) == "200 read"


async def test_an_upload_that_trickles_is_given_up(start: Start) -> None:
    lab = await start(replace(LIMITS, concurrent=1, least_rate=1e9, patience=0.05))
    async with lab.connect(head(1000) + b"--B\r\n") as (reader, writer):
        answer = asyncio.create_task(reader.readuntil(b"a faster connection"))
        while not answer.done():
            writer.write(b"x")
            await asyncio.wait({answer}, timeout=0.001)
    assert answer.result().startswith(b"HTTP/1.1 408 ")
    assert await lab.parts(GOOD) == "200 read"


async def test_the_time_that_the_lab_takes_isnt_counted_against_the_sender() -> None:
    async def piece() -> bytes:
        for _ in range(9):
            await asyncio.sleep(0)
        return b"12345"

    pace = Pace(rate=1e9, patience=0.2)
    for _ in range(3):
        assert await pace.wait(piece()) == b"12345"
        computed = time.monotonic() + 0.1
        while time.monotonic() < computed:
            pass
    with pytest.raises(TimeoutError):
        while True:  # pieces of nearly nothing don't help
            await pace.wait(piece())


async def test_one_client_has_half_of_the_places_and_others_get_in(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "is_loopback", lambda client: client == "127.0.0.9")
    lab = await start(replace(LIMITS, concurrent=5))
    body = form(GOOD)
    async with AsyncExitStack() as open:
        places = [await open.enter_async_context(lab.connect(head(len(body)))) for _ in range(2)]
        while lab.count < 2:
            await asyncio.sleep(0)
        assert (await lab.send(body)).startswith("503 uploads-busy: ")
        for source in ("127.0.0.2", "127.0.0.9"):
            assert await lab.send_from(source, body) == b"HTTP/1.1 200 OK\r\n"
        for reader, writer in places:
            writer.write(body)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    assert await lab.send(body) == "200 read"


async def test_loopback_has_all_places_because_of_proxies(start: Start) -> None:
    lab = await start(replace(LIMITS, concurrent=6))
    body = form(GOOD)
    async with AsyncExitStack() as open:
        for _ in range(5):
            await open.enter_async_context(lab.connect(head(len(body))))
        while lab.count < 5:
            await asyncio.sleep(0)
        assert await lab.send(body) == "200 read"


async def test_the_rest_of_a_refused_form_isnt_awaited_for_long(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REST_SECONDS", 0.05)
    lab = await start(LIMITS)
    async with lab.connect(head(1000) + b"--B\r\n" + part("nonsense", b"7")) as (reader, _):
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")


async def test_who_leaves_in_the_middle_frees_the_place_quietly(
    narrow: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    async with narrow.connect(head(1000) + b"--B\r\n") as (_, writer):
        await narrow.begun.wait()
        writer.transport.abort()
        await narrow.ended.wait()
    assert await narrow.parts(GOOD) == "200 read"
    assert not caplog.records


async def test_a_cancelled_request_frees_the_place(narrow: Lab) -> None:
    async with narrow.connect(head(1000) + b"--B\r\n") as (reader, _):
        await narrow.begun.wait()
        assert narrow.task
        narrow.task.cancel()
        assert await reader.read() == b""
    assert await narrow.parts(GOOD) == "200 read"
