"""The bot in use: albums in, pictures out, buttons and commands, over real HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.bot import ALBUM, RESULT, Bot, ended, final, running, sent
from tests.jobs import PAINTING, PHOTO, picture
from tests.telegram_chats import Chat
from tests.telegram_people import Item
from tests.telegram_server import Document, Other, Photo, Telegram, User

from artstyle.bot import limiter
from artstyle.bot.polling import COMMANDS
from artstyle.bot.speakers import owner
from artstyle.bot.texts import texts
from artstyle.jobs import Job, ThreadEngine
from artstyle.jobs.again import STEP
from artstyle.settings import Settings

ENGLISH, RUSSIAN = texts("en"), texts("ru")
REALISM = Settings().realism
FILES = [Document(PHOTO, "a.png", "image/png"), Document(PAINTING, "b.png", "image/png")]
ALL = ["20 %", "40 %", "60 %", "80 %", "Done", "file"]


async def test_an_album_becomes_a_picture(bot: Bot, ann: User) -> None:
    await ann.sends_album(ALBUM, caption="strong, keep colors")
    job = await bot.job()
    await ann.chat.until(lambda chat: chat.from_bot)
    assert ann.chat.from_bot[0].versions[0] == "Got it: strong, keep colors."
    assert job.owner == "tg:7" and job.request.private and job.request.settings.colors == "photo"
    for percent in (20, 40, 60, 80):
        await bot.advance(job, percent)
        await ann.chat.until(partial(has, f"{percent} %"))
    await bot.finish(job)
    await ann.chat.until(ended)
    assert sent(ann.chat) == ALL
    assert [m.silent for m in ann.chat.photos] == [True] * 4 + [False]
    (file,) = ann.chat.documents
    assert (file.document, file.file_name) == (RESULT, "picture.png")
    assert len([m for m in ann.chat.from_bot if m.text]) == 1  # the status, edited


async def test_files_work_as_well_and_so_does_the_real_engine(tmp_path: Path) -> None:
    engine = ThreadEngine({"cpu": 1, "cuda": 1, "mps": 1}, large_levels=3)
    small = {"network": "vgg16", "device": "cpu", "levels": 1, "iterations": 5, "base_size": 64}
    async with Telegram() as telegram, running(telegram, tmp_path, engine, defaults=small) as bot:
        ann = telegram.user(7)
        await ann.sends_album(FILES)
        job = await bot.job()
        await ann.chat.until(ended, seconds=90)
        assert sent(ann.chat) == ALL
        assert ann.chat.documents[0].document == bot.queue.files(job).result.read_bytes()


@pytest.mark.parametrize(("items", "order"), [(ALBUM, (1, 0)), ([ALBUM[0], FILES[1]], (0, 1))])
async def test_the_first_picture_is_the_photo_in_whatever_order_and_form_they_arrive(
    bot: Bot, ann: User, items: list[Item], order: tuple[int, int]
) -> None:
    await ann.sends_album(items, order=order)
    assert sizes(await bot.job()) == [(72, 96), (80, 64)]


async def test_the_status_tells_the_place_in_line_and_the_time(
    bot: Bot, ann: User, bob: User
) -> None:
    await ann.sends_album(ALBUM)
    job = await bot.job()
    await bob.sends_album(ALBUM)
    await bob.chat.until(lambda chat: "Number 1 in the queue." in chat.texts)
    await bot.advance(job, 30)
    await ann.chat.until(lambda chat: "30 % · 2 s left" in chat.texts)
    status = next(m for m in ann.chat.from_bot if m.text)
    assert [button.text for button in status.buttons] == ["Cancel"]


async def test_the_cancel_button_ends_the_job_and_says_so(bot: Bot, ann: User) -> None:
    await ann.sends_album(ALBUM)
    job = await bot.job()
    await ann.chat.until(lambda chat: chat.from_bot and chat.from_bot[0].buttons)
    assert await bot.answer(ann, ann.chat.from_bot[0].button("Cancel")) == ""
    await ann.chat.until(lambda chat: chat.texts == ["Cancelled."])
    assert job.status == "cancelled"


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("Stronger", {"realism": max(0.0, REALISM - STEP)}),
        ("Weaker", {"realism": REALISM + STEP}),
        ("Photo's colours", {"colors": "photo"}),
        ("Swap", {}),
        ("Larger", {"levels": 2}),
    ],
)
async def test_the_buttons_make_another_one(
    bot: Bot, ann: User, button: str, expected: dict[str, object]
) -> None:
    job = await bot.paint_for(ann)
    assert await bot.answer(ann, final(ann.chat).button(button)) == ENGLISH.started
    other = await bot.job(2)
    before, after = job.request.settings.as_dict(), other.request.settings.as_dict()
    changed = {name: value for name, value in after.items() if value != before[name]}
    assert changed == pytest.approx(expected) and changed.keys() == expected.keys()
    assert sizes(other) == sizes(job)[:: -1 if button == "Swap" else 1]
    await bot.finish(other, picture(5, 64, 85))
    await ann.chat.until(lambda chat: len(chat.documents) == 2)
    assert ann.chat.documents[1].document == picture(5, 64, 85)


async def test_what_is_as_large_as_allowed_gets_no_larger(tmp_path: Path) -> None:
    async with Telegram() as telegram, running(telegram, tmp_path, most_levels=1) as bot:
        ann = telegram.user(7)
        await bot.paint_for(ann)
        assert await bot.answer(ann, final(ann.chat).button("Larger")) == ENGLISH.largest
        assert len(bot.queue.all()) == 1


@pytest.mark.parametrize("all_of_it", [True, False])
async def test_the_buttons_of_what_is_no_longer_kept_say_so(
    bot: Bot, ann: User, all_of_it: bool
) -> None:
    job = await bot.paint_for(ann)
    before = len(ann.chat.from_bot)
    if all_of_it:
        await bot.queue.remove(job)
    else:
        bot.queue.files(job).source("style").unlink()
    assert await bot.answer(ann, final(ann.chat).button("Weaker")) == ENGLISH.gone
    assert len(ann.chat.from_bot) == before


async def test_the_commands_are_registered_in_both_languages(telegram: Telegram, bot: Bot) -> None:
    await telegram.until(lambda: len(telegram.commands) == 2)
    assert telegram.commands.keys() == {"", "ru"}
    for commands in telegram.commands.values():
        assert [command["command"] for command in commands] == list(COMMANDS)


async def test_help_comes_in_the_users_language(telegram: Telegram, bot: Bot) -> None:
    for number, code, words in ((7, "en", ENGLISH), (8, "ru", RUSSIAN), (9, None, ENGLISH)):
        user = telegram.user(number, code)
        for times, command in ((1, "/start"), (2, "/help")):
            await user.sends_text(command)
            await user.chat.until(partial(says, [words.help] * times))


async def test_status_and_cancel_are_about_ones_own_jobs(
    telegram: Telegram, bot: Bot, ann: User, bob: User
) -> None:
    await ann.sends_album(ALBUM)
    await bot.job()
    await bob.sends_album(ALBUM)
    await bot.job(2)
    eve = telegram.user(9)
    for times, command in ((1, "/status"), (2, "/cancel")):
        await eve.sends_text(command)
        await eve.chat.until(partial(says, [ENGLISH.nothing] * times))
    await bob.sends_text("/status")
    await bob.chat.until(lambda chat: "• Number 1 in the queue." in chat.texts)
    await bob.sends_text("/cancel")
    await bob.chat.until(lambda chat: "Cancelled: 1." in chat.texts)
    assert [job.status for job in bot.queue.all()] == ["running", "cancelled"]


Act = Callable[[User], Awaitable[object]]


@pytest.mark.parametrize(
    "act",
    [
        lambda ann: ann.sends_text("hello"),
        lambda ann: ann.sends(Other("sticker")),
        lambda ann: ann.sends(Other("voice")),
        lambda ann: ann.sends_album(ALBUM, order=[0]),
    ],
    ids=lambda _: "",
)
async def test_whatever_else_comes_gets_the_hint_once(bot: Bot, ann: User, act: Act) -> None:
    await act(ann)
    await ann.chat.until(lambda chat: ENGLISH.hint in chat.texts)
    await ann.sends_text("/help")
    await ann.chat.until(lambda chat: ENGLISH.help in chat.texts)
    assert ann.chat.texts == [ENGLISH.hint, ENGLISH.help]
    assert not bot.queue.all()


async def test_a_picture_that_comes_too_late_is_answered(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    messages = await ann.sends_album([*ALBUM, Photo(PHOTO)], order=(0, 1))
    await bot.job()
    await telegram.arrive([messages[2]])
    await ann.chat.until(lambda chat: ENGLISH.too_late in chat.texts)
    assert len(bot.queue.all()) == 1


async def test_a_slow_download_holds_up_nobody_else(
    telegram: Telegram, bot: Bot, ann: User, bob: User
) -> None:
    slow = asyncio.Event()
    telegram.delay("file", slow)
    await ann.sends_album(ALBUM)
    await telegram.until(lambda: telegram.called("getFile"))
    await bob.sends_album(ALBUM)
    assert (await bot.job()).owner == "tg:8"
    slow.set()
    assert (await bot.job(2)).owner == "tg:7"


async def test_what_is_larger_than_telegram_gives_out_is_refused_in_words(
    telegram: Telegram, bot: Bot, ann: User
) -> None:
    await ann.sends_album([FILES[0], Document(bytes(20_000_001), "huge.png", "image/png")])
    refusal = "huge.png is larger than 20 MB; choose a smaller file."
    await ann.chat.until(lambda chat: refusal in chat.texts)
    assert not telegram.called("getFile") and not bot.queue.all()


async def test_a_picture_that_nobody_can_read_is_refused_in_words(
    telegram: Telegram, bot: Bot
) -> None:
    ann = telegram.user(7, "ru")
    await ann.sends_album([FILES[0], Document(b"nothing", "b.png", "image/png")])
    await ann.chat.until(lambda chat: chat.texts and "картина: формат не" in chat.texts[0].lower())
    assert not bot.queue.all()


async def test_a_result_that_is_no_photo_for_telegram_comes_as_a_file_with_buttons(
    bot: Bot, ann: User
) -> None:
    await ann.sends_album(ALBUM)
    await bot.finish(await bot.job(), picture(1, 16, 400))
    await ann.chat.until(ended)
    assert sent(ann.chat) == ["file"]
    assert ann.chat.documents[0].caption == "Done"
    assert len(ann.chat.documents[0].buttons) == 7


async def test_only_those_who_are_allowed_are_served(tmp_path: Path) -> None:
    users = frozenset({7})
    async with Telegram() as telegram, running(telegram, tmp_path, users=users) as bot:
        ann, eve = telegram.user(7), telegram.user(8)
        await ann.sends_album(ALBUM)
        await bot.job()
        await eve.sends_album(ALBUM, caption="strong")
        await eve.chat.until(lambda chat: chat.from_bot)
        for times, text in ((2, "/help"), (3, "hello")):
            await eve.sends_text(text)
            await eve.chat.until(partial(says, [ENGLISH.private] * times))
        assert [job.owner for job in bot.queue.all()] == ["tg:7"]


async def test_fifty_users_at_once_get_their_own_pictures_in_fair_order(tmp_path: Path) -> None:
    with patch.object(limiter, "OVERALL", (0.0, 1)):
        async with Telegram() as telegram, running(telegram, tmp_path) as bot:
            users = [telegram.user(number) for number in range(1, 51)]
            senders = [users[0], *users, users[0]]
            await asyncio.gather(*(each.sends_album(ALBUM) for each in senders))
            await bot.until(lambda: len(bot.queue.all()) == 52, seconds=120)
            owners = [await next_done(bot) for _ in senders]
            for user in users:
                mine = owners.count(owner(user.id))
                await user.chat.until(partial(has, "file", times=mine))
                expected = result_for(owner(user.id))
                assert all(message.document == expected for message in user.chat.documents)
                assert sorted(sent(user.chat)) == ["Done"] * mine + ["file"] * mine
            assert set(owners[:51]) == {owner(user.id) for user in users}
            assert owners[51] == "tg:1"  # the third one of one user waits for the first of each


async def next_done(bot: Bot) -> str:
    """Finish the job whose turn it is; gives whose it is."""
    await bot.until(lambda: any(job.status == "running" for job in bot.queue.all()))
    job = next(job for job in bot.queue.all() if job.status == "running")
    await bot.finish(job, result_for(job.owner))
    return job.owner


def result_for(owner: str) -> bytes:
    return picture(int(owner.removeprefix("tg:")), 16, 24)


def sizes(job: Job) -> list[tuple[int, int]]:
    return [job.request.content.size, job.request.style.size]


def has(name: str, chat: Chat, times: int = 1) -> bool:
    return sent(chat).count(name) == times


def says(texts: list[str], chat: Chat) -> bool:
    return chat.texts == texts
