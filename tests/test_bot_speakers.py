"""Who speaks as a chat is that chat: anonymous administrators, and channels."""

from pathlib import Path

import pytest
from tests.bot import ALBUM, Bot, ended, final, running
from tests.jobs import PlayedEngine
from tests.telegram_chats import Chat
from tests.telegram_server import Telegram, User

from artstyle.bot.speakers import owner, speaker_of
from artstyle.bot.texts import texts
from artstyle.jobs import Job

WORDS = texts("en")
FIRST, SECOND, CHANNEL = -1001, -1002, -1003


async def asked(bot: Bot, user: User, group: Chat, name: Chat) -> Job:
    """Send an album to a group in the name of a chat."""
    number = len(bot.queue.all()) + 1
    await user.sends_album(ALBUM, "@artstyle_bot", chat=group, name=name)
    return await bot.job(number)


def groups(telegram: Telegram) -> tuple[Chat, Chat]:
    telegram.privacy = False
    made = telegram.group(FIRST), telegram.group(SECOND)
    made[0].administrators = {7}
    made[1].administrators = {8}
    return made


async def test_anonymous_administrators_of_two_groups_are_two(
    telegram: Telegram, bot: Bot, ann: User, bob: User
) -> None:
    first, second = groups(telegram)
    jobs = [await asked(bot, ann, first, first), await asked(bot, bob, second, second)]
    assert [job.owner for job in jobs] == ["tg:-1001", "tg:-1002"]
    await bob.sends_text("/status@artstyle_bot", chat=second, name=second)
    await second.until(lambda chat: "• Number 1 in the queue." in chat.texts)
    await bob.sends_text("/cancel@artstyle_bot", chat=second, name=second)
    await second.until(lambda chat: WORDS.cancelled_count.format(1) in chat.texts)
    assert [job.status for job in jobs] == ["running", "cancelled"]


async def test_they_stay_two_after_a_kill_and_their_administrators_press(
    telegram: Telegram, tmp_path: Path
) -> None:
    ann, bob = telegram.user(7), telegram.user(8)
    first, second = groups(telegram)
    async with running(telegram, tmp_path / "a") as bot:
        await asked(bot, ann, first, first)
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b", PlayedEngine(slots=2)) as bot:
        job, other = await bot.job(), await asked(bot, bob, second, second)
        await bot.finish(job)
        await first.until(ended)
        assert await bot.answer(bob, final(first).button("Swap")) == WORDS.not_yours
        assert await bot.answer(ann, final(first).button("Swap")) == WORDS.started
        assert (await bot.job(3)).owner == "tg:-1001" and not other.status.ended


@pytest.mark.parametrize("hidden", [False, True])
async def test_a_channels_buttons_are_for_its_administrators_or_if_hidden_for_the_groups(
    telegram: Telegram, bot: Bot, ann: User, bob: User, hidden: bool
) -> None:
    group, _ = groups(telegram)
    channel = telegram.channel(CHANNEL)
    channel.administrators, channel.hides_members = {8}, hidden
    job = await asked(bot, bob, group, channel)
    assert job.owner == "tg:-1003"
    await bot.finish(job)
    await group.until(ended)
    allowed, refused = (ann, bob) if hidden else (bob, ann)
    assert await bot.answer(refused, final(group).button("Weaker")) == WORDS.not_yours
    assert await bot.answer(allowed, final(group).button("Weaker")) == WORDS.started


async def test_a_chat_may_be_one_of_those_that_the_bot_works_for(tmp_path: Path) -> None:
    users = frozenset({FIRST})
    async with Telegram() as telegram, running(telegram, tmp_path, users=users) as bot:
        first, second = groups(telegram)
        ann = telegram.user(7)
        await ann.sends_album(ALBUM, "@artstyle_bot", chat=second, name=second)
        await second.until(lambda chat: WORDS.private in chat.texts)
        assert (await asked(bot, ann, first, first)).owner == "tg:-1001"


def test_an_owner_names_the_speaker() -> None:
    assert [speaker_of(owner(each)) for each in (7, -1001)] == [7, -1001]
    assert [speaker_of(each) for each in ("lab", "tg:", "tg:x", "tg:--1", "web:7")] == [None] * 5
