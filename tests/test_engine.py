"""Threads: how many at a time, and what comes out of them."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.jobs import a_job, all_events, percents, queue, settled, submission, until

from artstyle.jobs import EventKind, JobState, ThreadEngine
from artstyle.jobs import engine as engines
from artstyle.jobs.engine import Stop, ThreadRun
from artstyle.jobs.files import JobFiles
from artstyle.jobs.messages import Ended, Outcome, Update, WorkOrder
from artstyle.settings import Settings

Tell = Callable[[Update], None]
ONE, TWO, THREE = (Settings(levels=levels) for levels in (1, 2, 3))


def engine() -> ThreadEngine:
    return ThreadEngine({"cpu": 1, "cuda": 2, "mps": 1}, large_levels=3)


async def prepared(monkeypatch: pytest.MonkeyPatch, device: str) -> ThreadEngine:
    monkeypatch.setattr("artstyle.machine.devices.choose", lambda wanted: device)
    made = engine()
    await made.prepare()
    return made


async def test_a_cpu_takes_one_job_and_a_gpu_two(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu, gpu = [await prepared(monkeypatch, device) for device in ("cpu", "cuda")]
    assert cpu.has_room(ONE, []) and not cpu.has_room(ONE, [ONE])
    assert gpu.has_room(ONE, [TWO]) and not gpu.has_room(ONE, [ONE, TWO])


async def test_a_device_that_config_py_leaves_out_takes_one_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("artstyle.machine.devices.choose", lambda wanted: "mps")
    made = ThreadEngine({"cpu": 4}, large_levels=3)
    await made.prepare()
    assert made.workers.by_device == {"mps": 1}


async def test_a_large_job_runs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = await prepared(monkeypatch, "cuda")
    assert gpu.has_room(THREE, [])
    assert not gpu.has_room(THREE, [ONE])
    assert not gpu.has_room(ONE, [THREE])
    assert gpu.has_room(Settings(), [TWO])


async def test_the_import_of_torch_delays_no_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
    importing, imported = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def choose(wanted: str) -> str:
        assert threading.current_thread().daemon
        loop.call_soon_threadsafe(importing.set)
        assert imported.wait(10)
        return "cpu"

    monkeypatch.setattr("artstyle.machine.devices.choose", choose)
    preparing = asyncio.create_task(engine().prepare())
    await importing.wait()
    preparing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preparing
    imported.set()


async def test_an_error_of_the_hardware_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(wanted: str) -> str:
        raise RuntimeError("no driver")

    monkeypatch.setattr("artstyle.machine.devices.choose", choose)
    with pytest.raises(RuntimeError, match="no driver"):
        await engine().prepare()


def run(tmp_path: Path) -> ThreadRun:
    for name in ("content.png", "style.png"):
        (tmp_path / name).touch()
    return ThreadRun(a_job(), JobFiles(tmp_path))


async def test_reports_come_in_order_and_the_end_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    updates = [Update(JobState(preview=number)) for number in range(3)]

    def drive(order: WorkOrder, files: JobFiles, tell: Tell, stop: Stop) -> bool:
        assert threading.current_thread().daemon
        for update in updates:
            tell(update)
        return True

    monkeypatch.setattr(engines, "drive", drive)
    reports = [report async for report in run(tmp_path).reports()]
    assert reports == [*updates, Ended(Outcome.DONE)]


async def test_a_thread_that_outlives_the_loop_ends_quietly(tmp_path: Path) -> None:
    running = run(tmp_path)
    loop = asyncio.new_event_loop()
    loop.close()
    running._loop = loop
    running._tell(Ended(Outcome.DONE))


async def test_real_jobs_in_the_queue_end_in_pictures_one_after_the_other(tmp_path: Path) -> None:
    async with queue(tmp_path, engine()) as jobs:
        good, bad, last = [await jobs.submit(submission()) for _ in range(3)]
        jobs.files(bad).source("content").write_bytes(b"eaten by a worm")
        events = await all_events(good)
        assert percents(events) == [20, 40, 60, 80, 100]
        assert events[-1].kind is EventKind.DONE
        failure = (await until(bad, EventKind.FAILED)).state.failure
        assert failure is not None and failure.data["role"] == "content"
        assert (await all_events(last))[-1].kind is EventKind.DONE
        await settled(jobs)
        for job in (good, last):
            assert jobs.files(job).result.read_bytes().startswith(b"\x89PNG")
            assert not jobs.files(job).savepoint.exists()
