"""A real cluster on loopback: which ones are refused, and which jobs are killed."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from loopback import Loopback, loopback
from tests.jobs import SMALL, a_choice, queue, submission, until

from artstyle.errors import ClusterError
from artstyle.jobs import EventKind, Job, JobQueue
from artstyle.jobs.cluster import proxy_process
from artstyle.jobs.cluster.engine import ClusterEngine
from artstyle.jobs.cluster.proxy_process import ProxyProcess
from artstyle.jobs.cluster.remote import versions

LONG = replace(SMALL, iterations=100_000)
SECONDS = 60.0


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


async def iterating(jobs: JobQueue) -> Job:
    """Submit a long job and wait until its machine has done an iteration."""
    job = await jobs.submit(submission(settings=LONG))
    async for event in job.events():
        if event.state.step is not None:
            return job
    raise AssertionError("the job has ended")


async def no_workers(cluster: Loopback) -> None:
    """Wait until no job runs there."""
    async with asyncio.timeout(SECONDS):
        while await asyncio.to_thread(cluster.workers):
            await asyncio.sleep(0.05)  # processes give no sign when they end


async def test_a_missing_cluster_is_reported_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ClusterError, match=rf"no cluster answers at 127.0.0.1:{port}: start"):
        await ProxyProcess.attach(a_choice(f"127.0.0.1:{port}"))


async def test_another_token_is_refused(
    here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("f" * 64)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises(ClusterError, match="refuses the token of this machine"):
        await ProxyProcess.attach(a_choice(here))


@pytest.mark.usefixtures("here")
async def test_a_cluster_without_a_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ATTACH_SECONDS", "GUARD_SECONDS"):  # however busy this machine is
        monkeypatch.setattr(proxy_process, name, 100.0)
    refused = pytest.raises(ClusterError, match="accepts clients without a token")
    with loopback(token=False) as careless, refused:
        await ProxyProcess.attach(a_choice(careless.address))


@pytest.mark.parametrize(
    ("client", "seconds"), [("raise SystemExit(1)", 100.0), ("import time; time.sleep(99)", 0.0)]
)
async def test_a_cluster_that_shows_no_refusal_counts_as_open(
    client: str, seconds: float, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_process, "GUARD_SECONDS", seconds)
    monkeypatch.setattr(proxy_process, "CLIENT", client)
    with pytest.raises(ClusterError, match="didn't refuse a client without a token"):
        await ProxyProcess.attach(a_choice(here))


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


async def test_a_job_that_nobody_follows_frees_its_machine(
    tmp_path: Path, engine: ClusterEngine, cluster: Loopback
) -> None:
    async with queue(tmp_path, engine) as jobs:
        job = await iterating(jobs)
        assert list(cluster.workers()) == [job.id[:8]]
        (following,) = jobs._scheduler.following
        following.cancel()
        await no_workers(cluster)


async def test_a_program_that_is_killed_frees_the_machines(
    tmp_path: Path, engine: ClusterEngine, cluster: Loopback
) -> None:
    async with queue(tmp_path, engine) as jobs:
        await iterating(jobs)
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
