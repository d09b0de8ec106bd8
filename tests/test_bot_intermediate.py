"""Intermediate pictures: each as a message, or all in one that is edited."""

from functools import partial
from pathlib import Path

import pytest
from tests.bot import ALBUM, BOT, Bot, ended, running, sent
from tests.jobs import picture
from tests.telegram_chats import Chat
from tests.telegram_server import Telegram

from artstyle.bot.texts import ENGLISH
from artstyle.jobs import Job
from artstyle.jobs.messages import Artifact

PERCENTS = ["20 %", "40 %", "60 %", "80 %"]
GROUP = -1001
SKETCH = ENGLISH.sketch


@pytest.mark.parametrize(
    ("group", "chosen", "expected"),
    [
        (False, None, PERCENTS),
        (True, None, ["80 %"]),
        (False, "edit", ["80 %"]),
        (True, "send", PERCENTS),
    ],
)
async def test_they_share_one_message_in_groups_or_where_it_is_set(
    tmp_path: Path, group: bool, chosen: str | None, expected: list[str]
) -> None:
    async with Telegram() as telegram, running(telegram, tmp_path, intermediate=chosen) as bot:
        telegram.privacy = False
        ann = telegram.user(7)
        chat = telegram.group(GROUP) if group else ann.chat
        await ann.sends_album(ALBUM, "@artstyle_bot", chat=chat)
        job = await bot.job()
        for percent in (20, 40, 60, 80):
            await bot.advance(job, percent)
            await chat.until(partial(has, f"{percent} %"))
        await bot.finish(job)
        await chat.until(ended)
        assert sent(chat) == [*expected, "Done", "file"]
        assert chat.photos[-2].photo == picture(80, 64, 85, ".jpg")
        assert all(message.silent for message in chat.photos[:-1])


async def test_one_message_is_edited_after_a_kill_too_and_a_deleted_one_is_sent_anew(
    telegram: Telegram, tmp_path: Path
) -> None:
    ann = telegram.user(7)
    async with running(telegram, tmp_path / "a", intermediate="edit") as bot:
        await ann.sends_album(ALBUM)
        job = await bot.job()
        for percent in (20, 40):  # the second shows that the first was remembered
            await bot.advance(job, percent)
            await ann.chat.until(partial(has, f"{percent} %"))
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b", intermediate="edit") as bot:
        job = await bot.job()
        await bot.until(lambda: job.status == "running")
        await bot.advance(job, 60)
        await ann.chat.until(lambda chat: sent(chat) == ["60 %"])
        ann.chat.photos[0].deleted = True
        await bot.advance(job, 80)
        await ann.chat.until(lambda chat: sent(chat) == ["80 %"])
        await bot.finish(job)
        await ann.chat.until(ended)
        assert sent(ann.chat) == ["80 %", "Done", "file"]


def has(name: str, chat: Chat) -> bool:
    return name in sent(chat)


def test_a_groups_id_is_negative() -> None:
    assert (BOT.edits(7), BOT.edits(GROUP)) == (False, True)


async def sketched(bot: Bot, job: Job) -> None:
    bot.queue.files(job).write(Artifact("sketch", picture(1, 64, 85, ".jpg")))
    bot.run_of(job).update(sketch=True)


@pytest.mark.parametrize(("chosen", "expected"), [("send", PERCENTS), ("edit", ["80 %"])])
async def test_the_first_intermediate_picture_takes_the_place_of_the_sketch(
    telegram: Telegram, tmp_path: Path, chosen: str, expected: list[str]
) -> None:
    async with running(telegram, tmp_path, intermediate=chosen) as bot:
        ann = telegram.user(7)
        await ann.sends_album(ALBUM)
        job = await bot.job()
        await bot.until(lambda: job.status == "running")
        await sketched(bot, job)
        await ann.chat.until(partial(has, SKETCH))
        for percent in (20, 40, 60, 80):
            await bot.advance(job, percent)
            await ann.chat.until(partial(has, f"{percent} %"))
        await bot.finish(job)
        await ann.chat.until(ended)
        assert sent(ann.chat) == [*expected, "Done", "file"]


async def test_a_sketch_isnt_sent_again_after_a_kill_nor_once_there_is_more_to_see(
    telegram: Telegram, tmp_path: Path
) -> None:
    ann = telegram.user(7)
    async with running(telegram, tmp_path / "a") as bot:
        await ann.sends_album(ALBUM)
        job = await bot.job()
        await bot.until(lambda: job.status == "running")
        await sketched(bot, job)
        await ann.chat.until(partial(has, SKETCH))
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        job = await bot.job()
        await bot.until(lambda: job.status == "running")
        await sketched(bot, job)
        await bot.advance(job, 20)
        await ann.chat.until(partial(has, "20 %"))
        await sketched(bot, job)
        await bot.finish(job)
        await ann.chat.until(ended)
        assert sent(ann.chat).count(SKETCH) <= 1  # the kill may have come before it was remembered
        assert [each for each in sent(ann.chat) if each != SKETCH] == ["20 %", "Done", "file"]
