"""The program's end of a courier: its process, begun and ended, and the socket to it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from artstyle.jobs.cluster.frames import Frames
from artstyle.jobs.cluster.plan import AUTO, ClusterError, ClusterPlan, check_address
from artstyle.jobs.cluster.versions import versions

ANSWER_SECONDS = 3.0  # for the head's port
ATTACH_SECONDS = 15.0  # for Ray, which goes on trying for minutes
END_SECONDS = 2.0  # for a courier to end by itself
TOLD = 4000  # characters of what Ray says that are looked at
COURIER = "artstyle.jobs.cluster.courier"


class Tail:
    """The last that a process has to say."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        """Listen from now on: a process that nobody listens to stands still."""
        self._said = b""
        self._task = asyncio.create_task(self._listen(stream))

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        while data := await stream.read(TOLD):
            self._said = (self._said + data)[-TOLD:]

    async def end(self) -> str:
        """Wait for the end of the process and give its last words."""
        await self._task
        return self._said.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Link:
    """A courier's process."""

    process: asyncio.subprocess.Process
    tail: Tail
    frames: Frames
    address: str

    @classmethod
    async def attach(cls, plan: ClusterPlan) -> Self:
        """Start a courier and attach it to the cluster; raises `ClusterError`."""
        if plan.address != AUTO:
            await _answers(plan.address)
        process, frames = await _start(plan)
        assert process.stderr is not None
        link = cls(process, Tail(process.stderr), frames, plan.address)
        try:
            address = await asyncio.wait_for(_attached(frames), ATTACH_SECONDS)
            check_address(plan, address)
            await _check_guard(address)
        except BaseException as error:
            said = await link.close()
            if isinstance(error, TimeoutError | _Refused):
                raise ClusterError(_why(plan, f"{error} {said}")) from error
            raise
        return link

    async def close(self) -> str:
        """End the courier, which ends what it had started; give the last that Ray said."""
        self.frames.close()
        try:
            await asyncio.wait_for(self.process.wait(), END_SECONDS)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
        return await self.tail.end()


class _Refused(Exception):
    """Ray has refused, in its own words."""


async def _answers(address: str) -> None:
    """Raise `ClusterError` unless something listens there; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        opening = asyncio.open_connection(host.strip("[]"), int(port))
        _, writer = await asyncio.wait_for(opening, ANSWER_SECONDS)
    except (OSError, TimeoutError) as error:
        raise ClusterError(
            f"no cluster answers at {address}: start its head (ray start --head), "
            "or correct ENGINE in config.py"
        ) from error
    writer.close()


async def _start(plan: ClusterPlan) -> tuple[asyncio.subprocess.Process, Frames]:
    ours, theirs = socket.socketpair()
    frames = Frames(*await asyncio.open_connection(sock=ours))
    with theirs:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", COURIER),
            *(str(theirs.fileno()), plan.address, json.dumps(versions())),
            pass_fds=[theirs.fileno()],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the program: it ends its courier itself
        )
    return process, frames


async def _attached(frames: Frames) -> str:
    """Wait until it is attached and give the cluster's address."""
    message = await frames.receive()
    if message is None:
        raise _Refused("Ray ended")
    word, text = message
    if word != "attached":
        raise _Refused(text)
    return str(text)


async def _check_guard(address: str) -> None:
    """Raise `ClusterError` if the cluster lets in who has no token.

    A client without one is let in at once, or tries in vain until it is ended.
    """
    code = f"from ray._raylet import GcsClient; GcsClient(address={address!r})"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code),
        env={**os.environ, "RAY_AUTH_MODE": "disabled"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.wait_for(process.wait(), ANSWER_SECONDS)
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0:
        raise ClusterError(
            f"the cluster at {address} lets in everybody: start all its machines "
            "with RAY_AUTH_MODE=token in their environment"
        )


def _why(plan: ClusterPlan, said: str) -> str:
    """Word why Ray couldn't attach."""
    where = (
        "a cluster of this machine" if plan.address == AUTO else f"the cluster at {plan.address}"
    )
    if "InvalidAuthToken" in said or "Unauthenticated" in said:
        return f"{where} doesn't take the token here: use that of its head"
    if "Version mismatch" in said:
        return f"{where} has another version of Ray or Python: install the same everywhere"
    if plan.address == AUTO and "ConnectionError" in said:
        return f"{where} isn't there: start one (ray start), or name its head in ENGINE"
    return (
        f"{where} can't be used from here: make this machine a part of it "
        f"(ray start --address {plan.address} --num-cpus 0)"
    )
