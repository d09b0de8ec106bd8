import asyncio
import logging
from pathlib import Path

import pytest
from tests.jobs import PlayedEngine
from tests.lab_app import BEARER, OPEN, TOKEN, config

from artstyle.lab.access_log import AccessLog
from artstyle.lab.app import make_app, serving


async def request(port: int, head: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"Host: localhost\r\nConnection: close\r\n\r\n")
    await reader.read()
    writer.close()


async def test_the_log_leaves_the_query_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "artstyle.lab.requests")
    app = make_app(config(tmp_path, PlayedEngine(), policy=OPEN))
    async with serving(app, "127.0.0.1", 0) as port:
        await request(port, f"GET /a%0Ab?token={TOKEN} HTTP/1.1\r\n".encode())
        bearer = f"Authorization: {BEARER['Authorization']}\r\n".encode()
        await request(port, b"POST /%C3%A4 HTTP/1.1\r\n" + bearer)
        await request(port, b"GET /\xff HTTP/1.1\r\n")
    lines = [each.getMessage() for each in caplog.records if each.name == "artstyle.lab.requests"]
    assert [line.rsplit(" ", 2)[0] for line in lines][:2] == ["GET /a%0Ab 303", "POST /%C3%A4 404"]
    assert len(lines) == 3
    assert all(line.isascii() and line.endswith(" ms") for line in lines)
    assert TOKEN not in caplog.text


def test_a_log_that_nobody_reads_is_not_written() -> None:
    logger = logging.getLogger("test.silent")
    logger.setLevel(logging.WARNING)
    assert not AccessLog(logger, "").enabled
