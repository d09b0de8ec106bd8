"""Updates that can't be read: they are skipped, and the log has nothing of what users write."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import telegram_odd
from tests.bot import ALBUM, Bot, running
from tests.telegram_odd import MESSAGE, SECRET, STICKER
from tests.telegram_server import Telegram, User

from artstyle.bot.faults import where
from artstyle.bot.texts import texts

WORDS = texts("en")
OLD = {name: value for name, value in STICKER.items() if name != "type"}  # as older servers send it
STICKERS = [{"message": {**MESSAGE, "text": f"{SECRET} {n}", "sticker": OLD}} for n in range(3)]


@pytest.fixture(autouse=True)
def nothing_of_users_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # as token.hide() does
    yield
    assert SECRET not in caplog.text


async def helped(user: User) -> None:
    await user.sends_text("/help")
    await user.chat.until(lambda chat: WORDS.help in chat.texts)


def unread(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each for each in caplog.messages if "can't be read" in each]


async def test_an_update_that_cant_be_read_is_skipped_with_a_line_and_others_are_heard(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    (number,) = await telegram.tells(STICKERS[0])
    await helped(ann)
    await telegram.until(lambda: not telegram.updates.pending)
    assert unread(caplog) == [f"update {number} can't be read (TypeError): it is skipped"]


async def test_one_that_cant_be_read_is_confirmed_before_a_kill_and_skipped_after_one(
    telegram: Telegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ann = telegram.user(7)
    async with running(telegram, tmp_path / "a") as bot:
        await telegram.tells(STICKERS[0])
        await helped(ann)
        await telegram.until(lambda: not telegram.updates.pending)
        await bot.dies(tmp_path / "b")
    await telegram.tells(*STICKERS[1:])
    await telegram.up()
    bob = telegram.user(8)
    async with running(telegram, tmp_path / "b") as bot:
        await bob.sends_album(ALBUM)
        assert (await bot.job()).owner == "tg:8"
        await telegram.until(lambda: not telegram.updates.pending)
    assert len(unread(caplog)) >= 1


@pytest.mark.parametrize("update", [{"update_id": "x"}, {"update_id": None, **STICKERS[0]}])
async def test_an_update_without_a_number_costs_one_request_at_a_time(
    telegram: Telegram, bot: Bot, ann: User, update: dict[str, Any]
) -> None:
    telegram.updates.poll = odd_once(telegram.updates.poll, [update])  # type: ignore[method-assign]
    await ann.sends_text("wakes the request that waits")
    await helped(ann)


def odd_once(poll: Any, result: list[Any]) -> Any:
    """Answer the first request with this, and the others as usual."""
    answers = [result]

    async def answer(asked: dict[str, Any]) -> Any:
        return answers.pop() if answers else await poll(asked)

    return answer


async def test_a_thousand_odd_updates_silence_nobody(
    telegram: Telegram, bot: Bot, bob: User
) -> None:
    await telegram.tells(*telegram_odd.updates(18, 1000))
    await helped(bob)
    await telegram.until(lambda: not telegram.updates.pending)
    assert not bot.task.done()


async def test_the_page_of_a_proxy_is_no_answer_and_isnt_logged(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    for status in (502, 200):
        telegram.page("getUpdates", status=status)
        telegram.page("sendMessage", status=status)
    await ann.sends_text("wakes the request that waits")
    await helped(ann)
    assert "<html>" not in caplog.text
    assert "Bad Gateway (502)" in caplog.text


def test_an_error_is_told_by_its_type_and_place_alone() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        told = where(error)
    assert told.startswith("ValueError in test_an_error_is_told")
    assert "tests/test_bot_updates.py:" in told and SECRET not in told
    assert where(asyncio.CancelledError(SECRET)) == "CancelledError"
