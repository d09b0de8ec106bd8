import asyncio
from pathlib import Path

import pytest
from tests.lab_app import OPEN, TOKEN, Lab, lab

from artstyle.lab import pages
from artstyle.lab.headers import HEADERS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/jobs/{id}/pictures/content", 200),
        ("GET", "/events", 200),
        ("GET", "/healthz", 200),
        ("GET", f"/?token={TOKEN}", 303),
        ("GET", "/jobs/{id}", 500),
        ("GET", "/none", 404),
        ("POST", "/jobs", 401),
        ("PUT", "/none", 401),
    ],
)
async def test_every_response_has_the_headers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, path: str, status: int
) -> None:
    monkeypatch.setattr(pages, "settings_rows", None)  # so that the job's page fails
    async with lab(tmp_path, policy=OPEN) as it:
        path = path.format(id=(await it.job()).id)
        async with it.client.request(method, path, allow_redirects=False) as answer:
            assert answer.status == status
            for name, value in HEADERS.items():
                assert answer.headers.getall(name) == [value]


async def test_a_refused_expectation_has_the_headers(it: Lab) -> None:
    response = await it.client.get("/", headers={"Expect": "nonsense"})
    assert response.status == 417
    assert response.headers.items() >= HEADERS.items()


async def test_the_connection_is_closed_where_the_response_says_so(it: Lab) -> None:
    reader, writer = await asyncio.open_connection(it.client.host, it.client.port)
    form = b"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 99999999\r\n\r\n"
    writer.write(b"POST /jobs HTTP/1.1\r\nHost: localhost\r\n" + form)
    assert (await reader.read()).startswith(b"HTTP/1.1 413 ")  # to the end of the connection
    writer.close()


def test_the_policy_allows_what_the_pages_need_and_no_more() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy and "*" not in policy
