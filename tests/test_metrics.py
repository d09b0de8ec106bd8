"""The figures for Prometheus: their names, types and labels, and what they count."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from tests.configured import configured
from tests.jobs import PlayedEngine, a_job, queue, submission, until
from tests.lab_app import OPEN, Lab, lab

from artstyle import errors
from artstyle.bot import metrics as bot_metrics
from artstyle.bot import program
from artstyle.errors import CODES, ArgumentError
from artstyle.jobs import EventKind, Failure, JobQueue, JobState, JobStatus, metrics
from artstyle.jobs.metrics import JobMetrics, size_label
from artstyle.jobs.pause import Pause
from artstyle.jobs.store import JobStore
from artstyle.jobs.workers import Workers

ROOT = Path(__file__).parents[1]
TYPES = {
    "artstyle_jobs": "gauge",
    "artstyle_job_wait_seconds": "histogram",
    "artstyle_picture_seconds": "histogram",
    "artstyle_workers": "gauge",
    "artstyle_queue_paused": "gauge",
    "artstyle_job_failures": "counter",
    "artstyle_event_loop_lag_seconds": "histogram",
}


def families(text: str) -> dict[str, Metric]:
    return {each.name: each for each in text_string_to_metric_families(text)}


def value(text: str, name: str, **labels: str) -> float | None:
    """The value of a series; None if there is none."""
    for family in families(text).values():
        for sample in family.samples:
            if (sample.name, sample.labels) == (name, labels):
                return sample.value
    return None


def rendered(jobs: JobQueue) -> str:
    return jobs.metrics.render("")[0].decode()


async def test_names_and_types_are_those_that_the_documentation_lists(it: Lab) -> None:
    await it.finish(await it.job())
    failing = await it.job()
    it.run_of(failing).fail(errors.MemoryShort())
    await until(failing, EventKind.FAILED)
    found = families(await it.text("/metrics"))
    ours = {name: each.type for name, each in found.items() if name.startswith("artstyle_")}
    created = {name for name in ours if name.endswith("_created")}  # when each series began
    assert {name: ours[name] for name in ours.keys() - created} == TYPES
    assert {name for name in found if name not in ours} >= {"process_resident_memory_bytes"}
    page = (ROOT / "docs/LAB.md").read_text().partition("## Metrics")[2]
    for name, kind in TYPES.items():
        assert f"`{name}{'_total' if kind == 'counter' else ''}" in page
    assert all(each.documentation for each in found.values())


async def test_they_count_jobs_waiting_pictures_and_failures(it: Lab) -> None:
    done, failing, last = [await it.job() for _ in range(3)]
    await it.finish(done)
    await until(failing, EventKind.RUNNING)
    it.run_of(failing).fail(errors.MemoryShort())
    await until(failing, EventKind.FAILED)
    await until(last, EventKind.RUNNING)
    text = await it.text("/metrics")
    states = {state: value(text, "artstyle_jobs", state=state) for state in JobStatus}
    assert states == {"queued": 0, "running": 1, "done": 1, "failed": 1, "cancelled": 0}
    assert value(text, "artstyle_job_wait_seconds_count") == 3
    assert value(text, "artstyle_picture_seconds_count", size="256") == 1
    assert value(text, "artstyle_picture_seconds_sum", size="256") == 1.0
    assert value(text, "artstyle_picture_seconds_count", size="512") == 0
    assert value(text, "artstyle_job_failures_total", code="memory-short") == 1
    assert value(text, "artstyle_workers", device="cpu") == 1
    assert value(text, "artstyle_queue_paused") == 0


def test_sizes_are_those_of_the_shorter_side_up_to_a_few_steps() -> None:
    sides = (64, 256, 257, 512, 1024, 2000, 4096, 4097, 50_000)
    assert [size_label(side) for side in sides] == [
        *("256", "256", "512", "512", "1024", "2048", "4096", "larger", "larger")
    ]


@pytest.fixture
def empty(tmp_path: Path) -> JobMetrics:
    """The figures of a store that is never opened."""
    nothing: object = None
    return JobMetrics(JobStore(nothing, Pause()), Workers(), Pause())  # type: ignore[arg-type]


def test_a_code_of_another_version_gets_no_label_of_its_own(empty: JobMetrics) -> None:
    for code in ("from-the-future-1", "from-the-future-2", "machine-lost"):
        failed = a_job(status=JobStatus.FAILED, failure=Failure(code, {}))
        empty.observe(failed, JobState())
    text = empty.render("")[0].decode()
    codes = {sample.labels["code"] for sample in families(text)["artstyle_job_failures"].samples}
    assert codes == {"artstyle-error", "machine-lost"} <= CODES.keys()
    assert value(text, "artstyle_job_failures_total", code="artstyle-error") == 2


def test_a_job_waits_once_and_never_less_than_nothing(empty: JobMetrics) -> None:
    begun = a_job(status=JobStatus.RUNNING, created=100.0, started=130.0)
    empty.observe(begun, JobState())
    empty.observe(begun, JobState(started=130.0))  # after a move to another machine
    empty.observe(a_job(created=100.0, started=50.0), JobState())  # the clock was set back
    text = empty.render("")[0].decode()
    assert value(text, "artstyle_job_wait_seconds_count") == 2
    assert value(text, "artstyle_job_wait_seconds_sum") == 30.0


async def test_the_lag_of_the_event_loop_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "LAG_SECONDS", 0.001)
    async with queue(tmp_path) as jobs:
        async with asyncio.timeout(20):
            while not value(rendered(jobs), "artstyle_event_loop_lag_seconds_count"):
                await asyncio.sleep(0)
        assert (value(rendered(jobs), "artstyle_event_loop_lag_seconds_sum") or 0) > 0


async def test_a_pause_and_no_workers_are_visible(tmp_path: Path) -> None:
    engine = PlayedEngine()
    async with queue(tmp_path, engine) as jobs:
        engine.workers.set({"cuda": 0})
        jobs.pause.begin(errors.DiskFull())
        assert value(rendered(jobs), "artstyle_workers", device="cuda") == 0
        assert value(rendered(jobs), "artstyle_queue_paused") == 1


async def test_queues_of_one_process_count_for_themselves(tmp_path: Path) -> None:
    async with queue(tmp_path / "one") as one, queue(tmp_path / "two") as two:
        await one.submit(submission())
        assert value(rendered(one), "artstyle_jobs", state="running") == 1
        assert value(rendered(two), "artstyle_jobs", state="running") == 0


async def test_on_a_lab_that_is_open_to_others_all_may_read_them_and_learn_nothing_private(
    tmp_path: Path,
) -> None:
    async with lab(tmp_path, policy=OPEN) as it:
        job = await it.job(private=True, owner="tg:424242")
        text = await it.text("/metrics")
        assert value(text, "artstyle_jobs", state="running") == 1
        for secret in ("424242", job.id, str(tmp_path), job.request.content.name):
            assert secret not in text


async def test_prometheus_gets_the_format_that_it_asks_for(it: Lab) -> None:
    for accept, kind in (
        ("", "text/plain; version=0.0.4"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text"),
    ):
        async with it.client.get("/metrics", headers={"Accept": accept}) as answer:
            assert answer.headers["Content-Type"].startswith(kind)
            assert ((await answer.text()).endswith("# EOF\n")) == (kind[0] == "a")


async def test_the_bot_serves_them_on_a_port_of_their_own(tmp_path: Path) -> None:
    config = configured(bot_metrics_port=0)  # any free one
    async with queue(tmp_path) as jobs, program.metrics(config, jobs) as port:
        await jobs.submit(submission())
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            async with client.get("/metrics") as answer:
                text = await answer.text()
            async with client.get("/") as other:
                assert other.status == 404
        assert value(text, "artstyle_jobs", state="running") == 1


async def test_without_being_asked_the_bot_serves_nothing(tmp_path: Path) -> None:
    async with queue(tmp_path) as jobs, program.metrics(configured(), jobs) as port:
        assert port is None


@pytest.mark.parametrize("port", ["taken", 70_000])
async def test_a_port_that_cant_be_served_is_told_in_one_line(
    port: str | int, tmp_path: Path
) -> None:
    async with queue(tmp_path) as jobs, bot_metrics.serving(jobs.metrics, "127.0.0.1", 0) as used:
        number = used if isinstance(port, str) else port
        with pytest.raises(ArgumentError, match=rf"127.0.0.1:{number} \(.*BOT_METRICS_PORT"):
            async with bot_metrics.serving(jobs.metrics, "127.0.0.1", number):
                pytest.fail("served")
