"""Other programs are told of the ends of jobs: which, when, how often."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.lab_app import Lab, form, lab

from artstyle.errors import CallbackRefused, MemoryShort
from artstyle.lab import callbacks
from artstyle.lab.callbacks import LONGEST, check

HOSTS = {"hooks.example.org", "Other.example:8443", "10.0.0.5"}


@pytest.mark.parametrize(
    "url",
    [
        *("https://hooks.example.org/a?b=c", "http://hooks.example.org:80/", "http://10.0.0.5/"),
        *("https://HOOKS.example.org:443", "https://other.example:8443/x"),
    ],
)
def test_listed_hosts_may_be_called(url: str) -> None:
    assert check(f" {url} ", HOSTS) == url


def test_no_address_is_none() -> None:
    assert check(" ", HOSTS) is None


@pytest.mark.parametrize(
    "url",
    [
        *("https://evil.example/", "http://hooks.example.org:8080/", "https://other.example/"),
        *("ftp://hooks.example.org/", "hooks.example.org", "//hooks.example.org/", "http://", "a"),
        *("http://hooks.example.org@evil.example/", "http://u:p@hooks.example.org/"),
        *(
            "http://hooks.example.org:x/",
            "http://[::1/",
            "http://hooks.example.org/\n",
            "http://a b/",
        ),
        *("http://hooks.example.org.evil.example/", "http://hooks.example.org/" + "a" * LONGEST),
        "http://hooks.example.org/ä",
    ],
)
def test_others_are_refused(url: str) -> None:
    with pytest.raises(CallbackRefused, match="CALLBACK_HOSTS"):
        check(f"{url}x" if url.endswith("\n") else url, HOSTS)


def test_by_default_nobody_is_called() -> None:
    with pytest.raises(CallbackRefused):
        check("https://hooks.example.org/", frozenset())


class Listener:
    """A server that is told, and answers with these statuses, the last one again and again."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.told: list[Any] = []
        self.wakes = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.told.append((request.path, await request.json()))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.wakes.set()
        return web.Response(status=status, headers={"Location": "/elsewhere"})


Listening = Callable[..., Any]


@asynccontextmanager
async def listening(folder: Path, *statuses: int) -> AsyncIterator[tuple[Lab, Listener, str]]:
    listener = Listener(*statuses)
    app = web.Application()
    app.router.add_post("/{rest:.*}", listener.answer)
    async with TestServer(app) as server:
        host = f"127.0.0.1:{server.port}"
        async with lab(folder, callback_hosts=frozenset({host})) as it:
            yield it, listener, f"http://{host}/hook"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "PAUSES", (0.0, 0.0))


async def ended(it: Lab, url: str) -> str:
    """Submit a job that fails; its id, when all has been told."""
    told = await it.json("POST", "/api/jobs", 201, data=form(callback=url))
    assert url not in str(told)
    it.engine.runs[-1].fail(MemoryShort())
    job = it.queue.get(told["id"])
    assert job is not None
    while not job.status.ended:
        await job.signal.next().wait()
    (observe,) = [each for each in it.queue.observers if each.__name__ == "_observe"]
    tasks = observe.__self__._tasks  # type: ignore[attr-defined]
    await asyncio.gather(*tasks)
    return job.id


async def test_the_end_of_a_job_is_told_with_its_record(tmp_path: Path) -> None:
    async with listening(tmp_path, 200) as (it, listener, url):
        id = await ended(it, url)
        ((path, record),) = listener.told
        assert (path, record["id"], record["state"]) == ("/hook", id, "failed")
        assert record["failure"]["code"] == "memory-short"


@pytest.mark.parametrize(
    ("statuses", "times"),
    [((500, 204), 2), ((503, 429, 200), 3), ((500,), 3), ((404,), 1), ((302,), 1)],
)
async def test_it_is_tried_again_where_that_may_help(
    tmp_path: Path, statuses: tuple[int, ...], times: int
) -> None:
    async with listening(tmp_path, *statuses) as (it, listener, url):
        await ended(it, url)
        assert [path for path, _ in listener.told] == ["/hook"] * times


async def test_a_server_that_is_not_there_does_no_harm(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with lab(tmp_path, callback_hosts=frozenset({"127.0.0.1:9"})) as it:
        await ended(it, "http://127.0.0.1:9/secret")
    assert "127.0.0.1 didn't take the end of a job" in caplog.text
    assert "secret" not in caplog.text


async def test_an_address_that_is_not_listed_is_refused_at_its_field(it: Lab) -> None:
    data = form(callback="https://evil.example/")
    answer = await it.json("POST", "/api/jobs", 422, data=data)
    assert answer["errors"].keys() == {"callback"} and it.queue.all() == []
