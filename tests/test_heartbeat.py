"""The file that shows that the bot hears from Telegram."""

import os
import time
from pathlib import Path

from tests.bot import running
from tests.telegram_server import Telegram

from artstyle.bot.heartbeat import FILE, SILENCE, Heartbeat


def set_back(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(folder / FILE, (then, then))


def test_it_is_well_from_the_first_beat_until_a_long_silence(tmp_path: Path) -> None:
    heart = Heartbeat(tmp_path)
    assert heart.trouble() == "the bot hasn't heard from Telegram yet"
    heart.beat()
    assert heart.trouble() is None
    set_back(tmp_path, SILENCE - 30)
    assert heart.trouble() is None
    set_back(tmp_path, SILENCE + 30)
    assert heart.trouble() == f"the bot hasn't heard from Telegram for {SILENCE + 30:.0f} s"
    heart.beat()
    assert heart.trouble() is None
    heart.stop()
    assert heart.trouble() == "the bot hasn't heard from Telegram yet"


def test_where_nothing_can_be_written_nothing_breaks() -> None:
    heart = Heartbeat(Path("/dev/null/nowhere"))
    heart.beat()
    heart.stop()
    assert heart.trouble() == "the bot hasn't heard from Telegram yet"


async def test_each_answer_of_telegrams_is_a_beat_and_after_the_end_there_is_none(
    tmp_path: Path,
) -> None:
    heart = Heartbeat(tmp_path)
    async with Telegram() as telegram:
        async with running(telegram, tmp_path):
            await heard(telegram, heart)
            set_back(tmp_path, SILENCE + 30)
            await heard(telegram, heart)
        assert not (tmp_path / FILE).exists()


async def heard(telegram: Telegram, heart: Heartbeat) -> None:
    """Have an update fetched, which the next poll confirms."""
    polls = len(telegram.called("getUpdates"))
    await telegram.user(7).sends_text("/start")
    await telegram.until(lambda: len(telegram.called("getUpdates")) > polls)
    assert heart.trouble() is None


async def test_while_telegram_refuses_there_is_no_beat(tmp_path: Path) -> None:
    heart = Heartbeat(tmp_path)
    heart.beat()  # of a life before
    async with Telegram() as telegram:
        telegram.fail("getUpdates", times=10_000)
        async with running(telegram, tmp_path):
            await telegram.until(lambda: len(telegram.called("getUpdates")) > 3)
            assert heart.trouble() == "the bot hasn't heard from Telegram yet"
