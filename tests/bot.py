"""What the tests of the bot share: the unmodified application against our own Telegram."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.jobs import LIMITS, PAINTING, PHOTO, PlayedEngine, PlayedRun, picture
from tests.telegram_chats import PATIENCE, Button, Chat, Message
from tests.telegram_server import Photo, Telegram, User

from artstyle.bot import application, replies, sending, status
from artstyle.bot.application import TelegramBot
from artstyle.bot.services import BotConfig, Connection
from artstyle.jobs import Job, JobQueue, Limits, scheduler
from artstyle.jobs.messages import Artifact, Outcome
from artstyle.settings import Settings

BOT = BotConfig(
    users=frozenset(), defaults={"levels": 1}, most_levels=3, album_pause=0.25, album_longest=5.0
)
ALBUM = [Photo(PHOTO), Photo(PAINTING)]
RESULT = picture(9, 64, 85)


@dataclass
class Bot:
    telegram: Telegram
    queue: JobQueue
    engine: Any
    task: asyncio.Task[None]
    folder: Path

    def run_of(self, job: Job) -> PlayedRun:
        runs: list[PlayedRun] = self.engine.runs
        return next(run for run in runs if run.job.id == job.id)

    async def until(self, look: Callable[[], object], seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while not look():
                await self.queue.signal.next().wait()

    async def job(self, number: int = 1) -> Job:
        await self.until(lambda: len(self.queue.all()) >= number)
        return self.queue.all()[number - 1]

    async def advance(self, job: Job, percent: int) -> None:
        files = self.queue.files(job)
        for reached in range(20, min(percent, 80) + 1, 20):
            files.write(Artifact(f"snapshot-{reached}", picture(reached, 64, 85, ".jpg")))
        run = self.run_of(job)
        run.update(used=Settings(levels=1, iterations=100, network="vgg16"), network="vgg16")
        run.advance(percent, milestone=min(80, percent // 20 * 20))
        await self.until(lambda: job.state.step and job.state.step.percent == percent)

    async def finish(self, job: Job, result: bytes = RESULT) -> None:
        await self.until(lambda: job.status == "running")
        self.queue.files(job).result.write_bytes(result)
        self.run_of(job).end(Outcome.DONE)
        await self.until(lambda: job.status == "done")

    async def paint_for(self, user: User) -> Job:
        """Let a user have a picture."""
        await user.sends_album(ALBUM)
        job = await self.job(len(self.queue.all()) + 1)
        await self.finish(job)
        await user.chat.until(ended)
        return job

    async def answer(self, user: User, button: Button) -> str | None:
        """The answer to a button that a user presses."""
        press = await user.presses(button)
        await self.telegram.until(lambda: press.answer is not None)
        return press.answer

    async def dies(self, heir: Path) -> None:
        """Be killed: the heir gets what is on the disk now, and Telegram hears nothing more."""
        shutil.copytree(self.folder, heir, ignore=shutil.ignore_patterns("*.part"))
        application.GOODBYE_SECONDS = 0.0  # until `quick` ends
        await self.telegram.down()


@contextmanager
def quick() -> Iterator[None]:
    """Let nobody wait, except where it is said."""
    with (
        patch.multiple(sending, FIRST_PAUSE=0.02, LONGEST_PAUSE=0.05),
        patch.object(replies, "MERGE_SECONDS", 0.0),
        patch.multiple(status, PAUSE=0.02, GROUP_PAUSE=0.02),
        patch.multiple(application, GOODBYE_SECONDS=application.GOODBYE_SECONDS),
        patch.multiple(scheduler, STOP_SECONDS=0.05),
    ):
        yield


@asynccontextmanager
async def running(
    telegram: Telegram,
    folder: Path,
    engine: Any = None,
    *,
    reachable: bool = True,
    limits: Limits = LIMITS,
    **said: Any,
) -> AsyncIterator[Bot]:
    """Run the bot against a server, and wait until it listens if that is reachable."""
    engine = engine or PlayedEngine()
    reached = Connection(
        token=telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url
    )
    polls = len(telegram.called("getUpdates"))
    with quick():
        async with JobQueue(folder, engine, limits) as queue:
            bot = TelegramBot(reached, queue, folder, replace(BOT, **said))
            async with bot.running() as task:
                if reachable:
                    await telegram.until(lambda: len(telegram.called("getUpdates")) > polls)
                yield Bot(telegram, queue, engine, task, folder)


def sent(chat: Chat) -> list[str]:
    """What the bot's pictures are called, in the order in which they came; a file is "file"."""
    return [
        "file" if message.document else message.caption or ""
        for message in chat.from_bot
        if message.document or message.photo
    ]


def ended(chat: Chat) -> bool:
    return any(text.startswith("Done in") for text in chat.texts)


def final(chat: Chat) -> Message:
    return next(message for message in chat.photos if message.caption == "Done")


async def logged(caplog: pytest.LogCaptureFixture, text: str) -> None:
    """Wait for a line in the log."""
    there = asyncio.Event()

    class Look(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            if text in record.getMessage():
                there.set()
            return True

    with caplog.filtering(Look()):
        async with asyncio.timeout(PATIENCE):
            if text not in caplog.text:
                await there.wait()
