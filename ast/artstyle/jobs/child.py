"""A child process that decodes pictures, one at a time, and can be killed."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

import msgspec

from artstyle.errors import PictureDamaged, PictureError, PictureMemory, PictureSlow, restore
from artstyle.pictures.messages import Refused, Reply, Request, Size, Unwritten, receive, send

logger = logging.getLogger(__name__)

MODULE = "artstyle.pictures.decoder"
SPARE_SECONDS = 5  # after which a child ends itself if its parent hasn't killed it
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
ENDED_BY: Mapping[int, type[PictureError]] = {
    # SIGABRT is C++ without memory; SIGKILL is the kernel's, when the machine has none
    getattr(signal, "SIGKILL", 9): PictureMemory,
    signal.SIGABRT: PictureMemory,
    getattr(signal, "SIGALRM", 14): PictureSlow,
}
_reply = msgspec.msgpack.Decoder(Reply)


class Child:
    """Blocks, so call it in a thread; ``kill`` comes from another one."""

    def __init__(self, memory: int, seconds: float, program: Sequence[str] = (MODULE,)) -> None:
        """``memory`` is how many bytes a picture may take, ``seconds`` how long.

        ``program`` is a module, and what it is told besides these two.
        """
        module, *more = program
        self._module = module
        self._arguments = str(memory), str(int(seconds) + SPARE_SECONDS), *more
        self._process: subprocess.Popen[bytes] | None = None
        self._killing = threading.Lock()
        self.killed = False

    @property
    def usable(self) -> bool:
        return not self.killed and (self._process is None or self._process.poll() is None)

    def start(self) -> None:
        """Start the process and wait until it is ready; raises `OSError`."""
        with self._killing:
            if self.killed:
                return
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._module, *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **ONE_THREAD},
                start_new_session=True,  # Ctrl-C is meant for the parent
            )
        assert self._process.stdout is not None
        if receive(self._process.stdout) is None and not self.killed:
            code = self._process.wait()
            raise RuntimeError(f"{self._module} doesn't start: exit code {code}")

    def ask(self, request: Request) -> Size:
        """Decode a picture. Raises `PictureError`, or OSError for what can't be written."""
        if (reply := self._exchange(request)) is None:
            raise self._verdict(request)
        match reply:
            case Refused():
                raise restore(reply.code, reply.data)
            case Unwritten():
                raise OSError(reply.errno, reply.reason, reply.path)
        return reply

    def kill(self) -> None:
        """End the process at once; a call of `ask` raises `PictureSlow`."""
        with self._killing:
            self.killed = True
            if self._process is not None:
                self._process.kill()

    def reap(self) -> None:
        """Wait for the end of a killed process, which comes at once."""
        if self._process is not None:
            self._process.communicate()

    def _exchange(self, request: Request) -> Reply | None:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None  # killed before it began
        try:
            send(process.stdin, msgspec.msgpack.encode(request))
            message = receive(process.stdout)
        except (BrokenPipeError, ValueError):
            return None
        return None if message is None else _reply.decode(message)

    def _verdict(self, request: Request) -> PictureError:
        """Why there was no answer."""
        killed = self.killed
        self.kill()
        if killed or self._process is None:
            self.reap()
            return PictureSlow(role=request.role)
        signal_number = -self._process.wait()
        if signal_number not in ENDED_BY:
            logger.warning("a picture made the decoder end with %d", signal_number)
        return ENDED_BY.get(signal_number, PictureDamaged)(role=request.role)
