"""Results arrive in topics, in groups that move and in chats with rules, or somebody hears why."""

from functools import partial
from pathlib import Path

import pytest
from tests.bot import ALBUM, Bot, ended, final, logged, running, sent
from tests.telegram_chats import Chat
from tests.telegram_server import Telegram, User

from artstyle.bot.texts import texts
from artstyle.jobs import Job

WORDS = texts("en")
GROUP, MOVED, TOPIC = -1001, -1002, 3
MENTION = "@artstyle_bot"


@pytest.fixture(autouse=True)
def sees_all(telegram: Telegram) -> None:
    telegram.privacy = False


async def asked(bot: Bot, user: User, chat: Chat, thread: int | None = None) -> Job:
    number = len(bot.queue.all()) + 1
    await user.sends_album(ALBUM, MENTION, chat=chat, thread=thread)
    job = await bot.job(number)
    await bot.until(lambda: job.status == "running")
    return job


def has(name: str, chat: Chat) -> bool:
    return name in sent(chat)


async def test_all_that_belongs_to_a_topic_comes_into_it_after_a_kill_too(
    telegram: Telegram, tmp_path: Path
) -> None:
    ann = telegram.user(7)
    forum = telegram.forum(GROUP, TOPIC)
    forum.closed_topics = {None}  # what has no topic is refused
    async with running(telegram, tmp_path / "a") as bot:
        await ann.sends_text("/help@artstyle_bot", chat=forum, thread=TOPIC)
        await forum.until(lambda chat: WORDS.help in chat.texts)
        job = await asked(bot, ann, forum, TOPIC)
        await bot.advance(job, 20)
        await forum.until(partial(has, "20 %"))
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        job = await bot.job()
        await bot.finish(job)
        await forum.until(ended)
        assert sent(forum)[-2:] == ["Done", "file"]
        assert await bot.answer(ann, final(forum).button("Swap")) == WORDS.started
        await forum.until(lambda chat: WORDS.starting in chat.texts)
        assert {message.thread for message in forum.from_bot} == {TOPIC}


async def test_what_belongs_to_a_topic_that_was_deleted_comes_into_general(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    forum = telegram.forum(GROUP, TOPIC)
    job = await asked(bot, ann, forum, TOPIC)
    await forum.until(lambda chat: WORDS.starting in chat.texts)
    forum.topics.clear()
    await bot.finish(job)
    await forum.until(ended)
    assert sent(forum) == ["Done", "file"]
    assert [message.thread for message in forum.from_bot[1:]] == [None, None]


async def test_a_reply_in_a_group_without_topics_names_no_topic(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    group = telegram.group(GROUP)
    messages = ann.album(ALBUM, MENTION, chat=group)
    for message in messages:  # a thread of replies has a number too
        await telegram.tell("message", {**message.json(), "message_thread_id": 2})
    await bot.finish(await bot.job())
    await group.until(ended)
    assert sent(group) == ["Done", "file"]


async def test_what_was_asked_for_in_a_group_comes_into_the_supergroup_that_it_became(
    telegram: Telegram, tmp_path: Path
) -> None:
    ann = telegram.user(7)
    group = telegram.basic_group(GROUP)
    async with running(telegram, tmp_path / "a") as bot:
        job = await asked(bot, ann, group)
        await bot.advance(job, 20)
        await group.until(partial(has, "20 %"))
        moved = telegram.becomes_supergroup(group, MOVED)
        await bot.advance(job, 40)
        await moved.until(partial(has, "40 %"))
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        await bot.finish(await bot.job())
        await moved.until(ended)
        assert sent(moved)[-2:] == ["Done", "file"]
        assert await bot.answer(ann, final(moved).button("Swap")) == WORDS.started


async def test_a_group_that_moved_before_the_end_of_a_job_hears_that_it_failed(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    group = telegram.basic_group(GROUP)
    job = await asked(bot, ann, group)
    await group.until(lambda chat: WORDS.starting in chat.texts)
    moved = telegram.becomes_supergroup(group, MOVED)
    await bot.queue.cancel(job)
    await moved.until(lambda chat: chat.texts == [WORDS.cancelled])


@pytest.mark.parametrize(
    ("forbidden", "arrives"),
    [(["photos"], ["file"]), (["documents"], ["Done"]), (["photos", "documents"], [])],
)
async def test_what_a_group_allows_comes_with_the_buttons_and_what_it_doesnt_is_told(
    telegram: Telegram, bot: Bot, ann: User, forbidden: list[str], arrives: list[str]
) -> None:
    group = telegram.group(GROUP)
    group.forbids = set(forbidden)
    job = await asked(bot, ann, group)
    await bot.advance(job, 20)
    await bot.finish(job)
    await group.until(ended)
    assert [name for name in sent(group) if name != "20 %"] == arrives
    (last,) = [text for text in group.texts if text.startswith("Done in")]
    refusals = {"photos": WORDS.photo_not_allowed, "documents": WORDS.file_not_allowed}
    assert last.partition(". ")[2] == " ".join(refusals[each] for each in forbidden)
    (with_buttons,) = [
        message for message in group.from_bot if any(one.text == "Swap" for one in message.buttons)
    ]
    assert await bot.answer(ann, with_buttons.button("Swap")) == WORDS.started


async def test_who_deleted_the_status_hears_all_the_same_that_the_job_failed(
    telegram: Telegram, tmp_path: Path
) -> None:
    ann = telegram.user(7)
    async with running(telegram, tmp_path / "a") as bot:
        await ann.sends_album(ALBUM)
        job = await bot.job()
        await ann.chat.until(lambda chat: WORDS.starting in chat.texts)
        await bot.dies(tmp_path / "b")
    ann.chat.from_bot[0].deleted = True
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        job = await bot.job()
        await bot.until(lambda: job.status == "running")
        bot.run_of(job).fail(MemoryError())
        await ann.chat.until(lambda chat: chat.texts and chat.texts[0].startswith(WORDS.failed))


async def test_what_nobody_can_be_told_is_in_the_log(
    telegram: Telegram, bot: Bot, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    forum = telegram.forum(GROUP, TOPIC)
    job = await asked(bot, ann, forum, TOPIC)
    await forum.until(lambda chat: WORDS.starting in chat.texts)
    forum.closed_topics = {TOPIC}
    forum.from_bot[0].deleted = True
    await bot.finish(job)
    await logged(caplog, f"job {job.id}: its user couldn't be told that it ended")


async def test_what_telegram_never_confirmed_isnt_called_delivered_and_comes_again_on_a_button(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    await ann.sends_album(ALBUM)
    job = await bot.job()
    await ann.chat.until(lambda chat: WORDS.starting in chat.texts)
    telegram.half("sendDocument")  # it arrives, but the answer doesn't
    await bot.finish(job)
    await ann.chat.until(lambda chat: any(WORDS.unsure in text for text in chat.texts))
    assert sent(ann.chat) == ["Done", "file"]
    (status,) = [message for message in ann.chat.from_bot if message.text]
    await bot.answer(ann, status.button(WORDS.send_again))
    await ann.chat.until(lambda chat: sent(chat) == ["Done", "file", "file"])
    await ann.chat.until(lambda chat: not any(WORDS.unsure in text for text in chat.texts))
