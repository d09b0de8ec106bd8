"""``docker run ast worker --head HOST:PORT``: this machine makes pictures for a Ray cluster."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

from artstyle.cli.parser import Parser
from artstyle.errors import ArgumentError, ArtstyleError, ClusterError
from artstyle.jobs.cluster.config import check_token

BAD_INPUT = 2
STORE = 1_000_000_000  # bytes for savepoints and previews; Ray would take up to 10 GB
STOP_SECONDS = 5.0  # then Ray is killed; Docker waits for ten
DEFAULTS = {
    "RAY_AUTH_MODE": "token",
    # Ray waits half a minute for running jobs. They go on elsewhere from their savepoints.
    "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
}


def run(words: list[str]) -> int:
    """Take part in the cluster until the container is stopped; returns the exit code."""
    environment = {**DEFAULTS, **os.environ}
    try:
        command = start(words, environment)
    except ArtstyleError as error:
        print(f"worker: {error}", file=sys.stderr)
        return BAD_INPUT
    print(f"worker: {' '.join(command[3:])}", flush=True)
    process = subprocess.Popen(command, env=environment)
    try:
        return process.wait()
    finally:  # after KeyboardInterrupt, which the entry point turns into a good end
        _end(process)


def start(words: list[str], environment: Mapping[str, str]) -> list[str]:
    """The command that starts Ray; raises `ArgumentError` or `ClusterError`."""
    head, more = read(words)
    if importlib.util.find_spec("ray") is None:
        raise ClusterError(
            "this image has no Ray: build it with docker build --build-arg EXTRAS=cluster"
        )
    check_token(environment)
    options = [f"--address={head}", "--block", "--disable-usage-stats"]
    ray = [sys.executable, "-m", "ray.scripts.scripts", "start", *options]
    return [*ray, f"--object-store-memory={STORE}", *more]


def read(words: list[str]) -> tuple[str, list[str]]:
    """The head's address, and the words for Ray; raises `ArgumentError`."""
    parser = Parser(
        "worker",
        "Make pictures for the lab or the bot of a Ray cluster.",
        "Other options are passed on to `ray start`, for example --num-gpus and --num-cpus.",
    )
    parser.add_argument(
        "--head", required=True, metavar="HOST:PORT", help="the address of the cluster's head"
    )
    given, more = parser.parse_known_args(words)
    host, _, port = given.head.rpartition(":")
    if not (host and port.isdecimal() and 0 < int(port) < 2**16):
        raise ArgumentError(f'--head must be like "10.0.0.1:6379", but is "{given.head}"')
    return given.head, more


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    process.kill()
