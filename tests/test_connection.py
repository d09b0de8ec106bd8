"""One connection: how long it may be silent, and what it answers to what isn't HTTP."""

from pathlib import Path

import pytest
from aiohttp.http_parser import HttpRequestParserPy
from tests.lab_sockets import FORM, GET, STREAM, closed, served

from artstyle.lab import connection
from artstyle.lab.headers import HEADERS


async def test_a_connection_without_a_request_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    async with served(tmp_path) as lab:
        for sent in (b"", b"G", GET[:-2]):
            reader, _ = await lab.open(sent)
            assert await closed(reader) == b""
        reader, writer = await lab.open(GET)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
        writer.write(GET[:-2])  # the next one isn't finished
        assert await closed(reader) == b""


async def test_a_request_may_take_longer_than_its_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    async with served(tmp_path) as lab:
        reader, writer = await lab.open(FORM)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        assert await closed((await lab.open())[0]) == b""  # that time has passed
        writer.write(bytes(1000))
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")


async def test_a_connection_is_closed_when_it_is_not_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "KEEP_ALIVE", 0.05)
    async with served(tmp_path) as lab:
        reader, _ = await lab.open(GET)
        assert (await closed(reader)).startswith(b"HTTP/1.1 200 ")


# What isn't HTTP

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
POST = HEAD.replace(b"GET", b"POST")
MALFORMED = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    "bytes": b"\0\xff\xfe\r\n\r\n",
    "method": HEAD.replace(b"GET", b"G(T") + b"\r\n",
    "version": HEAD.replace(b"1.1", b"9.9") + b"\r\n",
    "address": HEAD.replace(b"/ ", b"http://[/ ") + b"\r\n",
    "long address": b"GET /" + b"a" * 100_000,
    "long header": HEAD + b"X: " + b"a" * 100_000,
    "many headers": HEAD + b"X: y\r\n" * 5000 + b"\r\n",
    "zero": HEAD + b"X: \0\r\n\r\n",
    "two hosts": HEAD + b"Host: other\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "two ways to end": POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "negative length": POST + b"Content-Length: -1\r\n\r\n",
    "huge length": POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
async def test_what_isnt_http_is_answered_with_the_headers_and_logged_in_one_line(
    sent: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path) as lab:
        for _ in range(3):
            reader, _ = await lab.open(sent)
            answer = (await closed(reader)).decode()
            if answer:  # the system may drop it where more was sent than is read
                assert answer.startswith("HTTP/1.0 400 Bad Request\r\n")
                assert answer.endswith("\r\n\r\nThe request isn't valid HTTP.\n")
                lines = answer.split("\r\n")
                assert {f"{name}: {value}" for name, value in HEADERS.items()} <= {*lines}
    assert answer or len(sent) > 1000
    (record,) = caplog.records
    assert record.exc_info is None
    assert record.getMessage().startswith("malformed request from 127.0.0.1: ")
    assert len(record.getMessage()) < 100


async def test_requests_before_a_malformed_one_are_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path) as lab:
        reader, _ = await lab.open(GET * 50 + MALFORMED["TLS"])
        answers = await closed(reader)
        reader, _ = await lab.open(GET * 3)
        assert all([await reader.readuntil(b"HTTP/1.1 200 OK\r\n") for _ in range(3)])
    assert 0 < answers.count(b"HTTP/1.1 200 OK\r\n") <= 50
    assert answers.count(b" 400 ") == 1
    assert len(caplog.records) == 1


async def test_a_body_that_nobody_reads_may_be_malformed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # the one in C goes silent instead
    monkeypatch.setattr("aiohttp.web_protocol.HttpRequestParser", HttpRequestParserPy)
    async with served(tmp_path) as lab:
        reader, writer = await lab.open(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 405 ")
        writer.write(b"nonsense\r\n")
        await closed(reader)
    (record,) = caplog.records
    assert record.exc_info is None and "malformed" in record.getMessage()


@pytest.mark.parametrize("sent", [b"", GET, GET[:-2], STREAM, FORM, MALFORMED["TLS"]])
async def test_who_stops_sending_or_leaves_is_no_error(
    sent: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path) as lab:
        for _ in range(3):
            reader, writer = await lab.open(sent)
            writer.write_eof()
            await closed(reader)
            _, writer = await lab.open(sent)
            writer.transport.abort()
        assert await lab.status() == b"200"
    assert all("malformed" in record.getMessage() for record in caplog.records)
    assert len(caplog.records) == (sent == MALFORMED["TLS"])
