"""Live updates: everything at first, then changes, in few messages."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from tests.lab_app import Lab, lab

from artstyle.jobs import Job
from artstyle.lab import live
from artstyle.lab.views import job_view


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAUSE", 0.0)


@asynccontextmanager
async def stream(it: Lab, path: str = "/events") -> AsyncIterator[ClientResponse]:
    async with it.client.get(path) as answer:
        assert answer.status == 200
        yield answer


async def message(answer: ClientResponse) -> dict[str, Any]:
    """Read the next message."""
    lines: dict[str, str] = {}
    async for line in answer.content:
        text = line.decode().strip()
        if not text and lines:
            assert lines["event"] == "state"
            return dict(json.loads(lines["data"]))
        if ": " in text:
            name, _, value = text.partition(": ")
            lines[name] = value
    raise AssertionError("the stream ended")


async def test_a_new_listener_gets_everything_then_changes(it: Lab) -> None:
    jobs = [await it.job() for _ in range(3)]
    async with stream(it) as answer:
        first = await message(answer)
        assert first["all"] is True
        assert {view["id"] for view in first["jobs"]} == {job.id for job in jobs}
        told = {view["id"]: set(view) for view in first["jobs"]}
        assert told[jobs[1].id] == {"id", "state", "live", "status", "announce"}  # it waits
        assert "picture" in told[jobs[0].id]
        await it.advance(jobs[0], 45)
        while True:
            news = await message(answer)
            assert news["all"] is False
            assert {view["id"] for view in news["jobs"]} == {jobs[0].id}
            if news["jobs"][0]["percent"] == 45:
                break
        assert "45 %" in news["jobs"][0]["status"]


async def test_removed_jobs_are_named(it: Lab) -> None:
    _, job = await it.job(), await it.job()
    async with stream(it) as answer:
        await message(answer)
        await it.queue.remove(job)
        gone: list[str] = []
        while not gone:
            gone = (await message(answer))["gone"]
        assert gone == [job.id]


async def test_many_changes_become_few_messages(it: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    await it.job()
    async with stream(it) as answer:
        await message(answer)
        more = [await it.job() for _ in range(20)]
        seen: dict[str, str] = {}
        messages = 0
        while not all("in line" in seen.get(job.id, "") for job in more):
            seen |= {view["id"]: view["status"] for view in (await message(answer))["jobs"]}
            messages += 1
        assert messages <= 41


async def test_ended_jobs_are_told_when_they_end_and_not_at_first(it: Lab) -> None:
    job, other = await it.job(), await it.job()
    async with stream(it) as answer:
        await message(answer)
        await it.queue.cancel(other)
        views: list[dict[str, Any]] = []
        while not any(view["id"] == other.id for view in views):
            views = (await message(answer))["jobs"]
        assert {view["id"]: view["status"] for view in views}[other.id] == "cancelled"
    async with stream(it) as answer:
        assert [view["id"] for view in (await message(answer))["jobs"]] == [job.id]


async def test_who_only_asks_gets_the_same_as_a_new_listener(it: Lab) -> None:
    await it.job()
    async with stream(it) as answer:
        assert await it.json("GET", "/events/latest") == await message(answer)


async def test_it_speaks_the_listeners_language(it: Lab) -> None:
    await it.job()
    await it.job()
    headers = {"Accept-Language": "ru"}
    told = await it.json("GET", "/events/latest", headers=headers)
    assert told["jobs"][0]["status"] == "ждёт, следующая в очереди"


async def test_a_listener_who_missed_too_many_removals_gets_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "REMOVED", 1)
    async with lab(tmp_path) as it:
        kept, *gone = [await it.job() for _ in range(4)]
        async with stream(it) as answer:
            await message(answer)
            for job in gone:
                await it.queue.remove(job)
            left: set[str] = set()
            while left != {kept.id}:
                news = await message(answer)
                if news["all"]:
                    left = {view["id"] for view in news["jobs"]}


async def test_a_listener_that_has_gone_is_noticed(
    it: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aiohttp_sse.EventSourceResponse.DEFAULT_PING_INTERVAL", 0.01)
    monkeypatch.setattr(live, "CHECK", 0.01)
    ended = asyncio.Event()
    changes = live.Live.changes

    async def watched(self: live.Live, request: Any, **said: Any) -> Any:
        try:
            return await changes(self, request, **said)
        finally:
            ended.set()

    monkeypatch.setattr(live.Live, "changes", watched)
    await it.job()
    async with stream(it) as answer:
        await message(answer)
        answer.close()
    async with asyncio.timeout(10):
        await ended.wait()


async def test_a_listener_that_takes_nothing_is_no_error(
    it: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def stalled(*args: Any, **options: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr("aiohttp_sse.EventSourceResponse.send", stalled)
    async with stream(it) as answer:
        assert await answer.read() == b""
    assert not caplog.records


async def test_equal_messages_are_made_once_for_all(
    it: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    await it.job()
    made: list[Any] = []

    def counted(job: Job, language: str) -> dict[str, Any]:
        made.append(job)
        return job_view(job, language)

    monkeypatch.setattr(live, "job_view", counted)
    for _ in range(20):
        async with stream(it) as answer:
            await message(answer)
    assert len(made) < 10  # a few for each change of the job, not one for each listener
