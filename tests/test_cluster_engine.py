"""The cluster's engine with a proxy that is played by hand: what is sent, written, reported."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import (
    SMALL,
    a_choice,
    all_events,
    disk_full,
    percents,
    queue,
    step,
    submission,
    until,
)

from artstyle.errors import ClusterError, DiskFull, MachineLost, Unexpected
from artstyle.jobs import (
    EngineChoice,
    EventKind,
    Failure,
    Job,
    JobQueue,
    JobState,
    JobStatus,
    Phase,
)
from artstyle.jobs.cluster import config
from artstyle.jobs.cluster import engine as engines
from artstyle.jobs.cluster.connection import Connection
from artstyle.jobs.cluster.engine import ClusterEngine
from artstyle.jobs.cluster.machines import Machine
from artstyle.jobs.cluster.proxy_process import ProxyProcess
from artstyle.jobs.messages import Artifact, Ended, Outcome, Report, Update, decode_order, encode
from artstyle.jobs.messages import failed as failed_by
from artstyle.settings import Settings

MACHINE = {"CPU": 4.0, "GPU": 1.0}
CHOICE = a_choice("127.0.0.1:6379")
BEGAN = Update(JobState(status=JobStatus.RUNNING, used=SMALL, network="vgg16"))


def at(percent: float, *, milestone: int = 0, saved: bool = False) -> Update:
    return Update(replace(BEGAN.state, step=step(percent), milestone=milestone), saved)


class PlayedProxy:
    """The other end of the engine's socket."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def hears(self, word: str) -> list[Any]:
        while (message := await self.connection.receive()) is not None:
            if message[0] == word:
                return message
        raise AssertionError(f"the connection ended without {word}")

    def reports(self, key: int, *reports: Report) -> None:
        for report in reports:
            self.connection.send("report", key, encode(report))

    def ends(self, key: int, outcome: Outcome, details: str = "") -> None:
        self.connection.send("ended", key, outcome, details)

    def meets(self, *machines: dict[str, float]) -> None:
        """Tell of machines that are called 0, 1, 2, …"""
        there = {str(n): Machine(f"gpu{n}", each) for n, each in enumerate(machines)}
        self.connection.send("machines", there)

    def finishes(self, key: int) -> None:
        result = Artifact("result", b"png")
        self.reports(key, BEGAN, result, at(100, milestone=80), Ended(Outcome.DONE))
        self.ends(key, Outcome.DONE)


