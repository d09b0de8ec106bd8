"""A file that shows when Telegram last answered the bot."""

import time
from contextlib import suppress
from pathlib import Path

FILE = "bot-heartbeat"
# A poll is answered within seconds; while Telegram is away, it is repeated once a minute.
SILENCE = 150.0  # seconds without an answer after which the bot counts as unhealthy


class Heartbeat:
    """The time of Telegram's last answer, kept as the time of a file in the data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def beat(self) -> None:
        with suppress(OSError):  # a full disk is reported elsewhere and mustn't stop the bot
            self._path.touch()

    def stop(self) -> None:
        """Remove the file, so that a stopped bot doesn't count as healthy."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def trouble(self) -> str | None:
        """What is wrong, if anything."""
        try:
            silent = time.time() - self._path.stat().st_mtime
        except OSError:
            return "the bot hasn't heard from Telegram yet"
        if silent > SILENCE:
            return f"the bot hasn't heard from Telegram for {silent:.0f} s"
        return None
