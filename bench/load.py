"""Measure the lab's response times, its event loop's lag and its memory under load.

``python bench/load.py [--listeners N] [--jobs N] [--seconds N] [--json FILE]`` starts lab.py on
loopback with an empty folder, an empty showcase and higher limits. This process submits jobs with
the preset "preview", the first ones with samples, the others with small files. It then opens
the listeners and fetches the first page again and again, while one job runs on all cores and
the rest wait. Three times it cancels the running job, so that all waiting jobs move up and all
listeners are told.

The lag is measured within the server: a task sleeps for 5 ms and notes how much later it wakes,
from the moment that a job runs. When the loop is blocked, a thread samples what it is doing
(``held up in``: shares of these samples).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any

import aiohttp
import cv2
import numpy as np
import psutil
from aiohttp import web

ROOT = Path(__file__).parents[1]
STEP = 0.005  # seconds that the gauge sleeps
HELD_UP = 0.05  # seconds after which the loop counts as blocked
AT_ONCE = 4  # submissions
ENDS = 3  # jobs that end within the time
PAUSE = 0.1  # seconds between requests
SAMPLES = 10  # jobs with the large samples; the others have small pictures
KINDS = ("content", "style")
Row = tuple[str, float, str, str]  # what, value, unit, the limit that it should stay under
Form = Callable[[int], aiohttp.FormData]


class Gauge:
    """Measures in the server how much later than requested its event loop wakes."""

    def __init__(self, runs: Callable[[], bool]) -> None:
        self._runs, self._counting = runs, False
        self._beat = time.perf_counter()
        self._lags: list[float] = []
        self._doing: Counter[str] = Counter()
        self._loop = threading.get_ident()

    async def measure(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()
        while True:
            self._counting = self._counting or self._runs()
            self._beat = time.perf_counter()
            await asyncio.sleep(STEP)
            if self._counting:
                self._lags.append(time.perf_counter() - self._beat - STEP)

    async def report(self, _: web.Request | None = None) -> web.Response:
        """Return what was measured since the last request."""
        lags, self._lags = self._lags, []
        doing, self._doing = self._doing, Counter()
        looks = doing.total()
        shares = {what: count / looks for what, count in doing.most_common(8)}
        return web.json_response({"lags": lags, "doing": shares})

    def _watch(self) -> None:
        while True:
            time.sleep(STEP)
            if self._counting and time.perf_counter() - self._beat > HELD_UP:
                frames = sys._current_frames()
                frames.pop(threading.get_ident())
                doing = _doing(frames.pop(self._loop))
                if doing.startswith("selectors"):  # it waits for Python's lock
                    others = filter(None, map(_working, frames.values()))
                    doing = f"others: {', '.join(sorted(others))}"
                self._doing[doing] += 1


def _doing(innermost: FrameType | None) -> str:
    """The innermost function, and this project's functions around it."""
    names: list[str] = []
    frame = innermost
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if frame is innermost or "artstyle" in path.parts:
            names.append(f"{path.stem}.{frame.f_code.co_name}:{frame.f_lineno}")
        frame = frame.f_back
    return " < ".join(names[:3])


def _working(frame: FrameType) -> str:
    """What a thread is doing; empty if it waits."""
    waits = Path(frame.f_code.co_filename).stem in ("threading", "thread", "queue")
    return "" if waits else _doing(frame)


def serve(folder: str, most: int) -> int:
    """Run lab.py with an empty showcase, higher limits, and a gauge under /gauge."""
    sys.path.insert(0, str(ROOT))
    import config
    import lab

    from artstyle.lab import program

    make = vars(program)["make_app"]
    config.PAIRS, config.UNFINISHED, config.PER_OWNER = [], most, most
    vars(program)["make_app"] = lambda given: _gauged(make(given))
    return lab.main(["--port", "0", "--data", folder])


def _gauged(app: web.Application) -> web.Application:
    from artstyle.jobs import JobStatus
    from artstyle.lab.config import QUEUE

    gauge = Gauge(lambda: any(job.status is JobStatus.RUNNING for job in app[QUEUE].all()))

    async def measuring(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(gauge.measure())
        yield
        task.cancel()

    app.cleanup_ctx.append(measuring)
    app.router.add_get("/gauge", gauge.report)
    return app


@dataclass
class Listener:
    """A client that listens to events."""

    first: float = 0.0  # seconds until the first event
    received: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, session: aiohttp.ClientSession, url: str) -> None:
        began = time.perf_counter()
        end = b""
        with suppress(aiohttp.ClientError):
            async with session.get(url) as answer:
                answer.raise_for_status()
                async for data in answer.content.iter_any():
                    end = (end + data)[-4:]
                    self.received += len(data)
                    if end == b"\r\n\r\n" and not self.heard.is_set():
                        self.first = time.perf_counter() - began
                        self.heard.set()


