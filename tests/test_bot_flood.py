"""One user sends very much: the others notice nothing, and the bot holds little."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.bot import ALBUM, Bot, final, running
from tests.jobs import LIMITS, PHOTO
from tests.telegram_server import Document, Photo, Telegram, User

from artstyle.bot import replies
from artstyle.bot.places import LARGE, SMALL_BYTES
from artstyle.bot.texts import texts
from artstyle.errors import OwnerFull, PictureHeavy, QueueFull
from artstyle.jobs import Job, JobQueue, Submission

WORDS = texts("en")
ALLOWED, ALBUMS = 3, 30
HEAVY = PHOTO + bytes(SMALL_BYTES)  # decoders don't look behind a PNG's end
SOON = 10.0  # seconds; far less than Telegram asks for below


@pytest.fixture
def merging(bot: Bot) -> Iterator[None]:
    """Gather answers as long as the bot does outside of tests."""
    with patch.object(replies, "MERGE_SECONDS", 5.0):
        yield


async def test_albums_over_the_limit_are_refused_together_and_not_downloaded(
    tmp_path: Path,
) -> None:
    limits = replace(LIMITS, per_owner=ALLOWED)
    async with Telegram() as telegram, running(telegram, tmp_path, limits=limits) as bot:
        with patch.object(replies, "MERGE_SECONDS", 5.0):
            ann, bob = telegram.user(7), telegram.user(8)
            telegram.limit_per_chat = 1
            for _ in range(ALBUMS):
                await ann.sends_album(ALBUM)
            await bob.sends_album(ALBUM)
            await bot.job(ALLOWED + 1)
            refusal = WORDS.error(OwnerFull(ALLOWED))
            await ann.chat.until(lambda chat: refusal in chat.texts)
            assert sorted(job.owner for job in bot.queue.all()) == ["tg:7"] * ALLOWED + ["tg:8"]
            assert len(telegram.called("getFile")) == 2 * (ALLOWED + 1)
            assert len(ann.chat.from_bot) <= ALLOWED + 2


async def test_albums_that_are_refused_are_not_taken_at_the_next_start(tmp_path: Path) -> None:
    limits = replace(LIMITS, per_owner=1)
    async with Telegram() as telegram:
        ann = telegram.user(7)
        async with running(telegram, tmp_path, limits=limits) as bot:
            for _ in range(3):
                await ann.sends_album(ALBUM)
            await ann.chat.until(lambda chat: WORDS.error(OwnerFull(1)) in chat.texts)
            await bot.job()
            await answered(ann)
        async with running(telegram, tmp_path) as bot:
            await answered(ann, 2)
            assert len(bot.queue.all()) == 1


async def answered(user: User, times: int = 1) -> None:
    """Let the bot answer what comes after all that waits."""
    await user.sends_text("/help")
    await user.chat.until(lambda chat: chat.texts.count(WORDS.help) == times)


async def test_buttons_over_the_limit_are_refused_without_reading_the_pictures(
    tmp_path: Path,
) -> None:
    limits = replace(LIMITS, per_owner=ALLOWED)
    async with Telegram() as telegram, running(telegram, tmp_path, limits=limits) as bot:
        ann = telegram.user(7)
        await bot.paint_for(ann)
        button = final(ann.chat).button("Stronger")
        assert [await bot.answer(ann, button) for _ in range(5)] == [
            *[WORDS.started] * ALLOWED,
            *[WORDS.error(OwnerFull(ALLOWED))] * 2,
        ]
        await bot.job(1 + ALLOWED)
        await answered(ann)
        assert len(bot.queue.all()) == 1 + ALLOWED


async def test_a_full_queue_downloads_nothing(tmp_path: Path) -> None:
    limits = replace(LIMITS, unfinished=1)
    async with Telegram() as telegram, running(telegram, tmp_path, limits=limits) as bot:
        await telegram.user(7).sends_album(ALBUM)
        await bot.job()
        bob = telegram.user(8)
        await bob.sends_album(ALBUM)
        await bob.chat.until(lambda chat: chat.texts == [WORDS.error(QueueFull(1))])
        assert len(telegram.called("getFile")) == 2


async def test_a_chat_that_telegram_refuses_for_long_delays_no_other(
    telegram: Telegram, bot: Bot, ann: User, bob: User
) -> None:
    telegram.fail("sendMessage", retry_after=600)
    await ann.sends_album(ALBUM)
    await telegram.until(lambda: telegram.called("sendMessage"))
    for _ in range(3):
        await ann.sends_album(ALBUM)
    await bob.sends_album(ALBUM)
    await bob.chat.until(lambda chat: WORDS.starting in chat.texts, SOON)
    assert (await bot.job()).owner == "tg:8" and not ann.chat.from_bot


async def test_downloads_of_one_user_that_hang_take_one_place(
    telegram: Telegram, bot: Bot, ann: User, bob: User
) -> None:
    hanging = asyncio.Event()
    telegram.delay("file", hanging, 1)
    for _ in range(2 * LARGE):
        await ann.sends_album(ALBUM)
    await telegram.until(lambda: telegram.called("getFile"))
    await bob.sends_album(ALBUM)
    assert (await bot.job()).owner == "tg:8"
    assert len(telegram.called("getFile")) == 3
    hanging.set()
    await bot.job(1 + 2 * LARGE)


async def test_only_a_few_large_albums_are_in_memory_however_slowly_they_are_read(
    telegram: Telegram, bot: Bot
) -> None:
    reading: list[object] = []
    go, submit = asyncio.Event(), JobQueue.submit

    async def slow(self: JobQueue, submission: object) -> Job:
        reading.append(submission)
        assert len(reading) <= LARGE
        await go.wait()
        reading.remove(submission)
        return await submit(self, submission)  # type: ignore[arg-type]

    users = [telegram.user(id) for id in range(1, 2 * LARGE + 1)]
    with patch.object(JobQueue, "submit", slow):
        for user in users:
            await user.sends_album([Document(HEAVY, "a.jpg", "image/jpeg")] * 2)
        for user in users:
            await user.chat.until(lambda chat: chat.texts == [WORDS.accepted.format("")])
        await telegram.until(lambda: len(telegram.called("getFile")) == 2 * LARGE)
        go.set()
        await bot.job(2 * LARGE)


async def test_a_small_album_overtakes_large_ones_that_are_read_slowly(
    telegram: Telegram, bot: Bot, bob: User
) -> None:
    go, submit = asyncio.Event(), JobQueue.submit

    async def slow(self: JobQueue, submission: Submission) -> Job:
        if len(submission.content) > SMALL_BYTES // 2:
            await go.wait()
        return await submit(self, submission)

    with patch.object(JobQueue, "submit", slow):
        for id in range(100, 100 + 2 * LARGE):
            await telegram.user(id).sends_album([Document(HEAVY, "a.jpg", "image/jpeg")] * 2)
        await telegram.until(lambda: len(telegram.called("getFile")) == 2 * LARGE)
        await bob.sends_album(ALBUM)
        assert (await bot.job()).owner == "tg:8"
        go.set()
        await bot.job(1 + 2 * LARGE)


async def test_what_is_said_to_many_messages_is_said_once(
    telegram: Telegram, bot: Bot, ann: User, bob: User, merging: None
) -> None:
    for _ in range(50):
        await ann.sends_text("hello")
    await bob.sends_text("hello")
    await bob.chat.until(lambda chat: chat.texts == [WORDS.hint], SOON)
    await ann.sends_text("/help")
    await ann.chat.until(lambda chat: WORDS.help in chat.texts)
    assert ann.chat.texts == [WORDS.hint, WORDS.help]


async def test_a_file_that_is_larger_than_was_said_is_cut_off(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    messages = ann.album([Photo(ALBUM[0].data), Document(bytes(20_000_001), "huge.png")])
    media = messages[1].media["document"]
    messages[1].media = {"document": {**media, "file_size": 100}}
    await telegram.arrive(messages)
    refusal = WORDS.error(PictureHeavy(20, role="style", name="huge.png"))
    await ann.chat.until(lambda chat: chat.texts == [refusal])
    assert not bot.queue.all()
