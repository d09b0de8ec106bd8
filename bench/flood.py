"""Measure how a flood of albums from one user delays another, and how much memory it takes.

``python bench/flood.py [--albums N] [--megabytes N] [--seconds N]`` starts tlbot.py against the
tests' Telegram, which accepts one message a second for each chat and answers "too many" to the
rest. Ann sends all the albums, then Bob sends a small one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for tests/, where our Telegram is

if TYPE_CHECKING:
    from tests.telegram_chats import Chat
    from tests.telegram_server import Telegram

OFTEN = 0.02  # seconds between looks at the memory
SMALL = (72, 96)  # height and width of Bob's pictures
Row = tuple[str, float, str]  # what, value, unit


def noise(height: int, width: int, megabytes: float = 0.0) -> bytes:
    """JPEG of noise, filled up to a size as if with metadata after its end."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 50])[1].tobytes()
    return data + bytes(max(0, round(megabytes * 1e6) - len(data)))


@asynccontextmanager
async def running(telegram: Telegram, folder: Path) -> AsyncIterator[psutil.Process]:
    """Run tlbot.py against a server."""
    environment = {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_BASE_URL": telegram.base_url,
        "no_proxy": "127.0.0.1",
    }
    words = ("--levels", "1", "--iterations", "5", "--data", str(folder))
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "tlbot.py"), *words, env=environment, stdout=PIPE
    )
    try:
        await telegram.until(lambda: telegram.called("getUpdates"), 120)
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        await process.communicate()


class Peak:
    """The most memory that a process and its children had together, in bytes."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self.bytes = process, 0

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


async def measure(albums: int, megabytes: float, seconds: float) -> list[Row]:
    from tests.telegram_server import Document, Telegram

    large = [Document(noise(2000, 3000, megabytes), "a.jpg", "image/jpeg")] * 2
    small = [Document(noise(*SMALL), "b.jpg", "image/jpeg")] * 2
    async with Telegram() as telegram:
        with tempfile.TemporaryDirectory() as folder:
            async with running(telegram, Path(folder)) as process:
                before = process.memory_info().rss
                telegram.limit_per_chat = 1
                with watched(process) as peak:
                    ann, bob = telegram.user(7), telegram.user(8)
                    for _ in range(albums):
                        await ann.sends_album(large)
                    await ann.chat.until(answered, seconds)
                    begun = time.monotonic()
                    await bob.sends_album(small)
                    await bob.chat.until(answered, seconds)
                    first = time.monotonic() - begun
                    await bob.chat.until(accepted, seconds)
                    job = time.monotonic() - begun
                    calls = sum(call.parameters.get("chat_id") == 7 for call in telegram.calls)
    return [
        ("bob's first answer", first, "s"),
        ("bob's place in the queue", job, "s"),
        ("requests to ann's chat meanwhile", calls, ""),
        ("memory before", before / 1e6, "MB"),
        ("memory at most", peak.bytes / 1e6, "MB"),
    ]


def report(rows: Sequence[Row]) -> str:
    return "\n".join(f"{what:36} {value:8.1f} {unit}" for what, value, unit in rows)


def main() -> int:
    """Run the bench and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--albums", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=4.0, help="of each of Ann's pictures")
    parser.add_argument("--seconds", type=float, default=600.0, help="the longest to wait for Bob")
    given = parser.parse_args()
    print(report(asyncio.run(measure(given.albums, given.megabytes, given.seconds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