class Lab:
    """A lab under load, as its clients see it."""

    def __init__(self, server: psutil.Process, session: aiohttp.ClientSession) -> None:
        self.server, self.session = server, session
        self.weights: list[int] = []  # the server's memory in bytes, at each measurement

    async def get(self, path: str) -> Any:
        async with self.session.get(path) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def page(self) -> float:
        """Fetch the first page; returns the seconds that it took."""
        began = time.perf_counter()
        async with self.session.get("/") as answer:
            answer.raise_for_status()
            await answer.read()
        return time.perf_counter() - began

    async def submit(self, numbers: Iterable[int], form: Form) -> tuple[list[str], float]:
        """Submit jobs, a few at a time; returns their ids and the jobs per second."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> str:
            async with turns, self.session.post("/api/jobs", data=form(number)) as answer:
                answer.raise_for_status()
                return str((await answer.json())["id"])

        began = time.perf_counter()
        ids = await asyncio.gather(*map(one, numbers))
        return ids, len(ids) / (time.perf_counter() - began)

    async def until_iterating(self) -> None:
        """Wait for a job's first iteration."""
        running: list[dict[str, Any]] = []
        while not running:
            await asyncio.sleep(PAUSE)
            running = (await self.get("/api/jobs?state=running"))["jobs"]
        async with self.session.get(running[0]["links"]["events"]) as answer:
            async for line in answer.content:
                if b'"iteration"' in line:
                    return

    async def end_some(self, seconds: float) -> int:
        """Cancel the running job a few times; returns the least memory before the first time."""
        self.weights.clear()
        floor = 0
        for _ in range(ENDS):
            await asyncio.sleep(seconds / (ENDS + 1))
            floor = floor or min(self.weights, default=0)
            for job in (await self.get("/api/jobs?state=running"))["jobs"]:
                async with self.session.post(f"{job['links']['self']}/cancel") as answer:
                    await answer.read()
        return floor

    async def look(self, seconds: float) -> list[float]:
        """Fetch the first page again and again; returns the seconds of each time."""
        took: list[float] = []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            took.append(await self.page())
            await asyncio.sleep(PAUSE)
        return took

    async def weigh(self) -> None:
        while True:
            self.weights.append(self.server.memory_info().rss)
            await asyncio.sleep(PAUSE)


def of_samples(number: int) -> aiohttp.FormData:
    """A form with two samples, whose paintings are large."""
    form = _form(number)
    for kind in KINDS:
        paths = sorted((ROOT / "img" / kind).iterdir())
        form.add_field(f"{kind}_sample", paths[number % len(paths)].stem)
    return form


def of_files(number: int) -> aiohttp.FormData:
    """A form with two small files, which are quickly decoded."""
    form = _form(number)
    for kind in KINDS:
        form.add_field(kind, _small(kind), filename="small.jpg", content_type="image/jpeg")
    return form


def _form(number: int) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("preset", "preview")
    form.add_field("network", "vgg16")  # included, so nothing is downloaded
    form.add_field("seed", str(number))
    return form


@cache
def _small(kind: str) -> bytes:
    """JPEG of the size that the preset makes."""
    picture = np.full((256, 384, 3), 40 if kind == "content" else 200, np.uint8)
    picture[64:192, 96:288] = (30, 120, 200)
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())


