"""The process that uses Ray for the program: `python -m artstyle.jobs.cluster.proxy`.

Ray ends the process that uses it when the cluster's head is lost, and imports a lot; neither
should happen to a lab. It is started with a socket's file descriptor, an address and the
versions. It ends when the socket is closed, and Ray then ends what it had started.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from artstyle.jobs.cluster.connection import Connection
from artstyle.jobs.cluster.machines import Machine, Machines
from artstyle.jobs.messages import Outcome

AHEAD = 4  # reports of a job that aren't acknowledged yet; its machine waits with the next one
GRACE_SECONDS = 10.0  # for a job to stop when asked; then its process is killed
WATCH_SECONDS = 1.0  # between looks at the cluster's machines
HEAD_SECONDS = 10.0  # for the head to list them; Ray itself takes a minute to miss it

LOST = Outcome.LOST, "its machine is gone"
End = tuple[Outcome, str]
Stream = Callable[[Mapping[str, str], bytes, str], Iterator[bytes | str]]


class RayJob:
    def __init__(self, connection: Connection, key: int) -> None:
        self._connection, self._key = connection, key
        self.window = asyncio.Semaphore(AHEAD)
        self._stream: Any = None
        self._machine: str | None = None
        self._gone = asyncio.Event()
        self._stopped = False

    def check_machine(self, machines: Machines) -> None:
        """Ray soon misses a machine that is cut off, but goes on waiting for what ran on it."""
        if self._machine is not None and self._machine not in machines:
            self._gone.set()

    async def run(self, stream: Any) -> None:
        """Pass on the job's reports, and how it ends."""
        self._stream = stream
        passing = asyncio.ensure_future(self._pass_on())
        gone = asyncio.ensure_future(self._gone.wait())
        await asyncio.wait({passing, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        end = passing.result() if passing.done() else LOST
        passing.cancel()
        self._connection.send("ended", self._key, *end)

    async def _pass_on(self) -> End:
        try:
            async for reference in self._stream:
                data = await reference
                del reference  # or Ray keeps it until the next one comes
                if isinstance(data, str):
                    self._machine = data
                elif not self._stopped:
                    self._connection.send("report", self._key, data)
                    await self._connection.drain()
                    await self.window.acquire()
        except Exception as error:  # an end must be sent, whatever it is
            return self._end(error)
        return (Outcome.STOPPED if self._stopped else Outcome.DONE), ""

    def _end(self, error: Exception) -> End:
        """Distinguish a job that was stopped or failed from one whose machine is gone."""
        from ray import exceptions

        if self._stopped:
            return Outcome.STOPPED, ""
        if isinstance(error, exceptions.OutOfMemoryError):
            return Outcome.LOST, "its machine ran out of memory"
        cancelled = isinstance(error, exceptions.TaskCancelledError)
        of_ray = isinstance(error, exceptions.RayError)
        if not cancelled and (isinstance(error, exceptions.RayTaskError) or not of_ray):
            return Outcome.FAILED, repr(error)
        return LOST

    async def stop(self) -> None:
        """End the job: first ask, then kill."""
        import ray

        if self._stopped:
            return
        self._stopped = True
        self.window.release()  # nothing will be acknowledged any more
        if self._stream is None:
            return
        with suppress(Exception):  # it has just ended
            ray.cancel(self._stream)
        await asyncio.sleep(GRACE_SECONDS)
        with suppress(Exception):
            ray.cancel(self._stream, force=True)


class Proxy:
    """Starts jobs on the cluster and passes on their reports."""

    def __init__(self, connection: Connection, versions: Mapping[str, str], stream: Stream) -> None:
        """``versions`` are those that machines must have, ``stream`` is what runs there."""
        self._connection, self._versions, self._stream = connection, versions, stream
        self._jobs: dict[int, RayJob] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._machines: Machines = {}

    async def run(self) -> None:
        """Serve until the program closes the connection."""
        self._spawn(self._watch())
        while (message := await self._connection.receive()) is not None:
            match message:
                case "begin", key, *rest:
                    self._begin(key, *rest)
                case "received", key if key in self._jobs:
                    self._jobs[key].window.release()
                case "stop", key if key in self._jobs:
                    self._spawn(self._jobs[key].stop())

    def _begin(self, key: int, order: bytes, needs: Mapping[str, float], id: str) -> None:
        self._jobs[key] = job = RayJob(self._connection, key)
        remote = self._remote(needs).options(name=f"picture {id[:8]}")  # as Ray shows it
        task = self._spawn(job.run(remote.remote(self._versions, order, id)))
        task.add_done_callback(lambda _: self._jobs.pop(key, None))

    def _remote(self, needs: Mapping[str, float]) -> Any:
        import ray

        return ray.remote(
            num_returns="streaming",
            num_cpus=needs.get("CPU", 0),
            num_gpus=needs.get("GPU", 0),
            # A process that has used a GPU keeps some of its memory, even when Ray gives it
            # another one. Ray's `options` don't take this.
            max_calls=1 if needs.get("GPU") else 0,
            max_retries=0,  # the queue decides
            _generator_backpressure_num_objects=AHEAD,
        )(self._stream)

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _watch(self) -> None:
        """Send the list of machines whenever it has changed."""
        while True:
            try:
                machines = await asyncio.wait_for(asyncio.to_thread(list_machines), HEAD_SECONDS)
            except Exception:  # the head is lost, and everything that runs with it
                os._exit(1)
            if machines != self._machines:
                self._machines = machines
                self._connection.send("machines", machines)
            for job in self._jobs.values():
                job.check_machine(machines)
            await asyncio.sleep(WATCH_SECONDS)


def list_machines() -> Machines:
    """The cluster's machines by id."""
    import ray

    return {
        node["NodeID"]: Machine(
            f"{node['NodeManagerHostname']} ({node['NodeManagerAddress']})",
            {name: float(node["Resources"].get(name, 0)) for name in ("CPU", "GPU")},
        )
        for node in ray.nodes()
        if node["Alive"]
    }


def main(stream: Stream) -> None:
    """Serve until the program closes the connection; ``stream`` is what runs on the machines."""
    file, address, versions = sys.argv[1:]
    asyncio.run(_serve(int(file), address, json.loads(versions), stream))
    os._exit(0)  # Ray's threads have nothing left to do


async def _serve(file: int, address: str, versions: Mapping[str, str], stream: Stream) -> None:
    import ray

    connection = Connection(*await asyncio.open_connection(sock=socket.socket(fileno=file)))
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", namespace="artstyle")
    except Exception as error:  # Ray raises nearly anything
        connection.send("refused", f"{type(error).__name__}: {error}")
        await connection.drain()
        return
    connection.send("attached", ray.get_runtime_context().gcs_address)
    await Proxy(connection, versions, stream).run()
    ray.shutdown()


if __name__ == "__main__":
    from artstyle.jobs.cluster import remote

    main(remote.stream)
