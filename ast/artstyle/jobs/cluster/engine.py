"""Runs jobs on the machines of a Ray cluster, and survives the loss of any of them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from typing import Any

import msgspec

from artstyle.errors import ClipsRefused, ClusterError, Unexpected
from artstyle.jobs.cluster import config
from artstyle.jobs.cluster.machines import Machines, changes, places
from artstyle.jobs.cluster.proxy_process import ProxyProcess
from artstyle.jobs.engine_choice import EngineChoice
from artstyle.jobs.files import JobFiles
from artstyle.jobs.job import Failure, Job, Phase
from artstyle.jobs.messages import Artifact, Ended, Outcome, Update, decode_report, encode, failed
from artstyle.jobs.workers import Workers
from artstyle.settings import Settings

logger = logging.getLogger(__name__)

CANCEL_SECONDS = 5.0  # for what is cancelled to end
RETRY_SECONDS = 2.0  # between attempts to attach again
WRITERS = 4  # threads that write what comes from the cluster
GONE = "the cluster is gone"


class ClusterEngine:
    """Runs as many jobs at a time as the cluster's machines have room for."""

    clips = False

    def __init__(self, choice: EngineChoice) -> None:
        self._choice = choice
        self._proxy: ProxyProcess | None = None
        self._machines: Machines = {}
        self.workers = Workers()
        self.runs: dict[int, ClusterRun] = {}
        self._keys = count()
        self._changed: Callable[[], None] = lambda: None
        self._serving: asyncio.Task[None] | None = None
        self.writers = ThreadPoolExecutor(WRITERS, "cluster")

    async def open(self) -> None:
        """Attach to the cluster; raises `ClusterError`."""
        config.check(self._choice, os.environ)
        self._proxy = await ProxyProcess.attach(self._choice)
        self._serving = asyncio.create_task(self._serve(self._proxy))

    async def prepare(self) -> None:
        """Nothing is needed: the proxy reports the machines."""

    def notify(self, changed: Callable[[], None]) -> None:
        self._changed = changed

    def has_room(self, settings: Settings, running: Iterable[Settings]) -> bool:
        weights = [config.weight(self._choice, each) for each in (*running, settings)]
        return sum(weights) <= self.workers.total

    def begin(self, job: Job, files: JobFiles) -> ClusterRun:
        needs = config.needs(self._choice, job.request.settings)
        run = ClusterRun(self, next(self._keys), job, files, needs)
        self.runs[run.key] = run
        return run

    def send(self, *message: Any) -> bool:
        """Send the proxy a message about a run; False if there is no proxy now."""
        if self._proxy is not None:
            self._proxy.connection.send(*message)
        return self._proxy is not None

    async def close(self) -> None:
        """Detach from the cluster; what still runs there is ended."""
        while self._serving is not None and not self._serving.done():
            self._serving.cancel()
            # wait_for of Python 3.11 may lose a cancellation that comes as it returns
            await asyncio.wait([self._serving], timeout=CANCEL_SECONDS)
        if self._proxy is not None:
            await self._proxy.close()
            self._proxy = None
        self._lose_all()
        self.writers.shutdown(wait=False)

    async def _serve(self, proxy: ProxyProcess) -> None:
        """Pass on what comes from the proxy; when it is lost, start another one."""
        while True:
            while (message := await proxy.connection.receive()) is not None:
                self._handle(message)
            logger.warning("the cluster at %s is gone; its jobs wait for it", proxy.address)
            self._proxy, self._machines = None, {}
            self.workers.set(places({}, config.needs(self._choice)))
            self._lose_all()
            await proxy.close()
            self._proxy = proxy = await _attach_again(self._choice)
            logger.warning("the cluster at %s is back", proxy.address)

    def _handle(self, message: list[Any]) -> None:
        match message:
            case "machines", machines:
                self._meet(msgspec.convert(machines, Machines))
            case word, key, *rest if key in self.runs:
                self.runs[key].receive(word, *rest)

    def _meet(self, machines: Machines) -> None:
        """Take note of the machines that are there now."""
        needs = config.needs(self._choice)
        for line in changes(self._machines, machines, needs):
            logger.warning(line)
        self._machines = machines
        self.workers.set(places(machines, needs))
        if not self.workers.total:
            logger.warning(
                "no machine of the cluster has the CPUs and GPUs of a job, so all jobs "
                "wait: add one, or change GPUS_PER_JOB or CPUS_PER_JOB in config.py"
            )
        self._changed()

    def _lose_all(self) -> None:
        for run in list(self.runs.values()):
            run.receive("ended", Outcome.LOST, GONE)


