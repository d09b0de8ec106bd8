"""How the log hears of faults: without what users write, and not again and again."""

import logging
import math
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

DAY = 86_400.0


def where(error: BaseException) -> str:
    """The type of an error and the calls that led to it; its message may quote a user."""
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    calls = " < ".join(f"{each.name} ({_short(each.filename)}:{each.lineno})" for each in frames)
    return f"{type(error).__name__} in {calls}" if calls else type(error).__name__


def _short(path: str) -> str:
    return "/".join(path.replace("\\", "/").split("/")[-2:])


def fault(kind: str) -> dict[str, str]:
    """What marks a line of the log as one of a kind that may repeat: ``extra=fault(kind)``."""
    return {"fault": kind}


class Daily(logging.Filter):
    """Lets one line of each kind of fault through a day; it says how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}  # when
        self._left_out: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        kind = getattr(record, "fault", None)
        if kind is None:
            return True
        now = time.monotonic()
        if now - self._told.get(kind, -math.inf) < DAY:
            self._left_out[kind] += 1
            return False
        self._told[kind] = now
        if more := self._left_out.pop(kind, 0):
            record.msg, record.args = f"{record.getMessage()} (and {more} more before)", ()
        return True


@contextmanager
def once_a_day(*loggers: logging.Logger) -> Iterator[None]:
    """Keep faults that repeat from filling the log."""
    daily = Daily()
    for each in loggers:
        each.addFilter(daily)
    try:
        yield
    finally:
        for each in loggers:
            each.removeFilter(daily)
