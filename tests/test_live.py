"""What open pages are told: everything at first, then changes, in few messages."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from tests.jobs import moved, until
from tests.lab_app import Lab, lab

from artstyle.jobs import Milestone
from artstyle.jobs.task import Began
from artstyle.lab import live
from artstyle.lab.words import words


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


async def test_whoever_comes_gets_everything_then_changes(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        jobs = [await it.job() for _ in range(3)]
        async with stream(it) as answer:
            first = await message(answer)
            assert first["all"] is True
            assert {words["id"] for words in first["jobs"]} == {job.id for job in jobs}
            assert first["counts"] == {"running": 1, "queued": 2}
            it.engine.runs[0].send(Began(jobs[0].settings, "vgg16"))
            it.engine.runs[0].send(moved(45, milestone=40))
            await until(jobs[0], Milestone)
            while True:
                news = await message(answer)
                assert news["all"] is False
                assert {words["id"] for words in news["jobs"]} == {jobs[0].id}
                if news["jobs"][0]["percent"] == 45:
                    break
            assert "45 %" in news["jobs"][0]["status"]


async def test_removed_jobs_are_named(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        _, job = await it.job(), await it.job()
        async with stream(it) as answer:
            await message(answer)
            await it.queue.remove(job)
            gone: list[str] = []
            while not gone:
                gone = (await message(answer))["gone"]
            assert gone == [job.id]


async def test_many_changes_become_few_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lab(tmp_path) as it:
        await it.job()
        async with stream(it) as answer:
            await message(answer)
            more = [await it.job() for _ in range(20)]
            seen: dict[str, str] = {}
            messages = 0
            while not all("in line" in seen.get(job.id, "") for job in more):
                seen |= {words["id"]: words["status"] for words in (await message(answer))["jobs"]}
                messages += 1
            assert messages <= 41


async def test_a_page_of_one_job_is_told_of_that_alone(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        job, other = await it.job(), await it.job()
        async with stream(it, f"/jobs/{job.id}/events") as answer:
            assert [words["id"] for words in (await message(answer))["jobs"]] == [job.id]
            await it.queue.cancel(other)
            await it.queue.cancel(job)
            (words,) = (await message(answer))["jobs"]
            assert (words["id"], words["status"]) == (job.id, "cancelled")
            await it.queue.remove(job)
            assert (await message(answer))["gone"] == [job.id]
            assert await answer.content.read() == b""  # nothing more will come


async def test_whoever_missed_too_many_removals_gets_everything(
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
                    left = {words["id"] for words in news["jobs"]}


async def test_a_listener_that_has_gone_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aiohttp_sse.EventSourceResponse.DEFAULT_PING_INTERVAL", 0.01)
    monkeypatch.setattr(live, "LOOK", 0.01)
    ended = asyncio.Event()
    report = live.Live.report

    async def watched(self: live.Live, request: Any, **said: Any) -> Any:
        try:
            return await report(self, request, **said)
        finally:
            ended.set()

    monkeypatch.setattr(live.Live, "report", watched)
    async with lab(tmp_path) as it:
        await it.job()
        async with stream(it) as answer:
            await message(answer)
            answer.close()
        async with asyncio.timeout(10):
            await ended.wait()


async def test_the_same_is_worded_once_for_all(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        await it.job()
        counted = 0

        def counting(job: Any) -> dict[str, Any]:
            nonlocal counted
            counted += 1
            return words(job)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("artstyle.lab.live.words", counting)
            for _ in range(5):
                async with stream(it) as answer:
                    await message(answer)
        assert counted <= 2  # the job may be seen before and after its state is written down
