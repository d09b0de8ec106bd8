"""A real Ray cluster on loopback whose machines can be killed, for checks and benches.

``python bench/loopback.py`` is the process that runs it. It reads one command per line from
standard input; when that is closed, it ends with everything it has started.
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
WATCHFUL = {  # by default a head takes 15 seconds to notice a machine that is cut off
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
}
# Makes Ray bind to 127.0.0.1 instead of all addresses; the name is about other systems because Ray
# always does that there.
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


class Loopback:
    """A head that computes nothing, and machines that can be added and killed."""

    def __init__(self, process: subprocess.Popen[str], environment: Mapping[str, str]) -> None:
        self._process, self.environment = process, environment
        self.address = str(self._answer())

    def add(self, gpus: int = 1, cpus: int = 1) -> int:
        """Add a machine; killing the returned process kills the machine."""
        return int(self._ask("add", gpus, cpus))

    def lose(self, machine: int) -> None:
        """Kill a machine with everything on it, as a power failure would."""
        _kill_tree(machine)

    def freeze(self, machine: int) -> None:
        """Stop all processes of a machine: it still exists but doesn't answer."""
        top = psutil.Process(machine)
        for each in [top, *top.children(recursive=True)]:
            each.suspend()

    def lose_head(self) -> None:
        self._ask("lose_head")

    def renew_head(self) -> None:
        """Start another head at the same address, after the old one was killed."""
        self._ask("renew_head")

    def workers(self) -> dict[str, psutil.Process]:
        """Processes of running jobs, by the first 8 characters of the job's id."""
        processes = psutil.Process(self._process.pid).children(recursive=True)
        return {name: each for each in processes if (name := _job(each))}

    def _ask(self, *command: object) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        for line in self._process.stdout:  # Ray prints there too
            if line.startswith("{"):
                return json.loads(line)["answer"]
        raise RuntimeError("the cluster on loopback couldn't be started")


@contextmanager
def loopback(more: Mapping[str, str] | None = None, *, token: bool = True) -> Iterator[Loopback]:
    """Run a cluster, with more variables in its environment, and remove all of it afterwards."""
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
    """Id of the job that a process works for, from the title that Ray gives it."""
    try:
        title = " ".join(process.cmdline())
    except psutil.Error:  # it just ended
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
        "RAY_worker_niceness": "0",  # as in the lab's own process, for comparisons
        "RAY_TMPDIR": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "ast"), str(ROOT / "bench"), *known]),
    }


def _end(process: subprocess.Popen[str]) -> None:
    """Let it end what it started, then kill what remains."""
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
    """Runs the cluster in the other process; its methods are the commands."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(shutdown_at_exit=False)
        self._port = 0
        self.renew_head()

    def renew_head(self) -> str:
        """Start a head, at the address of the previous one if there was one."""
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
        node = self._cluster.add_node(num_cpus=cpus, num_gpus=gpus, object_store_memory=STORE)
        return int(node.all_processes["raylet"][0].process.pid)

    def lose_head(self) -> None:
        for kinds in self._cluster.head_node.all_processes.values():
            for each in kinds:
                _kill_tree(each.process.pid)

    def end(self) -> None:
        began = time.monotonic()
        children = psutil.Process().children(recursive=True)
        while children and time.monotonic() - began < END_SECONDS:
            for each in children:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            psutil.wait_procs(children, 1)
            children = psutil.Process().children(recursive=True)


def main() -> None:
    """Run the cluster until standard input is closed."""
    holder = _Holder()
    print(json.dumps({"answer": f"127.0.0.1:{holder._port}"}), flush=True)
    for line in sys.stdin:
        word, *given = json.loads(line)
        print(json.dumps({"answer": getattr(holder, word)(*given)}), flush=True)
    holder.end()
    os._exit(0)


if __name__ == "__main__":
    main()
