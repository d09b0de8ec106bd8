"""How many jobs can run at the same time, by device, and for how long none could."""

from __future__ import annotations

import time
from collections.abc import Mapping


class Workers:
    """What an engine says of itself; at first there are none."""

    def __init__(self) -> None:
        self.by_device: Mapping[str, int] = {}  # places for small jobs: ``cpu``, ``cuda``, ``mps``
        self._none_since: float | None = time.monotonic()

    @property
    def total(self) -> int:
        return sum(self.by_device.values())

    def set(self, by_device: Mapping[str, int]) -> None:
        self.by_device = by_device
        if self.total:
            self._none_since = None
        elif self._none_since is None:
            self._none_since = time.monotonic()

    def missing_seconds(self) -> float:
        """For how long there has been none; 0 if there are some."""
        return 0.0 if self._none_since is None else time.monotonic() - self._none_since
