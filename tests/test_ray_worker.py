"""The container's worker: what it refuses, how it starts Ray, and a real one in a cluster."""

import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from container import entrypoint, ray_worker
from loopback import Loopback, loopback
from ray.scripts.scripts import start
from tests.jobs import a_choice, queue, submission, until

from artstyle.errors import ArgumentError
from artstyle.jobs import EventKind
from artstyle.jobs.cluster.engine import ClusterEngine

ROOT = Path(__file__).parents[1]
HEAD = ["--head", "10.0.0.1:6379"]
SECONDS = 60.0
# `ray start` takes the machine's address on the network even for a head on loopback.
RAY = """
from ray._private import ray_constants, services
ray_constants.ENABLE_RAY_CLUSTER = True
services.get_node_ip_address = lambda *_: "127.0.0.1"
from ray.scripts.scripts import main
main()
"""
STARTER = f"""
import sys
from container import entrypoint, ray_worker
start = ray_worker.start
ray_worker.start = lambda *given: [sys.executable, "-c", {RAY!r}, *start(*given)[3:]]
sys.exit(entrypoint.main(sys.argv[1:]))
"""


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "token"
    path.touch(mode=0o600)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(path))
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    return path


@pytest.mark.usefixtures("token")
def test_ray_understands_how_it_is_started() -> None:
    command = ray_worker.start([*HEAD, "--num-gpus", "2"], {**os.environ, **ray_worker.DEFAULTS})
    assert command[1:4] == ["-m", "ray.scripts.scripts", "start"]
    read = start.make_context("ray start", command[4:]).params
    assert (read["address"], read["block"], read["num_gpus"]) == (HEAD[1], True, 2)


@pytest.mark.parametrize("words", [[], ["--head"], ["--head", "here"], ["--head", "here:70000"]])
def test_an_address_of_the_head_is_needed(words: list[str]) -> None:
    with pytest.raises(ArgumentError, match="--head"):
        ray_worker.start(words, {})


def test_an_image_without_ray_says_how_to_build_one_with_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert ray_worker.run(HEAD) == 2
    told = capsys.readouterr().err
    assert told.startswith("worker: ") and "EXTRAS=cluster" in told and told.count("\n") == 1


def test_it_refuses_to_take_part_without_a_token(
    token: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token.unlink()
    assert ray_worker.run(HEAD) == 2
    assert f"the cluster's token isn't in {token}" in capsys.readouterr().err


@pytest.mark.usefixtures("token")
def test_a_ray_that_ends_by_itself_ends_it_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit(3)"]
    monkeypatch.setattr(ray_worker, "start", lambda *_: command)
    assert entrypoint.main(["worker", *HEAD]) == 3


@pytest.fixture
def lone() -> Iterator[Loopback]:
    """A cluster that has a head alone."""
    with loopback() as made:
        yield made


async def test_it_makes_a_picture_and_ends_within_seconds(
    lone: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lone.environment.items():
        monkeypatch.setenv(name, value)
    words = ["worker", "--head", lone.address, "--num-cpus=1", "--num-gpus=0"]
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER, *words],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'ast'}"},
        stdout=subprocess.DEVNULL,
    )
    engine = ClusterEngine(a_choice(lone.address, gpus_per_job=0))
    try:
        await engine.open()
        async with asyncio.timeout(SECONDS), queue(tmp_path, engine) as jobs:
            job = await jobs.submit(submission())
            await until(job, EventKind.DONE)
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, ray_worker.STOP_SECONDS) == 0
        assert not psutil.wait_procs(started, timeout=SECONDS)[1]
    finally:
        await engine.close()
        kill_all(process)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, if it still runs, with what it has started."""
    if process.poll() is None:
        started = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        for each in started:
            with suppress(psutil.NoSuchProcess):
                each.kill()
