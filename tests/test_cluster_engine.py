"""The cluster's engine with a courier that is played by hand: what is sent, written, and told."""

import asyncio
import errno
import os
import pickle
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import SMALL, all_events, moved, queue, request, until

from artstyle.errors import DiskError, RunError
from artstyle.jobs import Advanced, Cancelled, Done, Failed, Milestone, Queued, State
from artstyle.jobs.cluster import engine as engines
from artstyle.jobs.cluster.engine import ClusterEngine, slots
from artstyle.jobs.cluster.frames import Frames, Message
from artstyle.jobs.cluster.link import Link
from artstyle.jobs.cluster.plan import ClusterError, ClusterPlan, plan
from artstyle.jobs.engine import Ended
from artstyle.jobs.task import Began, Made, Parcel
from artstyle.settings import Settings

MACHINE = {"CPU": 4.0, "GPU": 1.0}
PLAN = plan("127.0.0.1:6379", gpus=1, cpus=1, large_levels=3, network=False)


class PlayedCourier:
    """The other end of the engine's socket."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames

    async def hears(self, word: str) -> Message:
        """Give the next message of a kind."""
        while (message := await self.frames.receive()) is not None:
            if message[0] == word:
                return message
        raise AssertionError(f"it hung up without {word}")

    def tells(self, key: int, *reports: Any) -> None:
        for report in reports:
            self.frames.send("report", key, pickle.dumps(report))

    def meets(self, *machines: dict[str, float]) -> None:
        self.frames.send("machines", list(machines))

    def finishes(self, key: int) -> None:
        self.tells(key, Began(SMALL, "vgg16"), Made("result", b"png"), moved(100, milestone=80))
        self.tells(key, Ended(True, None))
        self.frames.send("over", key, "told", "")


class PlayedLinks:
    """Attaches engines to couriers that a test plays, in place of processes."""

    def __init__(self) -> None:
        self.couriers: asyncio.Queue[PlayedCourier] = asyncio.Queue()
        self.refusals = 0

    async def attach(self, plan: ClusterPlan) -> Link:
        if self.refusals:
            self.refusals -= 1
            raise ClusterError("no cluster answers")
        ours, theirs = socket.socketpair()
        self.couriers.put_nowait(PlayedCourier(Frames(*await asyncio.open_connection(sock=theirs))))
        none: Any = None  # a played courier has no process
        return Link(none, none, Frames(*await asyncio.open_connection(sock=ours)), plan.address)


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> PlayedLinks:
    played = PlayedLinks()

    async def close(link: Link) -> str:
        link.frames.close()
        return ""

    monkeypatch.setattr(engines, "check", lambda plan, environment: None)
    monkeypatch.setattr(engines, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(Link, "attach", played.attach)
    monkeypatch.setattr(Link, "close", close)
    return played


@pytest.fixture
async def engine(links: PlayedLinks) -> AsyncIterator[ClusterEngine]:
    made = ClusterEngine(PLAN)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def courier(engine: ClusterEngine, links: PlayedLinks) -> PlayedCourier:
    played = await links.couriers.get()
    played.meets(MACHINE)
    return played


async def test_a_parcel_goes_out_and_what_comes_back_is_written_before_it_is_told(
    tmp_path: Path, engine: ClusterEngine, courier: PlayedCourier
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        _, key, packed, needs, _ = await courier.hears("begin")
        parcel = pickle.loads(packed)
        assert isinstance(parcel, Parcel) and needs == {"CPU": 1, "GPU": 1}
        assert parcel.content == jobs.files(job).content.read_bytes()
        assert job.doing == "waiting for a machine of the cluster"
        courier.tells(key, Began(SMALL, "vgg16"), Made("snapshot-20", b"jpeg"))
        courier.tells(key, moved(30, milestone=20))
        await until(job, Milestone)
        assert (jobs.files(job).folder / "snapshot-20.jpg").read_bytes() == b"jpeg"
        courier.finishes(key)
        assert (await all_events(job))[-1] == Done()
        assert jobs.files(job).result.read_bytes() == b"png"


async def test_every_report_is_acknowledged_when_it_is_written(
    tmp_path: Path, engine: ClusterEngine, courier: PlayedCourier
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        _, key, *_ = await courier.hears("begin")
        for number in range(3):
            courier.tells(key, Made("preview", f"{number}".encode()))
            await courier.hears("taken")
            preview = jobs.files(job).folder / "preview.jpg"
            assert preview.read_bytes() == f"{number}".encode()


async def test_slots_follow_the_machines(
    tmp_path: Path, engine: ClusterEngine, courier: PlayedCourier
) -> None:
    async with queue(tmp_path, engine) as jobs:
        taken = [await jobs.submit(request()) for _ in range(3)]
        await courier.hears("begin")
        assert [job.state for job in taken] == [State.RUNNING, State.QUEUED, State.QUEUED]
        courier.meets(MACHINE, MACHINE)
        await courier.hears("begin")
        assert [job.state for job in taken] == [State.RUNNING, State.RUNNING, State.QUEUED]


async def test_a_large_job_counts_for_as_many_as_it_takes_the_room_of() -> None:
    engine = ClusterEngine(plan("auto", gpus=0.5, cpus=1, large_levels=3, network=False))
    engine._machines = [MACHINE]
    small, large = Settings(levels=1), Settings(levels=3)
    assert engine.slots == 2
    assert engine.has_room(large, []) and not engine.has_room(large, [small])
    assert engine.has_room(small, [small]) and not engine.has_room(small, [small, small])
    await engine.close()


def test_a_machine_has_room_for_whole_jobs_only() -> None:
    assert slots({"CPU": 7.0, "GPU": 1.0}, {"CPU": 2, "GPU": 0.5}) == 2
    assert slots({"CPU": 8.0, "GPU": 3.0}, {"CPU": 1, "GPU": 0.75}) == 4
    assert slots({"CPU": 8.0, "GPU": 0.0}, {"CPU": 1, "GPU": 1}) == 0
    assert slots({"CPU": 7.0, "GPU": 0.0}, {"CPU": 2}) == 3
    assert slots({"CPU": 1.0, "GPU": 1.0}, {"CPU": 0.1, "GPU": 0.1}) == 10


async def test_machines_without_what_a_job_needs_are_told_of(
    engine: ClusterEngine, courier: PlayedCourier, caplog: pytest.LogCaptureFixture
) -> None:
    seen = asyncio.Event()
    engine.notify(seen.set)
    courier.meets({"CPU": 8.0, "GPU": 0.0})
    await seen.wait()
    while engine.slots:  # the machine of the fixture came first
        seen.clear()
        await seen.wait()
    assert "GPUS_PER_JOB" in caplog.text


async def test_a_lost_machine_moves_the_job_with_its_savepoint(
    tmp_path: Path, engine: ClusterEngine, courier: PlayedCourier
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        _, first, *_ = await courier.hears("begin")
        courier.tells(first, Made("history", b"{}"), Made("savepoint", b"npz"))
        courier.tells(first, moved(50, milestone=40, saved=True))
        courier.frames.send("over", first, "lost", "the machine that made it is gone")
        _, second, packed, *_ = await courier.hears("begin")
        parcel: Parcel = pickle.loads(packed)
        assert (parcel.savepoint, parcel.history, parcel.milestone) == (b"npz", b"{}", 40)
        assert job.moves == 1
        courier.finishes(second)
        percents = [e.percent for e in await all_events(job) if isinstance(e, Milestone)]
        assert percents == [20, 40, 60, 80, 100]


async def test_a_lost_cluster_moves_all_jobs_as_soon_as_there_is_one_again(
    tmp_path: Path, engine: ClusterEngine, courier: PlayedCourier, links: PlayedLinks
) -> None:
    async with queue(tmp_path, engine) as jobs:
        courier.meets(MACHINE, MACHINE)
        taken = [await jobs.submit(request()) for _ in range(2)]
        for _ in taken:
            _, key, *_ = await courier.hears("begin")
            courier.tells(key, moved(10))
            await courier.hears("taken")
        links.refusals = 3
        courier.frames.close()  # as when Ray ends the courier
        for job in taken:
            await until(job, Queued)
        assert engine.slots == 0
        again = await links.couriers.get()
        again.meets(MACHINE, MACHINE)
        for _ in taken:
            _, key, *_ = await again.hears("begin")
            again.finishes(key)
        for job in taken:
            assert (await all_events(job))[-1] == Done()
            assert job.moves == 1


async def test_what_hadnt_begun_when_the_cluster_was_lost_wasnt_moved(
    tmp_path: Path, engine: ClusterEngine, courier: PlayedCourier, links: PlayedLinks
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        for _ in range(5):  # more often than a job may be moved
            await courier.hears("begin")
            courier.frames.close()
            courier = await links.couriers.get()
            courier.meets(MACHINE)
        _, key, *_ = await courier.hears("begin")
        courier.finishes(key)
        assert (await all_events(job))[-1] == Done()
        assert job.moves == 0


async def test_a_cancelled_job_gives_its_place_free_when_the_cluster_says_so(
    tmp_path: Path, engine: ClusterEngine, courier: PlayedCourier
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job, other = [await jobs.submit(request()) for _ in range(2)]
        _, key, *_ = await courier.hears("begin")
        await jobs.cancel(job)
        assert await all_events(job) == [Cancelled()]
        await courier.hears("stop")
        assert other.state is State.QUEUED
        courier.frames.send("over", key, "stopped", "")
        await courier.hears("begin")
        await until(other, Advanced)


async def test_a_full_disk_here_ends_the_job_there(
    tmp_path: Path,
    engine: ClusterEngine,
    courier: PlayedCourier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        _, key, *_ = await courier.hears("begin")
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", full)
            courier.tells(key, Made("preview", b"jpeg"))
            failed = await until(job, Failed)
        assert isinstance(failed, Failed) and "the disk is full" in failed.reason
        await courier.hears("stop")
        assert issubclass(DiskError, RunError)


@pytest.mark.parametrize("told", ["report", "over"])
async def test_what_breaks_there_is_told_here_as_what_breaks_here(
    tmp_path: Path,
    engine: ClusterEngine,
    courier: PlayedCourier,
    caplog: pytest.LogCaptureFixture,
    told: str,
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        _, key, *_ = await courier.hears("begin")
        if told == "report":
            courier.tells(key, Ended(False, RunError("the picture is too large for it")))
            courier.frames.send("over", key, "told", "")
        else:
            courier.frames.send("over", key, "broken", "secret of a machine")
        failed = await until(job, Failed)
        assert isinstance(failed, Failed)
        assert ("too large for it" in failed.reason) == (told == "report")
        assert "secret" not in failed.reason
        assert ("secret of a machine" in caplog.text) == (told == "over")


async def test_a_name_that_is_no_file_of_a_job_is_not_written(
    tmp_path: Path, engine: ClusterEngine, courier: PlayedCourier
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        _, key, *_ = await courier.hears("begin")
        courier.tells(key, Made("../../jobs.sqlite", b"x"))
        assert isinstance(await until(job, Failed), Failed)
        assert (tmp_path / "data/jobs.sqlite").read_bytes().startswith(b"SQLite")


async def test_without_a_listener_the_job_is_stopped(
    tmp_path: Path, engine: ClusterEngine, courier: PlayedCourier
) -> None:
    async with queue(tmp_path) as jobs:
        job = await jobs.submit(request())
        played: Any = jobs._engine
        reports = engine.begin(played.runs[0].task).reports()
        await anext(reports)
        following = asyncio.ensure_future(anext(reports))
        await courier.hears("begin")
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await courier.hears("stop")
        assert job.state is State.RUNNING