async def _attach_again(choice: EngineChoice) -> ProxyProcess:
    while True:
        try:
            return await ProxyProcess.attach(choice)
        except ClusterError as error:
            logger.debug("not yet: %s", error)
        await asyncio.sleep(RETRY_SECONDS)


class ClusterRun:
    """A job on the cluster, as the program sees it; it is sent when its reports are read."""

    def __init__(
        self, engine: ClusterEngine, key: int, job: Job, files: JobFiles, needs: dict[str, float]
    ) -> None:
        self.key = key
        self._engine, self._files, self._needs = engine, files, needs
        self._request, self._state = job.request, job.state
        self._expected = job.expected
        self._received: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self._stopped = self._begun = False
        self._end: Ended | None = None

    def receive(self, *message: Any) -> None:
        self._received.put_nowait(message)

    def stop(self, *, keep: bool) -> None:
        """Stop soon; with ``keep`` it continues later from the last savepoint received."""
        self._stopped = True
        if not self._engine.send("stop", self.key):
            self.receive("ended", Outcome.STOPPED, "")

    async def reports(self) -> AsyncIterator[Update | Ended]:
        try:
            async for report in self._reports():
                yield report
        except Exception as error:  # a disk is full, a picture is gone
            yield failed(self._request.id, error)
        finally:
            self._engine.send("stop", self.key)  # nobody listens any more: free the machine
            self._engine.runs.pop(self.key, None)

    async def _reports(self) -> AsyncIterator[Update | Ended]:
        yield Update(replace(self._state, phase=Phase.WAITING))
        order = await self._in_thread(self._pack)
        if self._stopped:
            yield Ended(Outcome.STOPPED)
            return
        if not self._engine.send("begin", self.key, order, self._needs, self._request.id):
            yield Ended(Outcome.UNSENT, details=GONE)
            return
        del order
        while True:
            word, *rest = await self._received.get()
            if word == "ended":
                yield self._ended(*rest)
                return
            self._begun = True
            report = await self._in_thread(self._unpack, *rest)
            self._engine.send("received", self.key)
            if isinstance(report, Ended):
                self._end = report  # the proxy knows when the machine is free
            elif report is not None:
                yield report

    def _pack(self) -> bytes:
        if self._request.length is not None:  # taken before there was a cluster
            raise ClipsRefused
        return encode(self._files.order(self._request, self._state, self._expected))

    def _unpack(self, data: bytes) -> Update | Ended | None:
        """Write artifacts; other reports are returned."""
        report = decode_report(data)
        if not isinstance(report, Artifact):
            return report
        self._files.write(report)
        return None

    def _ended(self, outcome: str, details: str) -> Ended:
        if outcome == Outcome.STOPPED or self._stopped:
            return Ended(Outcome.STOPPED)
        if self._end is not None:
            return self._end
        if outcome == Outcome.LOST:
            # the end of the cluster isn't the fault of a job that was only on its way
            unsent = details == GONE and not self._begun
            return Ended(Outcome.UNSENT if unsent else Outcome.LOST, details=details)
        failure = Failure.of(Unexpected(self._request.id[:8]))
        return Ended(Outcome.FAILED, failure, details or "it ended without a last report")

    async def _in_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._engine.writers, work, *given)
