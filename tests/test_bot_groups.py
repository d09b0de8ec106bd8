"""The bot in groups: it answers those who address it, and nobody else."""

from pathlib import Path

import pytest
from tests.bot import ALBUM, Bot, ended, final, running, sent
from tests.jobs import PHOTO, PlayedEngine
from tests.telegram_chats import Chat
from tests.telegram_server import Other, Photo, Telegram, User

from artstyle.bot.options import read
from artstyle.bot.texts import texts
from artstyle.jobs import Job

WORDS = texts("en")
MENTION = "@artstyle_bot strong"
GROUP = -1001


@pytest.fixture
def group(telegram: Telegram) -> Chat:
    return telegram.group(GROUP)


async def greeted(user: User, group: Chat) -> None:
    """Make the bot answer in a group: then it has handled all that came before."""
    before = len(group.from_bot)
    await user.sends_text("/help@artstyle_bot", chat=group)
    await group.until(lambda chat: len(chat.from_bot) > before)


async def answered(bot: Bot, user: User, group: Chat) -> Job:
    """Answer one of the bot's messages with an album, as the bot says that one should."""
    number = len(bot.queue.all()) + 1
    await greeted(user, group)
    await user.sends_album(ALBUM, chat=group, reply_to=group.from_bot[0])
    return await bot.job(number)


async def test_an_album_that_answers_the_bot_is_taken(bot: Bot, ann: User, group: Chat) -> None:
    job = await answered(bot, ann, group)
    await bot.finish(job)
    await group.until(ended)
    assert sent(group) == ["Done", "file"] and not ann.chat.from_bot


async def test_an_album_that_names_the_bot_is_taken_where_the_bot_sees_it_all(
    telegram: Telegram, bot: Bot, ann: User, group: Chat
) -> None:
    telegram.privacy = False
    await ann.sends_album(ALBUM, caption=MENTION, chat=group)
    job = await bot.job()
    assert job.request.settings.realism == read("strong", {}, 3)[0].realism
    await group.until(lambda chat: chat.from_bot)


async def test_who_is_seen_only_in_half_hears_how_it_is_done_in_a_group(
    bot: Bot, ann: User, group: Chat
) -> None:
    await ann.sends_album(ALBUM, caption=MENTION, chat=group)
    await group.until(lambda chat: WORDS.group_hint in chat.texts)
    await answered(bot, ann, group)
    assert group.texts.count(WORDS.group_hint) == 1


async def test_a_wrong_album_for_the_bot_gets_the_hint_once(ann: User, group: Chat) -> None:
    await greeted(ann, group)
    six = 3 * ALBUM
    await ann.sends_album(six, chat=group, reply_to=group.from_bot[0])
    hint = f"{WORDS.too_many.format(6)} {WORDS.hint}"
    await group.until(lambda chat: hint in chat.texts)
    await greeted(ann, group)
    assert group.texts.count(hint) == 1


@pytest.mark.parametrize("users", [frozenset(), frozenset({8})])
async def test_what_is_not_meant_for_the_bot_gets_no_answer(
    tmp_path: Path, users: frozenset[int]
) -> None:
    async with Telegram() as telegram, running(telegram, tmp_path, users=users) as bot:
        telegram.privacy = False
        ann, group = telegram.user(7), telegram.group(GROUP)
        await ann.sends_text("what a day", chat=group)
        await ann.sends(Photo(PHOTO), chat=group)
        await ann.sends(Other("sticker"), chat=group)
        theirs = await ann.sends_text("look", chat=group)
        await ann.sends_album(ALBUM, caption="for @artstyle_bother", chat=group, reply_to=theirs)
        await ann.sends_album([*ALBUM, Photo(PHOTO)], caption="holidays", chat=group)
        await telegram.user(8).sends_album(ALBUM)  # taken later than those above
        await bot.job()
        assert not group.from_bot and len(bot.queue.all()) == 1


async def test_who_is_not_allowed_is_told_so_once(tmp_path: Path) -> None:
    async with Telegram() as telegram, running(telegram, tmp_path, users=frozenset({8})) as bot:
        ann, bob, group = telegram.user(7), telegram.user(8), telegram.group(GROUP)
        await greeted(bob, group)
        await ann.sends_album(ALBUM, chat=group, reply_to=group.from_bot[0])
        await group.until(lambda chat: WORDS.private in chat.texts)
        await answered(bot, bob, group)
        assert group.texts.count(WORDS.private) == 1
        assert [job.owner for job in bot.queue.all()] == ["tg:8"]


async def test_only_who_sent_the_pictures_presses_the_buttons(
    bot: Bot, ann: User, bob: User, group: Chat
) -> None:
    job = await answered(bot, ann, group)
    await group.until(lambda chat: any(message.buttons for message in chat.from_bot))
    status = next(message for message in group.from_bot if message.buttons)
    assert await bot.answer(bob, status.button("Cancel")) == WORDS.not_yours
    assert job.status == "running"
    await bot.finish(job)
    await group.until(ended)
    assert await bot.answer(bob, final(group).button("Swap")) == WORDS.not_yours
    assert len(bot.queue.all()) == 1


async def test_a_late_picture_is_answered_only_if_it_is_for_the_bot(
    telegram: Telegram, bot: Bot, ann: User, group: Chat
) -> None:
    await greeted(ann, group)
    album = await ann.sends_album(
        [*ALBUM, Photo(PHOTO)], chat=group, reply_to=group.from_bot[0], order=(0, 1)
    )
    await bot.job()
    await telegram.arrive(album[2:])
    await group.until(lambda chat: WORDS.too_late in chat.texts)


async def test_a_group_that_removes_the_bot_costs_only_what_was_for_the_group(
    tmp_path: Path,
) -> None:
    async with Telegram() as telegram, running(telegram, tmp_path, PlayedEngine(slots=3)) as bot:
        ann, bob, group = telegram.user(7), telegram.user(8), telegram.group(GROUP)
        lost, others = await answered(bot, ann, group), await answered(bot, bob, group)
        await ann.sends_album(ALBUM)
        kept = await bot.job(3)
        ann.removes_bot(group)
        await bot.advance(lost, 20)
        await bot.until(lambda: lost.status == "cancelled")
        await bot.finish(kept)
        await ann.chat.until(ended)
        assert sent(ann.chat) == ["Done", "file"]
        assert others.status == "running"  # until there is something to tell
