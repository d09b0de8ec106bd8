"""A file by which others see that the bot hears from Telegram."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

FILE = "bot-heartbeat"
# A poll is answered within seconds; while Telegram is away, it is tried once a minute.
SILENCE = 150.0  # seconds without an answer after which something is wrong


class Heartbeat:
    """The moment of Telegram's last answer, as the time of a file in the data folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is written yet."""
        self._path = folder / FILE

    def beat(self) -> None:
        """Note that Telegram has answered."""
        with suppress(OSError):  # a full disk shows elsewhere; here it must not stop the bot
            self._path.touch()

    def stop(self) -> None:
        """Forget it, so that none is taken for alive that doesn't run."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def trouble(self) -> str | None:
        """Say what is wrong, if anything."""
        try:
            silent = time.time() - self._path.stat().st_mtime
        except OSError:
            return "the bot has not heard from Telegram yet"
        if silent > SILENCE:
            return f"the bot has not heard from Telegram for {silent:.0f} s"
        return None
