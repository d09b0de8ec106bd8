"""Measure how a flood of albums from one user delays another, and how much memory it takes.

``python bench/flood.py [--albums N] [--megabytes N] [--seconds N]`` starts tlbot.py against the
tests' Telegram, which accepts one message a second for each chat and answers "too many" to the
rest. Ann sends all the albums, then Bob sends a small one.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import psutil
from bot_process import started

if TYPE_CHECKING:
    from tests.telegram_chats import Chat

PER_OWNER = 20  # jobs, by config.py
OFTEN = 0.02  # seconds between looks at the memory
LARGE, SMALL = (750, 1000), (72, 96)  # height and width of Ann's and of Bob's pictures
Row = tuple[str, float, str]  # what, value, unit


def noise(height: int, width: int, megabytes: float = 0.0) -> bytes:
    """JPEG of noise, filled up to a size as if with metadata after its end."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 50])[1].tobytes()
    return data + bytes(max(0, round(megabytes * 1e6) - len(data)))


class Peak:
    """The most memory that a process and its children had together, in bytes."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self.first = self.bytes = self._now()

    async def watch(self) -> None:
        while True:
            self.bytes = max(self.bytes, self._now())
            await asyncio.sleep(OFTEN)

    def _now(self) -> int:
        every = [self._process, *self._process.children(recursive=True)]
        return sum(each.memory_info().rss for each in every if each.is_running())


@contextmanager
def watched(process: psutil.Process) -> Iterator[Peak]:
    peak = Peak(process)
    task = asyncio.create_task(peak.watch())
    try:
        yield peak
    finally:
        task.cancel()


def answered(chat: Chat) -> bool:
    return bool(chat.from_bot)


def accepted(chat: Chat) -> bool:
    """Whether the status says more than that the album has arrived: then there is a job."""
    return any(len(message.versions) > 1 for message in chat.from_bot)


def jobs(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'jobs.sqlite'}?mode=ro", uri=True)) as database:
        ((count,),) = database.execute("SELECT count(*) FROM jobs")
    return int(count)


async def measure(albums: int, megabytes: float, seconds: float) -> list[Row]:
    from tests.telegram_server import Document, Telegram

    large = [Document(noise(*LARGE, megabytes), "a.jpg", "image/jpeg")] * 2
    small = [Document(noise(*SMALL), "b.jpg", "image/jpeg")] * 2
    with tempfile.TemporaryDirectory() as name:
        async with Telegram() as telegram, started(telegram, Path(name)) as bot:
            await telegram.until(lambda: telegram.called("getUpdates"), seconds)
            telegram.limit_per_chat = 1
            with watched(psutil.Process(bot.pid)) as peak:
                ann, bob = telegram.user(7), telegram.user(8)
                for _ in range(albums):
                    await ann.sends_album(large)
                await ann.chat.until(answered, seconds)
                begun, times = time.monotonic(), []
                await bob.sends_album(small)
                for look in (answered, accepted):
                    await bob.chat.until(look, seconds)
                    times.append(time.monotonic() - begun)
                while jobs(Path(name)) < min(albums, PER_OWNER) + 1:
                    await asyncio.sleep(0.2)
            to_ann = sum(call.parameters.get("chat_id") == 7 for call in telegram.calls)
            return [
                ("Bob's first answer", times[0], "s"),
                ("Bob's place in the queue", times[1], "s"),
                ("all of Ann's that are accepted", time.monotonic() - begun, "s"),
                ("requests to Ann's chat until then", to_ann, ""),
                ("memory before", peak.first / 1e6, "MB"),
                ("memory at most", peak.bytes / 1e6, "MB"),
            ]


def report(rows: Sequence[Row]) -> str:
    return "\n".join(f"{what:36} {value:8.1f} {unit}" for what, value, unit in rows)


def main() -> int:
    """Run the bench and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--albums", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=10.0, help="of each of Ann's pictures")
    parser.add_argument("--seconds", type=float, default=600.0, help="the longest to wait for Bob")
    given = parser.parse_args()
    print(report(asyncio.run(measure(given.albums, given.megabytes, given.seconds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
