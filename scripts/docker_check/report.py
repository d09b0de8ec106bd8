"""What the check says: each claim, whether it holds, and the seconds that it took."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager


class CheckError(Exception):
    """A claim that doesn't hold; the message says what was seen instead."""


class Report:
    """Prints claims as they are checked."""

    def __init__(self) -> None:
        """Nothing has failed yet."""
        self.failed: list[str] = []

    @contextmanager
    def claim(self, words: str) -> Iterator[None]:
        """Check a claim; one that fails doesn't keep the others from being checked."""
        began = time.monotonic()
        try:
            yield
        except (CheckError, subprocess.CalledProcessError, OSError) as error:
            self.failed.append(words)
            print(f"FAILED  {words}\n        {error or type(error).__name__}", flush=True)
        else:
            print(f"ok      {words} ({time.monotonic() - began:.1f} s)", flush=True)


def expect(holds: object, seen: object) -> None:
    """Raise `CheckError` with what was seen unless it holds."""
    if not holds:
        raise CheckError(f"seen: {seen}")
