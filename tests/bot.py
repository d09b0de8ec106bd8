"""What the tests of the bot share: the unmodified application against our own Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.jobs import LIMITS, PlayedEngine, PlayedRun, moved, picture
from tests.telegram_server import Telegram

from artstyle.bot.application import Connection, TelegramBot
from artstyle.bot.bot import BotConfig
from artstyle.jobs import Job, JobQueue
from artstyle.jobs.engine import Ended
from artstyle.jobs.task import Began
from artstyle.settings import Settings

BOT = BotConfig(
    users=frozenset(),
    levels=1,
    iterations=None,
    most_levels=3,
    album_pause=0.05,
    album_longest=5.0,
)


@dataclass
class Bot:
    """A bot that runs."""

    telegram: Telegram
    queue: JobQueue
    engine: Any

    def run_of(self, job: Job) -> PlayedRun:
        runs: list[PlayedRun] = self.engine.runs
        return next(run for run in runs if run.task.id == job.id)

    async def job(self, number: int = 1) -> Job:
        """Wait for the job that was submitted as the so-manieth."""
        while len(self.queue.all()) < number:
            await self.queue.signal.next().wait()
        return self.queue.all()[number - 1]

    async def advance(self, job: Job, percent: int) -> None:
        """Play a run up to a milestone, with its picture."""
        files = self.queue.files(job)
        for reached in range(20, min(percent, 80) + 1, 20):
            files.show(f"snapshot-{reached}", picture(reached, 64, 85, ".jpg"))
        run = self.run_of(job)
        run.send(Began(Settings(levels=1, iterations=100, network="vgg16"), "vgg16"))
        run.send(moved(percent, milestone=min(80, percent // 20 * 20)))

    async def finish(self, job: Job) -> None:
        """Play a run to its end."""
        self.queue.files(job).result.write_bytes(picture(9, 256, 341))
        self.run_of(job).send(Ended(True, None))


@asynccontextmanager
async def running(
    telegram: Telegram, folder: Path, engine: Any = None, **said: Any
) -> AsyncIterator[Bot]:
    """Run the bot against a server."""
    from dataclasses import replace

    engine = engine or PlayedEngine()
    reached = Connection(
        token=telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url
    )
    async with JobQueue(folder / "data", engine, LIMITS) as queue:
        bot = TelegramBot(reached, queue, folder / "data", replace(BOT, **said))
        async with bot.running():
            await telegram.until(lambda: telegram.called("getUpdates"))
            yield Bot(telegram, queue, engine)