class PlayedProxies:
    """Attaches engines to proxies that a test plays, in place of processes."""

    def __init__(self) -> None:
        self.proxies: asyncio.Queue[PlayedProxy] = asyncio.Queue()
        self.refusals = 0

    async def attach(self, choice: EngineChoice) -> ProxyProcess:
        if self.refusals:
            self.refusals -= 1
            raise ClusterError("no cluster answers")
        ours, theirs = socket.socketpair()
        connection = Connection(*await asyncio.open_connection(sock=theirs))
        self.proxies.put_nowait(PlayedProxy(connection))
        none: Any = None  # a played proxy has no process
        connection = Connection(*await asyncio.open_connection(sock=ours))
        return ProxyProcess(none, none, connection, choice.address)


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> PlayedProxies:
    played = PlayedProxies()

    async def close(proxy: ProxyProcess) -> str:
        proxy.connection.close()
        return ""

    monkeypatch.setattr(config, "check", lambda choice, environment: None)
    monkeypatch.setattr(engines, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(ProxyProcess, "attach", played.attach)
    monkeypatch.setattr(ProxyProcess, "close", close)
    return played


@pytest.fixture
async def engine(proxies: PlayedProxies) -> AsyncIterator[ClusterEngine]:
    made = ClusterEngine(CHOICE)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def proxy(engine: ClusterEngine, proxies: PlayedProxies) -> PlayedProxy:
    played = await proxies.proxies.get()
    played.meets(MACHINE)
    return played


@pytest.fixture
async def jobs(tmp_path: Path, engine: ClusterEngine) -> AsyncIterator[JobQueue]:
    async with queue(tmp_path, engine) as made:
        yield made


@dataclass
class Begun:
    """A job whose order the proxy has received."""

    job: Job
    key: int
    order: bytes
    rest: list[Any]


@pytest.fixture
async def begun(jobs: JobQueue, proxy: PlayedProxy) -> Begun:
    job = await jobs.submit(submission())
    _, key, order, *rest = await proxy.hears("begin")
    return Begun(job, key, order, rest)


async def test_an_order_is_sent_and_files_are_written_before_they_are_reported(
    jobs: JobQueue, begun: Begun, proxy: PlayedProxy
) -> None:
    job, key, order = begun.job, begun.key, decode_order(begun.order)
    assert (order.id, begun.rest) == (job.id, [{"CPU": 1, "GPU": 1}, job.id])
    assert order.content == jobs.files(job).source("content").read_bytes()
    assert job.state.phase is Phase.WAITING
    proxy.reports(key, BEGAN, Artifact("snapshot-20", b"jpeg"))
    proxy.reports(key, at(30, milestone=20))
    await until(job, EventKind.MILESTONE)
    assert (jobs.files(job).folder / "snapshot-20.jpg").read_bytes() == b"jpeg"
    proxy.finishes(key)
    assert (await all_events(job))[-1].kind is EventKind.DONE
    assert jobs.files(job).result.read_bytes() == b"png"


async def test_every_report_is_acknowledged_when_it_is_written(
    jobs: JobQueue, begun: Begun, proxy: PlayedProxy
) -> None:
    preview = jobs.files(begun.job).folder / "preview.jpg"
    for data in (b"0", b"1", b"2"):
        proxy.reports(begun.key, Artifact("preview", data))
        await proxy.hears("received")
        assert preview.read_bytes() == data


async def test_slots_follow_the_machines(jobs: JobQueue, proxy: PlayedProxy) -> None:
    taken = [await jobs.submit(submission()) for _ in range(3)]
    await proxy.hears("begin")
    assert [job.status for job in taken] == ["running", "queued", "queued"]
    proxy.meets(MACHINE, MACHINE)
    await proxy.hears("begin")
    assert [job.status for job in taken] == ["running", "running", "queued"]


async def test_a_large_job_counts_for_as_many_as_it_takes_the_room_of() -> None:
    engine = ClusterEngine(replace(CHOICE, gpus_per_job=0.5))
    engine._meet({"a": Machine("gpu0", MACHINE)})
    small, large = Settings(levels=1), Settings(levels=3)
    assert engine.workers.by_device == {"cuda": 2}
    assert engine.has_room(large, []) and not engine.has_room(large, [small])
    assert engine.has_room(small, [small]) and not engine.has_room(small, [small, small])
    await engine.close()


def test_a_machine_has_room_for_whole_jobs_only() -> None:
    def slots(cpus: float, gpus: float, **needs: float) -> int:
        return Machine("gpu0", {"CPU": cpus, "GPU": gpus}).slots(needs)

    assert slots(7, 1, CPU=2, GPU=0.5) == 2
    assert slots(8, 3, CPU=1, GPU=0.75) == 4
    assert slots(8, 0, CPU=1, GPU=1) == 0
    assert slots(7, 0, CPU=2) == 3
    assert slots(1, 1, CPU=0.1, GPU=0.1) == 10


async def test_workers_that_join_and_leave_are_in_the_log(
    engine: ClusterEngine, proxy: PlayedProxy, caplog: pytest.LogCaptureFixture
) -> None:
    head = {"CPU": 0.0, "GPU": 0.0}
    for machines in ([MACHINE, head, MACHINE], [MACHINE, head], [], [MACHINE]):
        proxy.meets(*machines)
        wanted = machines.count(MACHINE)
        while engine.workers.total != wanted or len(engine._machines) != len(machines):
            await asyncio.sleep(0)
    lines = [record.message for record in caplog.records if record.message.startswith("worker")]
    joined = "joined with CPUs: 4, GPUs: 1, jobs at the same time: 1"
    assert lines == [
        f"worker gpu0 {joined}",
        f"worker gpu2 {joined}",
        "worker gpu2 left; workers that are still there: 1",
        "worker gpu0 left; workers that are still there: 0",
        f"worker gpu0 {joined}",
    ]


async def test_machines_without_what_a_job_needs_are_reported(
    engine: ClusterEngine, proxy: PlayedProxy, caplog: pytest.LogCaptureFixture
) -> None:
    seen = asyncio.Event()
    engine.notify(seen.set)
    proxy.meets({"CPU": 8.0, "GPU": 0.0})
    await seen.wait()
    while engine.workers.total:  # the machine of the fixture came first
        seen.clear()
        await seen.wait()
    assert "GPUS_PER_JOB" in caplog.text


async def test_a_lost_machine_moves_the_job_with_its_savepoint(
    begun: Begun, proxy: PlayedProxy
) -> None:
    proxy.reports(begun.key, Artifact("history", b"{}"), Artifact("savepoint", b"npz"))
    proxy.reports(begun.key, at(50, milestone=40, saved=True))
    proxy.ends(begun.key, Outcome.LOST)
    _, second, packed, *_ = await proxy.hears("begin")
    order = decode_order(packed)
    assert (order.savepoint, order.history, order.state.milestone) == (b"npz", b"{}", 40)
    assert begun.job.state.moves == 1
    proxy.finishes(second)
    assert percents(await all_events(begun.job)) == [20, 40, 60, 80, 100]


async def test_a_lost_cluster_moves_all_jobs_as_soon_as_there_is_one_again(
    jobs: JobQueue, engine: ClusterEngine, proxy: PlayedProxy, proxies: PlayedProxies
) -> None:
    proxy.meets(MACHINE, MACHINE)
    taken = [await jobs.submit(submission()) for _ in range(2)]
    for _ in taken:
        _, key, *_ = await proxy.hears("begin")
        proxy.reports(key, at(10))
        await proxy.hears("received")
    proxies.refusals = 3
    proxy.connection.close()  # as when Ray ends the proxy
    for job in taken:
        await until(job, EventKind.QUEUED)
    assert engine.workers.by_device == {"cuda": 0}
    again = await proxies.proxies.get()
    again.meets(MACHINE, MACHINE)
    for _ in taken:
        _, key, *_ = await again.hears("begin")
        again.finishes(key)
    for job in taken:
        assert (await all_events(job))[-1].kind is EventKind.DONE
        assert job.state.moves == 1


async def test_a_job_that_hadnt_begun_isnt_blamed_for_the_loss_of_the_cluster(
    jobs: JobQueue, proxy: PlayedProxy, proxies: PlayedProxies
) -> None:
    job = await jobs.submit(submission())
    for _ in range(5):  # more often than a job may be moved
        await proxy.hears("begin")
        proxy.connection.close()
        proxy = await proxies.proxies.get()
        proxy.meets(MACHINE)
    _, key, *_ = await proxy.hears("begin")
    proxy.finishes(key)
    assert (await all_events(job))[-1].kind is EventKind.DONE
    assert job.state.moves == 0


async def test_a_cancelled_job_keeps_its_place_until_the_cluster_confirms(
    jobs: JobQueue, begun: Begun, proxy: PlayedProxy
) -> None:
    other = await jobs.submit(submission())
    await jobs.cancel(begun.job)
    assert (await all_events(begun.job))[-1].kind is EventKind.CANCELLED
    await proxy.hears("stop")
    assert other.status is JobStatus.QUEUED
    proxy.ends(begun.key, Outcome.STOPPED)
    await proxy.hears("begin")
    await until(other, EventKind.RUNNING)


async def test_a_full_disk_here_ends_the_run_there_and_the_job_waits(
    begun: Begun, proxy: PlayedProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", disk_full)
        proxy.reports(begun.key, Artifact("preview", b"jpeg"))
        while not begun.job.held:
            await begun.job.signal.next().wait()
    assert isinstance(begun.job.held, DiskFull) and begun.job.status is JobStatus.QUEUED
    await proxy.hears("stop")


@pytest.mark.parametrize("reported", [True, False])
async def test_a_failure_there_is_a_failure_here_and_its_details_are_logged(
    begun: Begun, proxy: PlayedProxy, caplog: pytest.LogCaptureFixture, reported: bool
) -> None:
    job, secret = begun.job, "secret of a machine"
    if reported:
        proxy.reports(begun.key, failed_by(job.id, ZeroDivisionError(secret)))
        proxy.ends(begun.key, Outcome.DONE)
    else:
        proxy.ends(begun.key, Outcome.FAILED, secret)
    event = await until(job, EventKind.FAILED)
    assert event.state.failure == Failure.of(Unexpected(job.id[:8]))
    assert secret in caplog.text


async def test_an_error_for_the_user_comes_through(begun: Begun, proxy: PlayedProxy) -> None:
    proxy.reports(begun.key, failed_by(begun.job.id, MachineLost(5)))
    proxy.ends(begun.key, Outcome.DONE)
    event = await until(begun.job, EventKind.FAILED)
    assert event.state.failure == Failure.of(MachineLost(5))


async def test_a_name_that_is_no_file_of_a_job_is_not_written(
    tmp_path: Path, begun: Begun, proxy: PlayedProxy
) -> None:
    proxy.reports(begun.key, Artifact("../../jobs.sqlite", b"x"))
    await until(begun.job, EventKind.FAILED)
    assert (tmp_path / "data/jobs.sqlite").read_bytes().startswith(b"SQLite")


async def test_without_a_listener_the_job_is_stopped(
    tmp_path: Path, engine: ClusterEngine, proxy: PlayedProxy
) -> None:
    async with queue(tmp_path) as jobs:
        job = await jobs.submit(submission())
        reports = engine.begin(job, jobs.files(job)).reports()
        await anext(reports)
        following = asyncio.ensure_future(anext(reports))
        await proxy.hears("begin")
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await proxy.hears("stop")
        assert job.status is JobStatus.RUNNING


async def test_a_cancellation_that_is_lost_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "CANCEL_SECONDS", 0.01)
    engine = ClusterEngine(CHOICE)

    async def attaching() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    engine._serving = asyncio.create_task(attaching())
    await asyncio.sleep(0)
    await asyncio.wait_for(engine.close(), 10)
    assert engine._serving.done()
