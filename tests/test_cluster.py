"""A real cluster on loopback: who is refused, who is killed, and that nobody hangs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from loopback import Loopback, loopback
from tests.jobs import SMALL, queue, submission, until

from artstyle.errors import ClusterError
from artstyle.jobs import EngineChoice, EventKind, Job
from artstyle.jobs.cluster import proxy_process
from artstyle.jobs.cluster.engine import ClusterEngine
from artstyle.jobs.cluster.proxy_process import ProxyProcess
from artstyle.jobs.cluster.versions import versions

LONG = replace(SMALL, iterations=100_000)
SECONDS = 60.0


def a_choice(address: str) -> EngineChoice:
    return EngineChoice(
        engine=address, workers={}, large_levels=3, gpus_per_job=1, cpus_per_job=1, network=False
    )


@pytest.fixture
def here(cluster: Loopback, monkeypatch: pytest.MonkeyPatch) -> str:
    """The cluster's address, with all that is needed for it in the environment."""
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    return cluster.address


@pytest.fixture
async def engine(here: str) -> AsyncIterator[ClusterEngine]:
    made = ClusterEngine(a_choice(here))
    await made.open()
    yield made
    await made.close()


async def iterating(job: Job) -> None:
    """Wait until its machine has done an iteration."""
    async for event in job.events():
        if event.state.step is not None:
            return


async def no_workers(cluster: Loopback) -> None:
    """Wait until no job runs there."""
    async with asyncio.timeout(SECONDS):
        while await asyncio.to_thread(cluster.workers):
            await asyncio.sleep(0.05)  # processes give no sign when they end


async def test_where_no_cluster_is_it_says_so_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ClusterError, match=rf"no cluster answers at 127.0.0.1:{port}: start"):
        await ProxyProcess.attach(a_choice(f"127.0.0.1:{port}"))


async def test_another_token_is_refused(
    here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("f" * 64)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(proxy_process, "ATTACH_SECONDS", 6.0)
    with pytest.raises(ClusterError, match="refuses the token of this machine"):
        await ProxyProcess.attach(a_choice(here))


@pytest.mark.usefixtures("here")
async def test_a_cluster_without_a_token_is_refused() -> None:
    refused = pytest.raises(ClusterError, match="accepts clients without a token")
    with loopback(token=False) as careless, refused:
        await ProxyProcess.attach(a_choice(careless.address))


async def test_a_machine_with_other_versions_is_named_and_not_used(
    here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_process, "versions", lambda: {**versions(), "torch": "1.13.0"})
    engine = ClusterEngine(a_choice(here))
    await engine.open()
    async with queue(tmp_path, engine) as jobs:
        event = await until(await jobs.submit(submission()), EventKind.FAILED)
    await engine.close()
    assert event.state.failure is not None
    error = event.state.failure.error()
    assert isinstance(error, ClusterError) and "(not 1.13.0)" in error.reason


async def test_who_goes_away_frees_the_machine(
    tmp_path: Path, engine: ClusterEngine, cluster: Loopback
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(submission(settings=LONG))
        await iterating(job)
        assert list(cluster.workers()) == [job.id[:8]]
        (following,) = jobs._scheduler.following
        following.cancel()
        await no_workers(cluster)


async def test_a_program_that_is_killed_frees_the_machines(
    tmp_path: Path, engine: ClusterEngine, cluster: Loopback
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(submission(settings=LONG))
        await iterating(job)
        assert engine._proxy is not None
        engine._proxy.connection.close()  # as the system does for a process that is killed
        await no_workers(cluster)


async def test_a_stubborn_job_is_killed_after_a_while(
    tmp_path: Path, here: str, cluster: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_process, "MODULE", "tests.stubborn_proxy")
    engine = ClusterEngine(a_choice(here))
    await engine.open()
    async with queue(tmp_path, engine) as jobs:
        job = await jobs.submit(submission())
        while job.state.network != "stubborn":
            await job.signal.next().wait()
        ((_, process),) = cluster.workers().items()
        await jobs.cancel(job)
        assert await asyncio.to_thread(process.wait, SECONDS) is not False
        await no_workers(cluster)
    await engine.close()
