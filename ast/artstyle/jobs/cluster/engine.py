"""Runs tasks on the machines of a Ray cluster, and survives the loss of any of them."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from artstyle.jobs.cluster.link import Link
from artstyle.jobs.cluster.plan import ClusterError, ClusterPlan, check
from artstyle.jobs.engine import Ended, Lost
from artstyle.jobs.task import Doing, Made, News, Task
from artstyle.settings import Settings

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 2.0  # between attempts to attach again
WRITERS = 4  # threads that write what comes from the cluster
GONE = "the cluster that made it is gone"


class ClusterEngine:
    """As many tasks at a time as the cluster's machines have room for."""

    def __init__(self, plan: ClusterPlan) -> None:
        """Take the cluster; `open` attaches to it."""
        self._plan = plan
        self._link: Link | None = None
        self._machines: list[dict[str, float]] = []
        self._runs: dict[int, ClusterRun] = {}
        self._keys = count()
        self._changed: Callable[[], None] = lambda: None
        self._serving: asyncio.Task[None] | None = None
        self.writers = ThreadPoolExecutor(WRITERS, "cluster")

    async def open(self) -> None:
        """Attach to the cluster; raises `ClusterError`."""
        check(self._plan, os.environ)
        self._link = await Link.attach(self._plan)
        self._serving = asyncio.create_task(self._serve(self._link))

    async def prepare(self) -> None:
        """Do nothing: the machines tell by themselves what they have."""

    def notify(self, changed: Callable[[], None]) -> None:
        """Name what to call when machines have come or gone."""
        self._changed = changed

    @property
    def slots(self) -> int:
        """How many tasks the machines that are there can do at the same time."""
        return sum(slots(machine, self._plan.needs()) for machine in self._machines)

    def has_room(self, settings: Settings, running: Iterable[Settings]) -> bool:
        """Tell whether a task may begin beside those that run."""
        return sum(map(self._plan.weight, [*running, settings])) <= self.slots

    def begin(self, task: Task) -> ClusterRun:
        """Start a task on whichever machine has room."""
        run = ClusterRun(self, next(self._keys), task)
        self._runs[run.key] = run
        return run

    def send(self, word: str, run: ClusterRun, *rest: Any) -> bool:
        """Tell the courier something about a run; False if there is no courier now."""
        if self._link is None:
            return False
        self._link.frames.send(word, run.key, *rest)
        return True

    def submit(self, run: ClusterRun, task: Task, parcel: bytes) -> bool:
        """Send a task on its way; False if there is no courier now."""
        name = f"picture {task.id[:8]}"  # as Ray shows it
        return self.send("begin", run, parcel, self._plan.needs(task.settings), name)

    def forget(self, run: ClusterRun) -> None:
        """A run has ended."""
        self._runs.pop(run.key, None)

    async def close(self) -> None:
        """Let go of the cluster; what still runs there is ended."""
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)
        if self._link is not None:
            await self._link.close()
            self._link = None
        self._lose_all()
        self.writers.shutdown(wait=False)

    async def _serve(self, link: Link) -> None:
        """Pass on what comes from the courier; when it is lost, get another one."""
        while True:
            await self._pass_on(link)
            logger.warning("the cluster at %s is gone; its jobs wait for it", link.address)
            self._link, self._machines = None, []
            self._lose_all()
            await link.close()
            self._link = link = await self._attach_again()
            logger.warning("the cluster at %s is back", link.address)

    async def _attach_again(self) -> Link:
        while True:
            try:
                return await Link.attach(self._plan)
            except ClusterError as error:
                logger.debug("not yet: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _pass_on(self, link: Link) -> None:
        while (message := await link.frames.receive()) is not None:
            match message:
                case "machines", machines:
                    self._meet(machines)
                case word, key, *rest if key in self._runs:
                    self._runs[key].hear(word, *rest)

    def _meet(self, machines: list[dict[str, float]]) -> None:
        self._machines = machines
        if not self.slots:
            logger.warning(
                "no machine of the cluster has what a job needs, so all jobs wait: "
                "add one, or change GPUS_PER_JOB or CPUS_PER_JOB in config.py"
            )
        self._changed()

    def _lose_all(self) -> None:
        for run in list(self._runs.values()):
            run.hear("over", "lost", GONE)


def slots(machine: dict[str, float], needs: dict[str, float]) -> int:
    """Tell how many jobs with such needs a machine can do at the same time."""
    # a small part more, for a third three times is less than one
    return min(int(machine[name] / need + 1e-6) for name, need in needs.items())


class ClusterRun:
    """A task on the cluster, seen from here."""

    def __init__(self, engine: ClusterEngine, key: int, task: Task) -> None:
        """Take the task; it is sent when its reports are asked for."""
        self.key = key
        self._engine, self._task = engine, task
        self._heard: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._stopped = self._begun = False
        self._end: Ended | None = None

    def hear(self, *message: Any) -> None:
        """Take what the courier says of it."""
        self._heard.put_nowait(message)

    def stop(self, *, keep: bool) -> None:
        """Stop soon; with ``keep`` it goes on later from the last savepoint that has come."""
        self._stopped = True
        if not self._engine.send("stop", self):
            self.hear("over", "stopped", "")

    async def reports(self) -> AsyncIterator[News | Ended]:
        """Tell what happens, `Ended` last; what belongs to it is written before it is told."""
        try:
            async for report in self._reports():
                yield report
        except Exception as error:  # a disk is full, a picture is gone
            yield Ended(False, error)
        finally:
            self._engine.send("stop", self)  # whoever stops to listen gives the machine free
            self._engine.forget(self)

    async def _reports(self) -> AsyncIterator[News | Ended]:
        yield Doing("waiting for a machine of the cluster")
        parcel = await self._in_thread(self._pack)
        if self._stopped:
            yield Ended(False, None)
            return
        if not self._engine.submit(self, self._task, parcel):
            raise Lost(GONE, begun=False)
        del parcel
        while True:
            word, *rest = await self._heard.get()
            if word == "over":
                yield self._over(*rest)
                return
            self._begun = True
            news = await self._in_thread(self._take, *rest)
            self._engine.send("taken", self)
            if isinstance(news, Ended):
                self._end = news  # the courier knows when the machine is free
            elif news is not None:
                yield news

    def _pack(self) -> bytes:
        return pickle.dumps(self._task.pack(), pickle.HIGHEST_PROTOCOL)

    def _take(self, data: bytes) -> News | Ended | None:
        """Write what was made; give what is to be told."""
        report = pickle.loads(data)
        if not isinstance(report, Made):
            news: News | Ended = report
            return news
        self._task.files.keep(report)
        return None

    def _over(self, how: str, why: str) -> Ended:
        if how == "stopped" or self._stopped:
            return Ended(False, None)
        if self._end is not None:
            return self._end
        if how == "lost":
            # a job that was only on its way has nothing to do with the end of the cluster
            return Ended(False, Lost(why, begun=self._begun or why != GONE))
        return Ended(False, RuntimeError(why or "it ended without an end"))

    async def _in_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._engine.writers, work, *given)
