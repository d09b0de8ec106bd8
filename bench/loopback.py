"""A real Ray cluster on loopback alone, whose machines can be lost: for checks and benches.

``python bench/loopback.py`` is the process that holds it; it reads commands from standard
input, one a line, and ends with all it has started when that is closed.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
STORE = 200_000_000  # bytes for each machine's objects; Ray would take a third of the memory
END_SECONDS = 10.0
WATCHFUL = {  # by itself a head misses a machine that is cut off after some 15 seconds
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
}
# What makes Ray bind to 127.0.0.1 in place of all addresses of this machine; it names other
# systems since this is how Ray runs there.
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


class Loopback:
    """A head without anything to compute with, and machines that can be added and lost."""

    def __init__(self, process: subprocess.Popen[str], environment: Mapping[str, str]) -> None:
        """Take the process that holds it, and what attaches to it must have set."""
        self._process, self.environment = process, environment
        self.address = str(self._answer())

    def add(self, gpus: int = 1, cpus: int = 1) -> int:
        """Add a machine, and give the process that is its life."""
        return int(self._ask("add", gpus, cpus))

    def lose(self, machine: int) -> None:
        """Kill a machine with all that runs on it, as a power failure would."""
        _kill_tree(machine)

    def freeze(self, machine: int) -> None:
        """Stop a machine with all that runs on it, so that it is there but says nothing."""
        top = psutil.Process(machine)
        for each in [top, *top.children(recursive=True)]:
            each.suspend()

    def lose_head(self) -> None:
        """Kill the head as well."""
        self._ask("lose_head")

    def renew_head(self) -> None:
        """Start another head at the same address, after the old one was lost."""
        self._ask("renew_head")

    def workers(self) -> dict[str, psutil.Process]:
        """List the processes in which jobs run now, by the beginning of the job's id."""
        processes = psutil.Process(self._process.pid).children(recursive=True)
        return {name: each for each in processes if (name := _job(each))}

    def _ask(self, *command: object) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        for line in self._process.stdout:  # Ray prints there as well
            if line.startswith("{"):
                return json.loads(line)["answer"]
        raise RuntimeError("the cluster on loopback couldn't be started")


@contextmanager
def loopback(more: Mapping[str, str] | None = None, *, token: bool = True) -> Iterator[Loopback]:
    """Hold a cluster, with more in its environment; nothing of it is left in the end."""
    with tempfile.TemporaryDirectory(prefix="ray") as folder:
        environment = {**_environment(Path(folder), token=token), **(more or {})}
        process = subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C must not end it before what uses it
        )
        try:
            yield Loopback(process, environment)
        finally:
            _end(process)


def _job(process: psutil.Process) -> str:
    """Tell which job a process works for: Ray has it in its title."""
    try:
        title = " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return ""
    return title.partition("ray::picture ")[2].split(" ")[0]


def _kill_tree(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        for each in [*top.children(recursive=True), top]:
            with suppress(psutil.NoSuchProcess):
                each.kill()


def _environment(folder: Path, *, token: bool) -> dict[str, str]:
    path = folder / "token"
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32))
    known = filter(None, [os.environ.get("PYTHONPATH")])
    return {
        **LOOPBACK,
        "RAY_AUTH_MODE": "token" if token else "disabled",
        "RAY_AUTH_TOKEN_PATH": str(path),
        **WATCHFUL,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_worker_niceness": "0",  # as quick as here, on a machine that does something else too
        "RAY_TMPDIR": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "ast"), str(ROOT / "bench"), *known]),
    }


def _end(process: subprocess.Popen[str]) -> None:
    """Let it end what it has started, and end what then is still there."""
    known = psutil.Process(process.pid).children(recursive=True) if not process.poll() else []
    assert process.stdin is not None and process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    process.kill()
    process.wait()
    process.stdout.close()
    for each in known:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(known, END_SECONDS)


class _Holder:
    """What the process does that holds the cluster."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(shutdown_at_exit=False)
        self._port = 0
        self.renew_head()

    def renew_head(self) -> str:
        """Start a head, at the address of the last one if there was one."""
        self._cluster.head_node = None
        given = {"gcs_server_port": self._port} if self._port else {}
        self._cluster.add_node(
            num_cpus=0,
            object_store_memory=STORE,
            include_dashboard=False,
            include_log_monitor=False,
            **given,
        )
        self._port = int(self._cluster.address.rpartition(":")[2])
        return str(self._cluster.address)

    def add(self, gpus: int, cpus: int) -> int:
        """Add a machine, and give its raylet's process."""
        node = self._cluster.add_node(num_cpus=cpus, num_gpus=gpus, object_store_memory=STORE)
        return int(node.all_processes["raylet"][0].process.pid)

    def lose_head(self) -> None:
        """Kill all of the head at once."""
        for kinds in self._cluster.head_node.all_processes.values():
            for each in kinds:
                _kill_tree(each.process.pid)

    def end(self) -> None:
        """Kill everything: nobody needs it any more, so nothing has to be waited for."""
        began = time.monotonic()
        children = psutil.Process().children(recursive=True)
        while children and time.monotonic() - began < END_SECONDS:
            for each in children:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            psutil.wait_procs(children, 1)
            children = psutil.Process().children(recursive=True)


def main() -> None:
    """Hold the cluster until standard input is closed."""
    holder = _Holder()
    print(json.dumps({"answer": f"127.0.0.1:{holder._port}"}), flush=True)
    for line in sys.stdin:
        word, *given = json.loads(line)
        print(json.dumps({"answer": getattr(holder, word)(*given)}), flush=True)
    holder.end()
    os._exit(0)


if __name__ == "__main__":
    main()
