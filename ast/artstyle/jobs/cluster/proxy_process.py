"""The proxy as the program sees it: its process, started and ended, and the socket to it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from artstyle.errors import ClusterError
from artstyle.jobs.cluster.config import AUTO, check_address
from artstyle.jobs.cluster.connection import Connection
from artstyle.jobs.cluster.remote import versions
from artstyle.jobs.engine_choice import EngineChoice

ANSWER_SECONDS = 3.0  # for the head's port
ATTACH_SECONDS = 15.0  # for Ray, which goes on trying for minutes
GUARD_SECONDS = 30.0  # for the refusal of a client without a token, on a busy machine
END_SECONDS = 2.0  # for a proxy to end by itself
KEPT = 4000  # bytes of Ray's messages that are kept
MODULE = "artstyle.jobs.cluster.proxy"
REFUSED = 7  # exit code
CLIENT = f"""
import sys
from ray._raylet import GcsClient
from ray.exceptions import AuthenticationError
try:
    GcsClient(address=sys.argv[1])
except AuthenticationError:
    sys.exit({REFUSED})
"""


@dataclass(frozen=True, slots=True)
class ProxyProcess:
    process: Process
    output: asyncio.Task[str]
    connection: Connection
    address: str

    @classmethod
    async def attach(cls, choice: EngineChoice) -> Self:
        """Start a proxy and attach it to the cluster; raises `ClusterError`."""
        if choice.address != AUTO:
            await _check_answer(choice.address)
        process, connection = await _start(choice)
        assert process.stderr is not None
        output = asyncio.create_task(_tail(process.stderr))
        proxy = cls(process, output, connection, choice.address)
        try:
            address = await asyncio.wait_for(_attached(connection), ATTACH_SECONDS)
            check_address(choice, address)
            await _check_guard(address)
        except BaseException as error:
            said = f"{error} {await proxy.close()}"
            if isinstance(error, TimeoutError | _Refused):
                raise ClusterError(_reason(choice, said)) from error
            raise
        return proxy

    async def close(self) -> str:
        """End the proxy, which ends what it had started; returns the end of its output."""
        self.connection.close()
        await _ended(self.process, END_SECONDS)
        return await self.output


class _Refused(Exception):
    """Ray's own words."""


async def _check_answer(address: str) -> None:
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


async def _start(choice: EngineChoice) -> tuple[Process, Connection]:
    ours, theirs = socket.socketpair()
    connection = Connection(*await asyncio.open_connection(sock=ours))
    with theirs:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", MODULE),
            *(str(theirs.fileno()), choice.address, json.dumps(versions())),
            pass_fds=[theirs.fileno()],
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
            start_new_session=True,  # Ctrl-C is for the program, which ends its proxy itself
        )
    return process, connection


async def _attached(connection: Connection) -> str:
    """Wait until the proxy is attached; returns the cluster's address."""
    word, text = await connection.receive() or ("ended", "Ray ended")
    if word != "attached":
        raise _Refused(text)
    return str(text)


async def _check_guard(address: str) -> None:
    """Raise `ClusterError` unless the cluster refuses a client without a token."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CLIENT, address),
        env={**os.environ, "RAY_AUTH_MODE": "disabled"},
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    code = await _ended(process, GUARD_SECONDS)
    if code == 0:
        raise ClusterError(
            f"the cluster at {address} accepts clients without a token: start all its machines "
            "with RAY_AUTH_MODE=token in their environment"
        )
    if code != REFUSED:
        raise ClusterError(
            f"the cluster at {address} didn't refuse a client without a token within "
            f"{GUARD_SECONDS:g} seconds, so it may be open to everyone: try again"
        )


async def _ended(process: Process, seconds: float) -> int:
    """Wait for the end of a process, kill it if that takes too long; returns its exit code."""
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), seconds)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return await process.wait()


async def _tail(stream: asyncio.StreamReader) -> str:
    """The end of a process's output; a process whose output nobody reads comes to a halt."""
    kept = b""
    while data := await stream.read(KEPT):
        kept = (kept + data)[-KEPT:]
    return kept.decode(errors="replace")


def _reason(choice: EngineChoice, output: str) -> str:
    """Why Ray couldn't attach, for the operator."""
    auto = choice.address == AUTO
    where = "a cluster on this machine" if auto else f"the cluster at {choice.address}"
    if "InvalidAuthToken" in output or "Unauthenticated" in output:
        return f"{where} refuses the token of this machine: use that of its head"
    if "Version mismatch" in output:
        return f"{where} has another version of Ray or Python: install the same everywhere"
    if auto and "ConnectionError" in output:
        return f"{where} isn't running: start one (ray start), or name its head in ENGINE"
    return (
        f"{where} can't be used from here: make this machine part of it "
        f"(ray start --address {choice.address} --num-cpus 0)"
    )
