"""The bot is stopped or killed and started again: everybody gets theirs, and once."""

import asyncio
import shutil
import sqlite3
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.bot import ALBUM, RESULT, Bot, ended, final, running, sent
from tests.jobs import PlayedEngine
from tests.telegram_chats import PATIENCE
from tests.telegram_server import Telegram, User

from artstyle.bot.delivery import Deliveries
from artstyle.bot.inbox import Inbox
from artstyle.bot.texts import texts
from artstyle.errors import GivenUp
from artstyle.jobs import Job, JobQueue

WORDS = texts("en")
ALL = ["20 %", "40 %", "60 %", "80 %", "Done", "file"]


@pytest.fixture
def ann(telegram: Telegram) -> User:
    """A user, before any bot was started."""
    return telegram.user(7)


async def nothing(*_: object) -> None:
    """Do not even begin to do it."""


def runs(job: Job) -> bool:
    return job.status == "running"


async def test_who_waits_at_a_stop_is_told_that_it_goes_on_and_it_does(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    bob = telegram.user(8, "ru")
    async with running(telegram, tmp_path) as bot:
        await ann.sends_album(ALBUM)
        job = await bot.job()
        await bob.sends_album(ALBUM)
        await bot.job(2)
        await bot.advance(job, 40)
        await ann.chat.until(lambda chat: "40 %" in sent(chat))
        await bob.chat.until(lambda chat: texts("ru").queued.format(1) in chat.texts)
    assert WORDS.suspended in ann.chat.texts
    assert bob.chat.texts == [texts("ru").suspended]
    async with running(telegram, tmp_path) as bot:
        for job in bot.queue.all():
            await bot.until(partial(runs, job))
            await bot.advance(job, 80)
            await bot.finish(job)
        await ann.chat.until(ended)
        await bob.chat.until(lambda chat: chat.documents)
        assert sent(ann.chat) == ALL
        assert len([m for m in ann.chat.from_bot if m.text]) == 1


async def test_a_killed_bot_goes_on_where_it_was(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    async with running(telegram, tmp_path / "a") as bot:
        await ann.sends_album(ALBUM)
        job = await bot.job()
        await bot.advance(job, 40)
        await ann.chat.until(lambda chat: "40 %" in sent(chat))
        await bot.dies(tmp_path / "b")
    await telegram.up()
    assert WORDS.suspended not in ann.chat.texts
    async with running(telegram, tmp_path / "b") as bot:
        job = await bot.job()
        await bot.until(partial(runs, job))
        await bot.advance(job, 80)
        await bot.finish(job)
        await ann.chat.until(ended)
        assert sent(ann.chat) == ALL
        assert len(bot.queue.all()) == 1


@pytest.mark.parametrize("method", ["sendPhoto", "sendDocument", "editMessageText"])
async def test_what_was_sent_before_the_end_is_not_sent_again(
    telegram: Telegram, ann: User, tmp_path: Path, method: str
) -> None:
    async with running(telegram, tmp_path / "a") as bot:
        await ann.sends_album(ALBUM)
        job = await bot.job()
        await ann.chat.until(lambda chat: WORDS.starting in chat.texts)
        telegram.delay(method, asyncio.Event())  # it never arrives
        calls = len(telegram.called(method))
        await bot.finish(job)
        await telegram.until(lambda: len(telegram.called(method)) > calls)
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b"):
        await ann.chat.until(ended)
        assert sent(ann.chat) == ["Done", "file"]


async def test_an_album_of_which_all_has_arrived_is_taken_after_a_crash(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    async with running(telegram, tmp_path / "a", album_pause=60, album_longest=60) as bot:
        await ann.sends_album(ALBUM, order=(1, 0))
        await telegram.until(lambda: not telegram.updates.pending)  # all confirmed
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        job = await bot.job()
        assert (job.request.content.size, job.request.style.size) == ((72, 96), (80, 64))
        await bot.finish(job)
        await ann.chat.until(ended)
        assert len(bot.queue.all()) == 1


async def test_an_album_may_be_torn_by_a_crash(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    async with running(telegram, tmp_path / "a", album_pause=60, album_longest=60) as bot:
        messages = await ann.sends_album(ALBUM, order=(0,))
        await telegram.until(lambda: not telegram.updates.pending)
        await bot.dies(tmp_path / "b")
    await telegram.up()
    await telegram.arrive(messages[1:])
    async with running(telegram, tmp_path / "b") as bot:
        await bot.job()


async def test_an_album_that_is_being_fetched_at_a_stop_is_taken_afterwards(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    slow = asyncio.Event()
    async with running(telegram, tmp_path) as bot:
        telegram.delay("file", slow)
        await ann.sends_album(ALBUM)
        await telegram.until(lambda: telegram.called("getFile"))
    assert not bot.queue.all()
    slow.set()
    async with running(telegram, tmp_path) as bot:
        await bot.finish(await bot.job())
        await ann.chat.until(ended)
        assert len(bot.queue.all()) == 1
        assert len([m for m in ann.chat.from_bot if m.text]) == 1  # the status of before


DROPPED, SAVED = (Inbox, "drop"), (Deliveries, "save")


@pytest.mark.parametrize("lost", [[DROPPED], [DROPPED, SAVED]])
async def test_an_album_whose_job_was_just_submitted_is_not_taken_twice(
    telegram: Telegram, ann: User, tmp_path: Path, lost: list[tuple[type, str]]
) -> None:
    with ExitStack() as unwritten:
        for kind, name in lost:
            unwritten.enter_context(patch.object(kind, name, nothing))
        async with running(telegram, tmp_path / "a") as bot:
            await ann.sends_album(ALBUM)
            await bot.job()
            await ann.chat.until(lambda chat: chat.from_bot)
            await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        await bot.finish(await bot.job())
        await ann.chat.until(ended)
        await ann.sends_album(ALBUM)  # the same once more, but meant so
        await bot.job(2)
        assert len(bot.queue.all()) == 2
        assert sent(ann.chat) == ["Done", "file"]


async def test_an_update_that_comes_again_after_a_crash_is_not_worked_on_twice(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    bob = telegram.user(8)
    async with running(telegram, tmp_path / "a") as bot:
        messages = await ann.sends_album(ALBUM)
        await bot.job()
        await ann.chat.until(lambda chat: WORDS.starting in chat.texts)
        await bot.dies(tmp_path / "b")
    await telegram.up()
    await telegram.arrive(messages)  # as if they had not been confirmed
    async with running(telegram, tmp_path / "b") as bot:
        await bob.sends_album(ALBUM)
        await bot.job(2)
        assert [job.owner for job in bot.queue.all()] == ["tg:7", "tg:8"]
        assert len(ann.chat.from_bot) == 1


async def test_an_update_that_comes_again_at_work_changes_nothing(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    slow = asyncio.Event()
    telegram.delay("file", slow)
    messages = await ann.sends_album(ALBUM)
    await telegram.until(lambda: telegram.called("getFile"))
    await telegram.arrive(messages)
    await ann.sends_text("/help")
    await ann.chat.until(lambda chat: WORDS.help in chat.texts)
    slow.set()
    await bot.finish(await bot.job())
    await ann.chat.until(ended)
    assert len(bot.queue.all()) == 1 and WORDS.too_late not in ann.chat.texts


async def test_updates_are_confirmed_only_after_they_were_worked_on(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    at_work = asyncio.Event()

    async def never(*_: object) -> None:
        at_work.set()
        await asyncio.Event().wait()

    with patch.object(Inbox, "keep", never):
        async with running(telegram, tmp_path / "a") as bot:
            await ann.sends_album(ALBUM)
            await at_work.wait()
            for _ in range(200):  # turns of the loop in which it could confirm too early
                await asyncio.sleep(0)
            await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        await bot.job()


async def test_the_buttons_work_after_a_restart(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    async with running(telegram, tmp_path) as bot:
        await bot.paint_for(ann)
    async with running(telegram, tmp_path) as bot:
        await ann.presses(final(ann.chat).button("Stronger"))
        await bot.finish(await bot.job(2))
        await ann.chat.until(lambda chat: len(chat.documents) == 2)
        assert sent(ann.chat) == ["Done", "file"] * 2


async def test_what_was_finished_while_telegram_was_away_comes_after_a_restart(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    async with running(telegram, tmp_path / "a") as bot:
        await ann.sends_album(ALBUM)
        job = await bot.job()
        await ann.chat.until(lambda chat: WORDS.starting in chat.texts)
        await telegram.down()
        await bot.finish(job)
        await bot.dies(tmp_path / "b")
    async with running(telegram, tmp_path / "b", PlayedEngine(), reachable=False):
        await telegram.up()
        await ann.chat.until(ended)
        assert sent(ann.chat) == ["Done", "file"]
        assert ann.chat.documents[0].document == RESULT


async def dies_reading_the_first(telegram: Telegram, folder: Path, heir: Path) -> None:
    """Run a bot that is killed while it decodes the first album that it takes."""
    reading = asyncio.Event()

    async def never(*_: object) -> Job:
        reading.set()
        await asyncio.Event().wait()
        raise AssertionError

    with patch.object(JobQueue, "submit", never):
        async with running(telegram, folder) as bot:
            async with asyncio.timeout(PATIENCE):
                await reading.wait()
            await bot.dies(heir)
    await telegram.up()


async def test_an_album_that_the_program_dies_of_twice_is_given_up_and_others_go_on(
    telegram: Telegram, tmp_path: Path
) -> None:
    ann, bob = telegram.user(7, "ru"), telegram.user(8)
    await ann.sends_album(ALBUM)
    for life in ("a", "b"):
        await dies_reading_the_first(telegram, tmp_path / life, tmp_path / chr(ord(life) + 1))
    async with running(telegram, tmp_path / "c") as bot:
        await bob.sends_album(ALBUM)
        assert (await bot.job()).owner == "tg:8"
        given_up = texts("ru").error(GivenUp())
        await ann.chat.until(lambda chat: given_up in chat.texts)
        await ann.sends_album(ALBUM)  # as a new one it may be tried
        assert (await bot.job(2)).owner == "tg:7"
    shutil.copytree(tmp_path / "c", tmp_path / "d")
    async with running(telegram, tmp_path / "d") as bot:
        await answered(ann)
        assert len(bot.queue.all()) == 2 and ann.chat.texts.count(given_up) == 1


async def answered(user: User) -> None:
    """Let the bot answer what comes after all that waits."""
    await user.sends_text("/help")
    await user.chat.until(lambda chat: any(text.startswith(("I re", "Я")) for text in chat.texts))


async def test_an_album_that_became_a_job_in_the_last_moment_is_not_given_up(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    await ann.sends_album(ALBUM)
    await dies_reading_the_first(telegram, tmp_path / "a", tmp_path / "b")
    with patch.object(Deliveries, "save", nothing), patch.object(Inbox, "drop", nothing):
        async with running(telegram, tmp_path / "b") as bot:
            await bot.job()
            await bot.dies(tmp_path / "c")
    await telegram.up()
    async with running(telegram, tmp_path / "c") as bot:
        await bot.finish(await bot.job())
        await ann.chat.until(ended)
        assert len(bot.queue.all()) == 1 and sent(ann.chat) == ["Done", "file"]


async def test_a_stop_while_pictures_are_read_is_not_held_against_them(
    telegram: Telegram, ann: User, tmp_path: Path
) -> None:
    await ann.sends_album(ALBUM)
    for _ in range(3):
        reading = asyncio.Event()

        async def never(*_: object, reading: asyncio.Event = reading) -> Job:
            reading.set()
            await asyncio.Event().wait()
            raise AssertionError

        with patch.object(JobQueue, "submit", never):
            async with running(telegram, tmp_path):
                await reading.wait()
    async with running(telegram, tmp_path) as bot:
        await bot.job()


@pytest.mark.parametrize("document", ["{", "{}", '{"message_id": 9}'])
async def test_an_inbox_row_that_cant_be_read_is_dropped(
    telegram: Telegram, ann: User, tmp_path: Path, document: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(telegram, tmp_path):
        pass
    with sqlite3.connect(tmp_path / "bot.sqlite") as other:
        row = (7, 9, document)
        other.execute("INSERT INTO inbox (chat, message, document) VALUES (?, ?, ?)", row)
    for _ in range(2):
        async with running(telegram, tmp_path) as bot:
            await bot.paint_for(ann)
    told = [each for each in caplog.messages if "can't be read" in each]
    assert told == ["message 9 of chat 7 can't be read: it is dropped"]
