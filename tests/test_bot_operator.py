"""What those who host the bot see and set: figures, limits, and a log that isn't flooded."""

import logging
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.bot import ALBUM, Bot, ended, final, running
from tests.configured import configured
from tests.jobs import a_job
from tests.telegram_server import Telegram
from tests.test_tlbot import given

from artstyle.bot import program
from artstyle.bot.faults import Daily, fault
from artstyle.bot.statistics import Statistics, expected_wait, recent
from artstyle.bot.texts import texts
from artstyle.errors import ArgumentError, DailyFull
from artstyle.jobs import Job, JobStatus
from artstyle.jobs.job import Failure

WORDS = texts("en")
NOW = 1_000_000.0


def job(owner: str = "tg:7", status: str = "done", age: float = 60.0, **said: Any) -> Job:
    """A job of so many seconds ago, that waited 10 s and took 20 s."""
    created, state = NOW - age, JobStatus(status)
    begun: dict[str, Any] = {} if state is JobStatus.QUEUED else {"started": created + 10}
    ended: dict[str, Any] = {"ended": created + 30} if state.ended else {}
    return a_job(owner=owner, status=state, created=created, **begun, **ended, **said)


@pytest.fixture
def now() -> Any:
    with patch("time.time", lambda: NOW):
        yield


def test_the_figures_are_those_of_the_last_24_hours(now: None) -> None:
    failure = Failure("disk-full", {})
    jobs = [job(), job(age=90_000), job(status="failed", failure=failure), job(status="running")]
    found = Statistics.of([*jobs, job(status="queued"), job(status="cancelled")])
    assert (found.queued, found.running, found.done) == (1, 1, 1)
    assert (found.failed, found.wait) == ({"disk-full": 1}, 10.0)
    assert Statistics.of([]) == Statistics(0, 0, 0, {}, 0.0)


def test_the_wait_is_that_of_those_ahead_by_what_the_last_ones_took() -> None:
    waiting = [job(status="running"), job(status="queued"), job(status="queued")]
    assert expected_wait([job(), *waiting], 1) == 20 * 3
    assert expected_wait([job(), *waiting], 2) == 20 * 3 / 2
    assert expected_wait([job(), *waiting], 4) == 0  # there is a free place
    assert expected_wait(waiting, 1) == 0  # nobody knows yet


def test_of_a_users_day_what_they_didnt_get_doesnt_count(now: None) -> None:
    jobs = [job(), job(status="queued"), job(status="failed"), job(age=90_000), job("tg:8")]
    assert recent(jobs, "tg:7") == 2


async def test_stats_are_for_admins_alone(tmp_path: Path) -> None:
    async with Telegram() as telegram, running(telegram, tmp_path, admins=frozenset({7})) as bot:
        ann, bob = telegram.user(7), telegram.user(8)
        await bot.paint_for(bob)
        await ann.sends_text("/stats")
        await ann.chat.until(lambda chat: any("• done: 1\n• failed: 0" in t for t in chat.texts))
        await bob.sends_text("/stats")
        await bob.chat.until(lambda chat: WORDS.hint in chat.texts)


async def test_a_days_pictures_are_limited_for_all_but_admins(tmp_path: Path) -> None:
    admins = frozenset({7})
    async with Telegram() as telegram, running(telegram, tmp_path, daily=1, admins=admins) as bot:
        ann, bob = telegram.user(7), telegram.user(8)
        for user in (ann, bob, ann):
            await bot.paint_for(user)
        refusal = WORDS.error(DailyFull(1))
        assert await bot.answer(bob, final(bob.chat).button("Swap")) == refusal
        await bob.sends_album(ALBUM)
        await bob.chat.until(lambda chat: refusal in chat.texts)
        assert len(bot.queue.all()) == 3 and len(telegram.called("getFile")) == 6


async def test_a_long_queue_says_so_before_it_takes_an_album(tmp_path: Path) -> None:
    async with Telegram() as telegram, running(telegram, tmp_path, longest_wait=0.0) as bot:
        ann, bob = telegram.user(7), telegram.user(8)
        await bot.paint_for(ann)
        await ann.sends_album(ALBUM)
        await bot.job(2)
        await bob.sends_album(ALBUM)
        await bob.chat.until(lambda chat: len(chat.from_bot) == 2)
        warned = bob.chat.from_bot[0].versions[0]
        assert warned and warned.startswith(WORDS.long_wait.partition("{")[0])
        await bot.finish(bot.queue.all()[1])
        await bot.finish(await bot.job(3))
        await bob.chat.until(ended)


async def test_a_fault_that_repeats_is_one_line(
    telegram: Telegram, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (7, 8, 9):
        user = telegram.user(number)
        telegram.fail("sendMessage", status=400, description="Bad Request: odd")
        await user.sends_text("hello")
    await telegram.until(lambda: len(telegram.called("sendMessage")) == 3)
    await bot.paint_for(telegram.user(10))
    assert caplog.messages.count("Telegram refused a request: Odd") == 1


def test_a_day_later_the_line_says_how_many_were_left_out() -> None:
    daily, clock = Daily(), [0.0]

    def line(**extra: str) -> logging.LogRecord:
        made = logging.makeLogRecord({"msg": "%s is away", "args": ("it",)})
        made.__dict__.update(extra)
        return made

    with patch("time.monotonic", lambda: clock[0]):
        assert [daily.filter(line(**fault("a"))) for _ in range(3)] == [True, False, False]
        assert daily.filter(line(**fault("b"))) and all(daily.filter(line()) for _ in range(3))
        clock[0] = 86_401.0
        last = line(**fault("a"))
        assert daily.filter(last) and last.getMessage() == "it is away (and 2 more before)"


def test_how_intermediate_pictures_are_shown_is_one_of_two_ways() -> None:
    made = program.bot_config(configured(bot_intermediate="edit", bot_admins=[7]), given())
    assert (made.intermediate, made.admins, made.daily) == ("edit", frozenset({7}), None)
    assert program.bot_config(configured(), given()).intermediate is None
    with pytest.raises(ArgumentError, match="BOT_INTERMEDIATE"):
        program.bot_config(configured(bot_intermediate="both"), given())
