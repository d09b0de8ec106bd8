"""Podman with a storage of its own, so that nothing of the user's is touched."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from scripts.docker_check.report import CheckError

# Without limits said, Podman asks for higher ones than some machines grant.
LIMITS = ("--ulimit", "nofile=20000:20000", "--ulimit", "nproc=20000:20000")
# Podman leaves the calls of HEALTHCHECK to systemd's timers; here they are made by hand.
RUN = (*LIMITS, "--health-interval", "disable")
STOP_SECONDS = 10.0  # Docker's patience before it kills
PATIENCE = 600.0  # seconds, on a busy machine
LONG = 7200.0  # seconds: gigabytes may come over a thin line
NOISE = re.compile(r'^time="[^"]*" level=\w+ msg=".*systemd.*\n?', re.MULTILINE)


class Podman:
    """Builds images and runs containers."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in the folder."""
        self._base = [
            *("podman", "--root", str(folder / "storage"), "--runroot", str(folder / "state")),
            *("--storage-driver", "overlay"),
        ]
        self._environment = {**os.environ, "TMPDIR": str(folder)}  # its caches lie there

    def call(self, *words: str | Path, code: int = 0, seconds: float = PATIENCE) -> str:
        """Run a command and give all that it printed; raises `CheckError` for another code."""
        try:
            done = subprocess.run(
                [*self._base, *map(str, words)],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                check=False,
                env=self._environment,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            raise CheckError(f"podman {words[0]} has not ended after {seconds:.0f} s") from None
        said = NOISE.sub("", done.stdout)
        if done.returncode != code:
            raise CheckError(f"podman {words[0]} ended with {done.returncode}: {said[-2000:]}")
        return said

    def run(self, *words: str | Path, code: int = 0) -> str:
        """Run a container to its end and give what it printed."""
        return self.call("run", "--rm", *RUN, *words, code=code)

    def start(self, *words: str | Path) -> Container:
        """Start a container that goes on."""
        said = self.call("run", "--detach", *RUN, *words)
        return Container(self, said.split()[-1])

    def remove(self) -> None:
        """Remove all images and containers."""
        self.call("rm", "--all", "--force", "--volumes")
        self.call("rmi", "--all", "--force")


class Container:
    """A container that runs."""

    def __init__(self, podman: Podman, id: str) -> None:
        """Keep its id."""
        self._podman = podman
        self._id = id

    def logs(self) -> str:
        """Give all that it has printed."""
        return self._podman.call("logs", self._id)

    def health(self) -> tuple[bool, str]:
        """Run the image's HEALTHCHECK in it: whether it is healthy, and what it says."""
        try:
            said = self._podman.call("healthcheck", "run", self._id)
        except CheckError as error:
            return False, str(error)
        return True, said

    def user(self) -> int:
        """Give the number of the user, as this machine sees it, that its first process has."""
        process = self._inspect("{{.State.Pid}}")
        status = Path(f"/proc/{process}/status").read_text()
        found = re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE)
        if not found:
            raise CheckError(f"process {process} has no user")
        return int(found[1])

    def end(self, by: str = "TERM") -> int:
        """Send it a signal and give its exit code; raises `CheckError` if it takes too long."""
        self._podman.call("kill", "--signal", by, self._id)
        return int(self._podman.call("wait", self._id, seconds=STOP_SECONDS).split()[-1])

    def remove(self) -> None:
        """Kill it if it still runs, and forget it."""
        self._podman.call("rm", "--force", "--volumes", self._id)

    def _inspect(self, form: str) -> str:
        return self._podman.call("inspect", "--format", form, self._id).strip()
