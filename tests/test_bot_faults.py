"""What may go wrong between the bot and Telegram, and what users notice of it: little."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.bot import ALBUM, BOT, RESULT, Bot, ended, final, logged, running, sent
from tests.telegram_limits import SAME
from tests.telegram_server import Telegram, User
from tests.telegram_updates import TAKEN_OVER

from artstyle.bot import application, submitting
from artstyle.bot.application import TelegramBot
from artstyle.bot.services import Connection
from artstyle.bot.texts import texts
from artstyle.errors import TokenError
from artstyle.jobs import Job
from artstyle.jobs.database import Database, Row

WORDS = texts("en")


@pytest.fixture(autouse=True)
def no_token_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever goes wrong, the token never shows."""
    caplog.set_level(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # as token.hide() does
    yield
    assert "t" * 35 not in caplog.text


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


async def started(bot: Bot, user: User) -> Job:
    """Let a user have a job that runs, and a status."""
    await user.sends_album(ALBUM)
    job = await bot.job(len(bot.queue.all()) + 1)
    await user.chat.until(lambda chat: any("…" in t or "in the queue" in t for t in chat.texts))
    return job


async def delivered(bot: Bot, job: Job, user: User) -> list[str]:
    """Finish a job; returns what the pictures that its user got are called."""
    await bot.finish(job)
    await user.chat.until(ended)
    return sent(user.chat)


async def test_telegram_may_be_away_at_the_start(
    telegram: Telegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await telegram.down()
    async with running(telegram, tmp_path, reachable=False) as bot:
        await logged(caplog, "can't be reached")
        await telegram.up()
        await telegram.until(lambda: telegram.called("getUpdates"))
        await started(bot, telegram.user(7))
    assert len(complaints(caplog)) == 1


async def test_the_bot_can_be_stopped_before_telegram_was_ever_reached(
    telegram: Telegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await telegram.down()
    async with running(telegram, tmp_path, reachable=False):
        await logged(caplog, "can't be reached")
        begun = time.monotonic()
    assert time.monotonic() - begun < 2


async def test_a_token_that_telegram_refuses_ends_the_bot_without_showing_it(
    telegram: Telegram, bot: Bot
) -> None:
    wrong, base = f"1234:{'x' * 35}", telegram.base_url
    other = TelegramBot(
        Connection(token=wrong, base_url=base, base_file_url=base), bot.queue, bot.folder, BOT
    )
    async with other.running() as task:
        await asyncio.wait([task])
    error = task.exception()
    assert isinstance(error, TokenError) and "BotFather" in str(error)
    assert wrong not in str(error) and error.__cause__ is None


async def test_a_token_that_is_refused_later_ends_nothing(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fail("getUpdates", 3, status=401, description="Unauthorized")
    await ann.sends_text("wakes the request that waits")
    await logged(caplog, "no longer accepts")
    await started(bot, ann)
    assert len(complaints(caplog)) == 1


async def test_jobs_go_on_without_telegram_and_results_come_when_it_is_back(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    job = await started(bot, ann)
    await telegram.down()
    await bot.advance(job, 40)
    await bot.finish(job)
    await logged(caplog, "jobs go on meanwhile")
    await telegram.up()
    await ann.chat.until(ended)
    assert sent(ann.chat)[-2:] == ["Done", "file"]
    assert len(set(sent(ann.chat))) == len(sent(ann.chat))
    await started(bot, telegram.user(8))


async def test_too_many_requests_are_repeated_when_telegram_says(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    job = await started(bot, ann)
    telegram.fail("sendPhoto", retry_after=1)
    assert await delivered(bot, job, ann) == ["Done", "file"]
    first, second = telegram.called("sendPhoto")
    assert 1 <= second.time - first.time < 3
    assert not complaints(caplog)


async def test_too_many_edits_are_not_repeated_but_made_up_for(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    job = await started(bot, ann)
    telegram.fail("editMessageText", retry_after=1)
    before = len(telegram.called("editMessageText"))
    for percent in (1, 2, 3):
        await bot.advance(job, percent)
    await ann.chat.until(lambda chat: "3 % · 2 s left" in chat.texts)
    edits = telegram.called("editMessageText")[before:]
    assert len(edits) == 2 and edits[1].time - edits[0].time >= 1


async def test_a_chat_that_takes_little_gets_all_the_same(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    job = await started(bot, ann)
    telegram.limit_per_chat = 3
    for percent in range(1, 60, 3):
        await bot.advance(job, percent)
    assert (await delivered(bot, job, ann))[-2:] == ["Done", "file"]


async def test_an_edit_that_hangs_delays_no_picture_and_comes_before_the_last_word(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    job = await started(bot, ann)
    hanging = asyncio.Event()
    telegram.delay("editMessageText", hanging)
    before = len(telegram.called("editMessageText"))
    await bot.advance(job, 10)
    await telegram.until(lambda: len(telegram.called("editMessageText")) > before)
    await bot.finish(job)
    await ann.chat.until(lambda chat: sent(chat) == ["Done", "file"])
    await started(bot, telegram.user(8))  # long enough for ann's last words to come too early
    assert not ended(ann.chat)
    hanging.set()
    await ann.chat.until(ended)
    (status,) = [message for message in ann.chat.from_bot if message.text]
    assert status.versions[-2] == "10 % · 2 s left"


async def test_what_was_perhaps_sent_is_not_sent_twice(tmp_path: Path) -> None:
    with patch.object(application, "READ_SECONDS", 0.3):
        async with Telegram() as telegram, running(telegram, tmp_path) as bot:
            ann = telegram.user(7)
            job = await started(bot, ann)
            telegram.delay("sendPhoto", 0.6, acted=True)
            assert await delivered(bot, job, ann) == ["Done", "file"]


async def test_an_edit_that_changes_nothing_is_no_error(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    job = await started(bot, ann)
    telegram.fail("editMessageText", 1, status=400, description=f"Bad Request: {SAME}")
    before = len(telegram.called("editMessageText"))
    await bot.advance(job, 10)
    await telegram.until(lambda: len(telegram.called("editMessageText")) > before)
    await bot.advance(job, 11)
    await ann.chat.until(lambda chat: "11 % · 2 s left" in chat.texts)
    assert not complaints(caplog)


async def test_who_blocks_the_bot_loses_their_jobs_and_nobody_else_does(
    bot: Bot, ann: User, bob: User
) -> None:
    first = await started(bot, ann)
    second = await started(bot, ann)
    others = await started(bot, bob)
    ann.blocks_bot()
    await bot.advance(first, 20)
    await bot.until(lambda: (first.status, second.status) == ("cancelled", "cancelled"))
    bot.run_of(first).done()
    assert await delivered(bot, others, bob) == ["Done", "file"]
    await started(bot, ann)


async def test_a_second_process_is_told_of_once(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fail("getUpdates", 4, status=409, description=TAKEN_OVER)
    await ann.sends_text("wakes the request that waits")
    await started(bot, ann)
    assert complaints(caplog) == ["another process runs this bot too: stop one of them"]
    assert "Traceback" not in caplog.text


async def test_a_webhook_from_earlier_is_removed(telegram: Telegram, tmp_path: Path) -> None:
    telegram.updates.webhook = "https://example.org/"
    async with running(telegram, tmp_path) as bot:
        await started(bot, telegram.user(7))


async def test_a_webhook_that_is_set_meanwhile_is_removed_again_and_told_of_once(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    for user in (ann, telegram.user(8)):
        await telegram.updates.set_webhook("https://example.org/")
        await started(bot, user)
        assert not telegram.updates.webhook
    assert complaints(caplog) == [
        "another program set a webhook for this bot: it was removed again"
    ]


async def test_a_webhook_that_is_set_before_a_kill_is_gone_after_it(
    telegram: Telegram, tmp_path: Path
) -> None:
    async with running(telegram, tmp_path / "a") as bot:
        telegram.fail("deleteWebhook", 100, status=500)
        await telegram.updates.set_webhook("https://example.org/")
        await telegram.until(lambda: len(telegram.called("deleteWebhook")) > 1)
        await bot.dies(tmp_path / "b")
    telegram.mend("deleteWebhook")
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        await started(bot, telegram.user(7))


async def test_an_album_waits_for_its_other_picture_while_updates_dont_come(
    telegram: Telegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(telegram, tmp_path, album_pause=1.0) as bot:
        ann = telegram.user(1)
        telegram.fail("getUpdates", retry_after=2)  # longer than an album's pause
        first, second = await ann.sends_album(ALBUM, order=(0,))
        await logged(caplog, "Flood control exceeded")
        await telegram.arrive([second])
        job = await bot.job()
        assert (job.request.content.size, job.request.style.size) == ((72, 96), (80, 64))
        assert WORDS.hint not in first.chat.texts


@pytest.mark.parametrize("fault", ["error", "drop", "half"])
async def test_a_connection_that_breaks_costs_nothing(
    telegram: Telegram, bot: Bot, ann: User, fault: str
) -> None:
    for method in ("sendMessage", "sendPhoto", "sendDocument", "editMessageText"):
        break_down(telegram, method, fault)
    await ann.sends_album(ALBUM)
    job = await bot.job()
    await bot.advance(job, 20)
    await ann.chat.until(lambda chat: sent(chat) == ["20 %"])
    assert await delivered(bot, job, ann) == ["20 %", "Done", "file"]


@pytest.mark.parametrize("fault", ["error", "drop", "half"])
async def test_a_download_that_breaks_is_repeated(
    telegram: Telegram, bot: Bot, ann: User, fault: str
) -> None:
    for name in ("getFile", "file"):
        break_down(telegram, name, fault)
    job = await started(bot, ann)
    assert (job.request.content.size, job.request.style.size) == ((72, 96), (80, 64))


def break_down(telegram: Telegram, name: str, fault: str) -> None:
    if fault == "error":
        telegram.fail(name, 2, status=500)
    elif fault == "drop":
        telegram.drop(name, 2, acted=False)
    else:
        telegram.half(name)


async def test_a_file_that_telegram_has_lost_is_asked_for_again(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fail("file", status=404, description="Not Found")
    await ann.sends_album(ALBUM)
    await ann.chat.until(lambda chat: chat.texts == [WORDS.no_download])
    assert not bot.queue.all()
    assert complaints(caplog) == ["Telegram refused a request: Not Found"]
    await started(bot, ann)


async def test_a_download_that_never_works_is_given_up(telegram: Telegram, ann: User) -> None:
    telegram.fail("file", 100, status=500)
    with patch.object(submitting, "DOWNLOAD_SECONDS", 0.1):
        await ann.sends_album(ALBUM)
        await ann.chat.until(lambda chat: chat.texts == [WORDS.no_download])


async def test_what_is_too_large_for_telegram_is_not_sent_for_ever(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    job = await started(bot, ann)
    telegram.fail("sendDocument", 9, status=413, description="Request Entity Too Large")
    await delivered(bot, job, ann)
    assert len(telegram.called("sendDocument")) == 1


async def test_an_answer_that_hangs_holds_up_nobody_else(
    telegram: Telegram, bot: Bot, ann: User, bob: User
) -> None:
    hanging = asyncio.Event()
    telegram.delay("sendMessage", hanging, 2)
    await ann.sends_text("hello")
    await ann.sends_album(ALBUM)
    await telegram.until(lambda: len(telegram.called("sendMessage")) == 2)
    await started(bot, bob)
    hanging.set()
    await ann.chat.until(lambda chat: len(chat.from_bot) == 2)


async def test_the_end_of_a_job_is_told_although_its_status_was_deleted(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    job = await started(bot, ann)
    ann.chat.from_bot[0].deleted = True
    await bot.advance(job, 10)
    await telegram.until(lambda: any(call.error for call in telegram.calls))
    await bot.queue.cancel(job)
    await ann.chat.until(lambda chat: chat.texts == [WORDS.cancelled])


async def test_a_full_disk_costs_nobody_their_picture(
    bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    execute = Database.execute

    async def full(self: Database, statement: str, values: Row = (), **more: Any) -> list[Row]:
        if self._path.name == "bot.sqlite":
            raise sqlite3.OperationalError("database or disk is full")
        return await execute(self, statement, values, **more)

    with patch.object(Database, "execute", full):
        job = await started(bot, ann)
        await bot.advance(job, 20)
        await ann.chat.until(lambda chat: sent(chat) == ["20 %"])
        await delivered(bot, job, ann)
    assert ann.chat.documents[0].document == RESULT
    assert "can't be saved (database or disk is full)" in caplog.text


@pytest.mark.parametrize("trouble", ["away", "edits hang", "downloads hang", "too many"])
async def test_the_end_comes_within_five_seconds_whatever_telegram_does(
    telegram: Telegram, tmp_path: Path, trouble: str
) -> None:
    hanging = asyncio.Event()
    async with running(telegram, tmp_path) as bot:
        ann, bob = telegram.user(7), telegram.user(8)
        await started(bot, ann)
        telegram.delay("editMessageText", hanging, 9)
        if trouble == "away":
            await telegram.down()
        elif trouble == "downloads hang":
            telegram.delay("file", hanging, 9)
            await bob.sends_album(ALBUM)
            await telegram.until(lambda: len(telegram.called("getFile")) == 3)
        elif trouble == "too many":
            telegram.fail("sendMessage", 9, retry_after=60)
            for _ in range(3):
                await bob.sends_album(ALBUM)
            await telegram.until(lambda: len(telegram.called("sendMessage")) >= 2)
        await bot.advance(bot.queue.all()[0], 10)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2.5  # without the three seconds of the workers
    hanging.set()


async def test_a_button_that_cannot_be_answered_works_all_the_same(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    await bot.paint_for(ann)
    telegram.fail("answerCallbackQuery", status=400, description="Bad Request: too old")
    await ann.presses(final(ann.chat).button("Weaker"))
    await bot.job(2)
