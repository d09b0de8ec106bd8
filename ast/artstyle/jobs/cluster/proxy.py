"""The process that talks to Ray for the program: `python -m artstyle.jobs.cluster.courier`.

Ray ends the process that uses it when the cluster's head is lost, and imports half a world;
neither shall happen to a lab. Started with a socket as file descriptor, an address and the
versions; it ends when the socket is closed, and Ray then ends what it had started.
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

from artstyle.jobs.cluster.frames import Frames

AHEAD = 4  # reports of a job that nobody has taken yet; its machine waits with the next one
GRACE_SECONDS = 10.0  # for a job to end when asked to; then its process is killed
LOOK_SECONDS = 1.0  # between looks at which machines there are
HEAD_SECONDS = 10.0  # for the head to tell them; Ray itself takes a minute to miss it


LOST = "lost", "the machine that made it is gone"
Stream = Callable[[Mapping[str, str], bytes], Iterator[bytes | str]]
Machines = dict[str, dict[str, float]]


class Errand:
    """One job on the cluster."""

    def __init__(self, frames: Frames, key: int) -> None:
        """Bring reports back under this key."""
        self._frames, self._key = frames, key
        self._window = asyncio.Semaphore(AHEAD)
        self._stream: Any = None
        self._machine: str | None = None
        self._gone = asyncio.Event()
        self._stopped = False

    def look(self, machines: Machines) -> None:
        """See whether its machine is still there.

        Ray misses a machine that is cut off soon, but goes on waiting for what ran on it.
        """
        if self._machine is not None and self._machine not in machines:
            self._gone.set()

    def taken(self) -> None:
        """One report has been taken."""
        self._window.release()

    async def run(self, stream: Any) -> None:
        """Bring back what the job tells, and how it ends."""
        self._stream = stream
        bringing = asyncio.ensure_future(self._bring())
        gone = asyncio.ensure_future(self._gone.wait())
        await asyncio.wait({bringing, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        over = bringing.result() if bringing.done() else LOST
        bringing.cancel()
        self._frames.send("over", self._key, *over)

    async def _bring(self) -> tuple[str, str]:
        try:
            async for reference in self._stream:
                data = await reference
                del reference  # or Ray keeps it until the next one comes
                if isinstance(data, str):
                    self._machine = data
                elif not self._stopped:
                    self._frames.send("report", self._key, data)
                    await self._frames.drain()
                    await self._window.acquire()
        except Exception as error:  # an end must be told, whatever it is
            return self._how(error)
        return ("stopped" if self._stopped else "told"), ""

    def _how(self, error: Exception) -> tuple[str, str]:
        """Tell a job that was stopped or is broken from one whose machine is gone."""
        from ray import exceptions

        if self._stopped:
            return "stopped", ""
        if isinstance(error, exceptions.OutOfMemoryError):
            return "lost", "the machine that made it ran out of memory"
        cancelled = isinstance(error, exceptions.TaskCancelledError)
        of_ray = isinstance(error, exceptions.RayError)
        if not cancelled and (isinstance(error, exceptions.RayTaskError) or not of_ray):
            return "broken", repr(error)
        return LOST

    async def stop(self) -> None:
        """End the job: first ask, then kill."""
        import ray

        if self._stopped:
            return
        self._stopped = True
        self._window.release()  # for nobody takes anything any more
        if self._stream is None:
            return
        with suppress(Exception):  # it has just ended
            ray.cancel(self._stream)
        await asyncio.sleep(GRACE_SECONDS)
        with suppress(Exception):
            ray.cancel(self._stream, force=True)


class Courier:
    """Carries jobs to the cluster and what they tell back."""

    def __init__(self, frames: Frames, versions: Mapping[str, str], stream: Stream) -> None:
        """Take the way back, what the machines must have, and what they run."""
        self._frames, self._versions, self._stream = frames, versions, stream
        self._errands: dict[int, Errand] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._machines: Machines = {}

    async def run(self) -> None:
        """Do what is asked until the program hangs up."""
        self._spawn(self._look())
        while (message := await self._frames.receive()) is not None:
            self._obey(*message)

    def _obey(self, word: str, key: int, *rest: Any) -> None:
        errand = self._errands.get(key)
        if word == "begin":
            self._begin(key, *rest)
        elif errand is not None and word == "taken":
            errand.taken()
        elif errand is not None and word == "stop":
            self._spawn(errand.stop())

    def _begin(self, key: int, parcel: bytes, needs: Mapping[str, float], name: str) -> None:
        self._errands[key] = errand = Errand(self._frames, key)
        stream = self._remote(needs).options(name=name).remote(self._versions, parcel)
        task = self._spawn(errand.run(stream))
        task.add_done_callback(lambda _: self._errands.pop(key, None))

    def _remote(self, needs: Mapping[str, float]) -> Any:
        import ray

        return ray.remote(
            num_returns="streaming",
            num_cpus=needs.get("CPU", 0),
            num_gpus=needs.get("GPU", 0),
            # A process that has used a GPU keeps some of its memory, and keeps to it though
            # Ray may give it another one; Ray can't be told so with `options`.
            max_calls=1 if needs.get("GPU") else 0,
            max_retries=0,  # the queue decides
            _generator_backpressure_num_objects=AHEAD,
        )(self._stream)

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _look(self) -> None:
        """Tell which machines there are, whenever that has changed."""
        while True:
            try:
                machines = await asyncio.wait_for(asyncio.to_thread(machines_now), HEAD_SECONDS)
            except Exception:  # the head is lost, and whatever runs with it
                os._exit(1)
            if machines != self._machines:
                self._machines = machines
                self._frames.send("machines", list(machines.values()))
            for errand in self._errands.values():
                errand.look(machines)
            await asyncio.sleep(LOOK_SECONDS)


def machines_now() -> Machines:
    """List the machines of the cluster, and what each has to compute with."""
    import ray

    return {
        node["NodeID"]: {name: float(node["Resources"].get(name, 0)) for name in ("CPU", "GPU")}
        for node in ray.nodes()
        if node["Alive"]
    }


def main(stream: Stream) -> None:
    """Carry jobs until the program hangs up; ``stream`` is what runs on the machines."""
    file, address, versions = sys.argv[1:]
    asyncio.run(_carry(int(file), address, json.loads(versions), stream))
    os._exit(0)  # Ray's threads have nothing left to do


async def _carry(file: int, address: str, versions: Mapping[str, str], stream: Stream) -> None:
    import ray

    frames = Frames(*await asyncio.open_connection(sock=socket.socket(fileno=file)))
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", namespace="artstyle")
    except Exception as error:  # Ray raises nearly anything
        frames.send("refused", f"{type(error).__name__}: {error}")
        await frames.drain()
        return
    frames.send("attached", ray.get_runtime_context().gcs_address)
    await Courier(frames, versions, stream).run()
    ray.shutdown()


if __name__ == "__main__":
    from artstyle.jobs.cluster import remote

    main(remote.stream)