@asynccontextmanager
async def started(most: int) -> AsyncIterator[tuple[Lab, float]]:
    """Run a lab; yields it with the seconds until it answered."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__, "--serve", folder, "--jobs", str(most)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()  # lab: http://127.0.0.1:1234 (...
        connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout()
        try:
            url = line.split()[1]
            async with aiohttp.ClientSession(url, connector=connector, timeout=timeout) as session:
                lab = Lab(psutil.Process(process.pid), session)
                await lab.page()
                yield lab, time.perf_counter() - began
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def measure(listeners: int, jobs: int, seconds: float) -> list[Row]:
    """Put the lab under load; returns the table."""
    async with started(2 * jobs + 1) as (lab, page):
        rows: list[Row] = [("page after start", page, "s", "2")]
        weighing = asyncio.create_task(lab.weigh())
        try:
            large = min(SAMPLES, jobs)
            ids, rate = await lab.submit(range(large), of_samples)
            rows.append(("submissions of samples, 5 megapixels", rate, "/s", ""))
            await lab.until_iterating()
            rows += _lags("beginning", await lab.get("/gauge"))
            lab.weights.clear()
            more, rate = await lab.submit(range(large, jobs), of_files)
            rows.append(("submissions of small files", rate, "/s", ""))
            rows += _lags("submitting", await lab.get("/gauge"))
            return rows + await listen(lab, ids + more, listeners, seconds)
        finally:
            weighing.cancel()


async def listen(lab: Lab, ids: Sequence[str], number: int, seconds: float) -> list[Row]:
    """Measure with listeners, half of them to the gallery, half to single jobs."""
    alone, lab.weights = lab.weights, []
    listeners = [Listener() for _ in range(number)]
    urls = [_url(ids, index) for index in range(number)]
    tasks = [
        asyncio.create_task(listener.listen(lab.session, url))
        for listener, url in zip(listeners, urls, strict=True)
    ]
    await asyncio.gather(*(listener.heard.wait() for listener in listeners))
    rows = _lags("listeners come", await lab.get("/gauge"))
    took, floor = await asyncio.gather(lab.look(seconds), lab.end_some(seconds))
    more = (floor - min(alone, default=0)) / max(1, number)
    rows += _lags("listening", await lab.get("/gauge"))
    stopped = time.perf_counter()
    lab.server.terminate()
    await asyncio.gather(*tasks)
    rows.append(("stop: all listeners ended", time.perf_counter() - stopped, "s", "5"))
    reports = [each.received for each in listeners[::2]]
    singles = [each.received for each in listeners[1::2]]
    return [
        *_spread("first event", [listener.first for listener in listeners]),
        *_spread("GET / under load", took),
        *rows,
        ("peak memory before listeners", max(alone, default=0) / 2**20, "MiB", ""),
        ("peak memory with listeners", max(lab.weights, default=0) / 2**20, "MiB", ""),
        ("memory for each listener, roughly", more / 2**10, "KiB", ""),
        ("sent to each on /events", sum(reports) / max(1, len(reports)) / 2**10, "KiB", ""),
        ("sent to each on one job", sum(singles) / max(1, len(singles)) / 2**10, "KiB", ""),
    ]


def _url(ids: Sequence[str], index: int) -> str:
    """Every second listener is a browser, the others get a job's events from the API."""
    return ("/events", f"/api/jobs/{ids[index % len(ids)]}/events")[index % 2]


def _lags(when: str, report: dict[str, Any]) -> list[Row]:
    lags = report["lags"] or [0.0]
    rows: list[Row] = [
        (f"lag, {when}: p99", 1000 * float(np.quantile(lags, 0.99)), "ms", ""),
        (f"lag, {when}: largest", 1000 * max(lags), "ms", "100"),
        (f"lag, {when}: over 50 ms", sum(lag > HELD_UP for lag in lags), "times", ""),
    ]
    doing = islice(report["doing"].items(), 5)
    return rows + [(f"  held up in {what}", 100 * share, "%", "") for what, share in doing]


def _spread(what: str, seconds: Sequence[float]) -> list[Row]:
    parts = {"p50": 0.5, "p99": 0.99, "largest": 1.0}
    found = 1000 * np.quantile(seconds or [0.0], list(parts.values()))
    return [(f"{what}: {name}", float(n), "ms", "") for name, n in zip(parts, found, strict=True)]


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=30.0, help="of requests for the page")
    parser.add_argument("--json", type=Path, help="keep the figures in a file")
    parser.add_argument("--serve", metavar="DIR", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.serve, given.jobs)
    from measuring import keep, print_load  # imports torch, which the lab must not do at its start

    print_load()
    rows = asyncio.run(measure(given.listeners, given.jobs, given.seconds))
    for what, number, unit, bar in rows:
        print(f"{what:76} {number:9.1f} {unit:6}{bar and f'(bar: {bar})'}")
    keys = ("what", "value", "unit", "bar")
    keep(given.json, [dict(zip(keys, row, strict=True)) for row in rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
