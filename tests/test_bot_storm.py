"""Two hundred albums from fifty users while Telegram answers badly: each gets their own, once."""

import asyncio
import resource
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from random import Random
from unittest.mock import patch

from tests import telegram_faults as faults
from tests.bot import Bot, running
from tests.jobs import LIMITS, PAINTING, PlayedEngine, picture
from tests.telegram_chats import Chat
from tests.telegram_faults import Fault
from tests.telegram_limits import too_many
from tests.telegram_server import Photo, Telegram

from artstyle.bot import limiter
from artstyle.bot.speakers import owner
from artstyle.jobs import Job
from artstyle.jobs.decoding import DecodePool
from artstyle.jobs.files import JobFiles
from artstyle.pictures import decoder
from artstyle.pictures.messages import Size, Store
from artstyle.roles import Role

USERS, EACH = 50, 4
SHARE = 0.06  # of the requests that fail
GROWTH = 200_000  # kB
KINDS = (faults.fail(too_many(1)), faults.page(502), faults.page(504), faults.drop(acted=False))


async def store_here(_: DecodePool, __: str, role: Role, data: bytes, files: JobFiles) -> Size:
    """Decode in this process, which is faster for pictures as small as these."""
    paths = map(str, (files.source(role), *files.views(role)))
    stored = decoder.answer(Store(role, data, *paths))
    assert isinstance(stored, Size)
    return stored


async def finished(bot: Bot, results: dict[str, bytes]) -> None:
    """Finish each job that runs with a picture of its own."""
    while len(results) < USERS * EACH:
        await bot.until(lambda: any(runs(job, results) for job in bot.queue.all()), 60)
        for job in [each for each in bot.queue.all() if runs(each, results)]:
            results[job.id] = picture(job.request.number, 16, 24)
            await bot.finish(job, results[job.id])


def runs(job: Job, results: dict[str, bytes]) -> bool:
    return job.status == "running" and job.id not in results


def has_all(chat: Chat) -> bool:
    return len(chat.documents) >= EACH and sum(t.startswith("Done in") for t in chat.texts) >= EACH


def stormy(telegram: Telegram, folder: Path) -> AbstractAsyncContextManager[Bot]:
    limits = replace(LIMITS, unfinished=USERS * EACH, keep_jobs=USERS * EACH)
    engine = PlayedEngine(8)  # the pauses are those of config.py
    return running(telegram, folder, engine, limits=limits, album_pause=1.2, album_longest=15.0)


async def test_everybody_gets_exactly_their_own_whatever_telegram_answers(tmp_path: Path) -> None:
    chance, before = Random(18), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def trouble(_: str) -> Fault | None:
        return chance.choice(KINDS) if chance.random() < SHARE else None

    with (
        patch.object(limiter, "OVERALL", (0.0, 1)),
        patch.object(limiter, "REFUSED", 0.0),
        patch.object(DecodePool, "store", store_here),
    ):
        async with Telegram() as telegram, stormy(telegram, tmp_path) as bot:
            users = [telegram.user(number) for number in range(1, USERS + 1)]
            telegram.trouble = trouble
            results: dict[str, bytes] = {}
            work = asyncio.create_task(finished(bot, results))
            for _ in range(EACH):  # a photo's height says whose it is
                albums = [[Photo(picture(1, 40 + user.id, 64)), Photo(PAINTING)] for user in users]
                both = zip(users, albums, strict=True)
                await asyncio.gather(*(user.sends_album(album) for user, album in both))
            for user in users:
                await user.chat.until(has_all, 90)
            await work
            for user in users:
                mine = [job for job in bot.queue.all() if job.owner == owner(user.id)]
                assert [job.request.content.size[0] for job in mine] == [40 + user.id] * EACH
                got = sorted(message.document or b"" for message in user.chat.documents)
                assert got == sorted(results[job.id] for job in mine)
                assert [m.caption for m in user.chat.photos].count("Done") == EACH
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < GROWTH, f"from {before} to {after} kB"
    print(f"peak memory: {after} kB, {after - before} more")  # noqa: T201
