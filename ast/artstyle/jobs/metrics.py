"""Figures of the queue in Prometheus's text format: numbers only, nothing of a user.

Counters and histograms begin at 0 with the program. `docs/LAB.md` lists the names.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Counts
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from artstyle.errors import CODES, ArtstyleError
from artstyle.jobs.job import Job, JobState, JobStatus
from artstyle.jobs.pause import Pause
from artstyle.jobs.store import JobStore
from artstyle.jobs.workers import Workers

WAITING = (1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400)  # seconds; so are the next two
MAKING = (2, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400)
LAG = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
SIZES = (256, 512, 1024, 2048, 4096)  # px on the shorter side, at most
LARGER = "larger"
LAG_SECONDS = 1.0  # between measurements of the event loop's lag


class JobMetrics:
    """What a queue did since the program began, and how it stands."""

    def __init__(self, store: JobStore, workers: Workers, pause: Pause) -> None:
        registry = CollectorRegistry()  # its own: a process may have several queues
        self._waiting = Histogram(
            "artstyle_job_wait_seconds",
            "Time from a job's acceptance to its first start.",
            buckets=WAITING,
            registry=registry,
        )
        self._making = Histogram(
            "artstyle_picture_seconds",
            "Time that a finished picture was computed, by its shorter side in px, at most.",
            ["size"],
            buckets=MAKING,
            registry=registry,
        )
        self._failures = Counter(
            "artstyle_job_failures", "Failed jobs by the error's code.", ["code"], registry=registry
        )
        self._lag = Histogram(
            "artstyle_event_loop_lag_seconds",
            "By how much the event loop was late, measured once a second.",
            buckets=LAG,
            registry=registry,
        )
        for size in (*SIZES, LARGER):
            self._making.labels(str(size))  # a series that appears late hides its first increase
        registry.register(_Present(store, workers, pause))
        ProcessCollector(registry=registry)
        self._registry = registry
        store.observers.append(self.observe)

    def observe(self, job: Job, before: JobState) -> None:
        """Take in a change of a job's state."""
        state = job.state
        if before.started is None and state.started is not None:
            # clocks are set back
            self._waiting.observe(max(0.0, state.started - job.request.created))
        is_clip = job.request.length is not None  # of which no two take the same time
        if state.status is JobStatus.DONE and state.step is not None and not is_clip:
            self._making.labels(size_label(min(state.step.size))).observe(state.step.seconds)
        if state.failure is not None:
            # another version's code isn't one of the labels
            code = state.failure.code if state.failure.code in CODES else ArtstyleError.code
            self._failures.labels(code).inc()

    async def measure_lag(self) -> None:
        """Measure again and again by how much the event loop is late."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + LAG_SECONDS
            await asyncio.sleep(LAG_SECONDS)
            self._lag.observe(max(0.0, clock() - due))

    def render(self, accept: str) -> tuple[bytes, str]:
        """All figures and their content type; ``accept`` is the header of the request."""
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind


class _Present(Collector):
    """How things stand when they are asked for."""

    def __init__(self, store: JobStore, workers: Workers, pause: Pause) -> None:
        self._store, self._workers, self._pause = store, workers, pause

    def collect(self) -> Iterator[Metric]:
        counts = Counts(job.status for job in self._store)
        jobs = GaugeMetricFamily("artstyle_jobs", "Jobs that are kept, by state.", labels=["state"])
        for status in JobStatus:
            jobs.add_metric([status], counts[status])
        yield jobs
        workers = GaugeMetricFamily(
            "artstyle_workers", "Jobs that can run at the same time, by device.", labels=["device"]
        )
        for device, number in self._workers.by_device.items():
            workers.add_metric([device], number)
        yield workers
        paused = self._pause.reason is not None
        yield GaugeMetricFamily(
            "artstyle_queue_paused", "1 while the queue is paused.", int(paused)
        )


def size_label(side: int) -> str:
    """The label of a picture whose shorter side has so many px."""
    return next((str(size) for size in SIZES if side <= size), LARGER)
