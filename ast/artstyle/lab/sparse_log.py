"""Warnings that anybody can cause, and so must not fill the log."""

import logging
import time

SECONDS = 60.0


class SparseLog:
    """Writes one line, then none for a minute; the next line tells how many were left out."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._next = 0.0
        self._left_out = 0

    def warning(self, message: str, *args: object) -> None:
        now = time.monotonic()
        if now < self._next:
            self._left_out += 1
            return
        more = f" ({self._left_out} more since the last such line)" if self._left_out else ""
        self._next, self._left_out = now + SECONDS, 0
        self._logger.warning(message + more, *args)
