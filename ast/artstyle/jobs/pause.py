"""The queue's pause while the environment is in trouble, such as a full disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from artstyle.errors import DiskError
from artstyle.jobs.signal import Signal

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # between looks at the folder while all is well
RETRY_SECONDS = 2.0  # between attempts while it is not; longer when they succeed for moments only
LONGEST_RETRY = 60.0

Check = Callable[[], Awaitable[None]]


class Pause:
    """Begins with a `DiskError` and ends by itself when the disk can be written again."""

    def __init__(self) -> None:
        self.reason: DiskError | None = None
        self.changed: Callable[[], None] = lambda: None  # called when it begins and ends
        self._signal = Signal()
        self._suspected = False
        self._wait = RETRY_SECONDS

    def begin(self, reason: DiskError) -> None:
        begins, self.reason = self.reason is None, reason
        if begins:
            logger.warning("the queue is paused: %s", reason)
            self._tell()

    def suspect(self) -> None:
        """Find out soon whether something is wrong with the disk."""
        self._suspected = True
        self._signal.changed()

    def worked(self) -> None:
        """Something large was saved, so the next pause needn't be longer than usual."""
        self._wait = RETRY_SECONDS

    async def over(self) -> None:
        """Wait until there is no pause."""
        while True:
            changed = self._signal.next()
            if self.reason is None:
                return
            await changed.wait()

    async def watch(self, look: Check, attempt: Check) -> None:
        """Look at the disk again and again; both functions raise `DiskError`.

        ``look`` costs next to nothing, ``attempt`` writes.
        """
        while True:
            changed = self._signal.next()
            paused, check = self.reason is not None, look
            if paused:
                await asyncio.sleep(self._wait)
            if paused or self._suspected:
                self._suspected, check = False, attempt
            try:
                await check()
            except DiskError as error:
                self.begin(error)
            else:
                if paused:
                    self._end()
                # not wait_for: that of Python 3.11 may lose a cancellation as it returns
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await changed.wait()

    def _end(self) -> None:
        # what fails again at once, since it needs more space, is tried less and less often
        self._wait = min(2 * self._wait, LONGEST_RETRY)
        self.reason = None
        logger.warning("the queue goes on")
        self._tell()

    def _tell(self) -> None:
        self._signal.changed()
        self.changed()
