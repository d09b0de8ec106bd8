"""A real cluster on loopback: who is refused, who is killed, and that nobody hangs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from loopback import Loopback, loopback
from tests.jobs import SMALL, queue, request, until

from artstyle.jobs import Advanced, Failed
from artstyle.jobs.cluster import link
from artstyle.jobs.cluster.engine import ClusterEngine
from artstyle.jobs.cluster.link import Link
from artstyle.jobs.cluster.plan import ClusterError, ClusterPlan, plan
from artstyle.jobs.cluster.versions import versions
from artstyle.settings import Settings

LONG = Settings(**{**SMALL.as_dict(), "iterations": 100_000})
SECONDS = 60.0


def a_plan(address: str) -> ClusterPlan:
    return plan(address, gpus=1, cpus=1, large_levels=3, network=False)


@pytest.fixture
def here(cluster: Loopback, monkeypatch: pytest.MonkeyPatch) -> str:
    """The cluster's address, with all that is needed for it in the environment."""
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    return cluster.address


@pytest.fixture
async def engine(here: str) -> AsyncIterator[ClusterEngine]:
    made = ClusterEngine(a_plan(here))
    await made.open()
    yield made
    await made.close()


async def no_workers(cluster: Loopback) -> None:
    """Wait until no job runs there."""
    async with asyncio.timeout(SECONDS):
        while await asyncio.to_thread(cluster.workers):
            await asyncio.sleep(0.05)  # processes give no sign when they end


async def test_where_no_cluster_is_it_says_so_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ClusterError, match=rf"no cluster answers at 127.0.0.1:{port}: start"):
        await Link.attach(a_plan(f"127.0.0.1:{port}"))


async def test_another_token_is_refused(
    here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("f" * 64)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(link, "ATTACH_SECONDS", 6.0)
    with pytest.raises(ClusterError, match="doesn't take the token here"):
        await Link.attach(a_plan(here))


@pytest.mark.usefixtures("here")
async def test_a_cluster_that_lets_in_everybody_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "ANSWER_SECONDS", SECONDS)  # on a busy machine three aren't enough
    refused = pytest.raises(ClusterError, match="lets in everybody")
    with loopback(token=False) as careless, refused:
        await Link.attach(a_plan(careless.address))


async def test_a_machine_with_other_versions_is_named_and_not_used(
    here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "versions", lambda: {**versions(), "torch": "1.13.0"})
    engine = ClusterEngine(a_plan(here))
    await engine.open()
    async with queue(tmp_path, engine) as jobs:
        failed = await until(await jobs.submit(request()), Failed)
    await engine.close()
    assert isinstance(failed, Failed)
    assert "(not 1.13.0)" in failed.reason and "install the same everywhere" in failed.reason


async def test_who_goes_away_frees_the_machine(
    tmp_path: Path, engine: ClusterEngine, cluster: Loopback
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request(settings=LONG))
        async for event in job.events():
            if isinstance(event, Advanced) and event.step is not None:
                break
        assert list(cluster.workers()) == [job.id[:8]]
        (drive,) = jobs._drives
        drive.cancel()
        await no_workers(cluster)


async def test_a_program_that_is_killed_frees_the_machines(
    tmp_path: Path, engine: ClusterEngine, cluster: Loopback
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request(settings=LONG))
        async for event in job.events():
            if isinstance(event, Advanced) and event.step is not None:
                break
        assert engine._link is not None
        engine._link.frames.close()  # as the system does for a process that is killed
        await no_workers(cluster)


async def test_a_stubborn_job_is_killed_after_a_while(
    tmp_path: Path, here: str, cluster: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "COURIER", "tests.stubborn_courier")
    engine = ClusterEngine(a_plan(here))
    await engine.open()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(request())
        while job.doing != "being stubborn":
            await job.signal.next().wait()
        ((_, process),) = cluster.workers().items()
        await jobs.cancel(job)
        assert await asyncio.to_thread(process.wait, SECONDS) is not False
        await no_workers(cluster)
    await engine.close()
