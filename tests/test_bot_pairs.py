"""Pairs that are no plain album: forwarded, in reply, one after the other, with odd types."""

from pathlib import Path
from unittest.mock import patch

import pytest
from tests.bot import ALBUM, Bot, ended, running, sent
from tests.jobs import PAINTING, PHOTO
from tests.telegram_server import Document, Photo, Telegram, User

from artstyle.bot import singles
from artstyle.bot.texts import texts
from artstyle.jobs import Job

WORDS, RUSSIAN = texts("en"), texts("ru")
GROUP = -1001
PAIR = [(72, 96), (80, 64)]


def sizes(job: Job) -> list[tuple[int, int]]:
    return [job.request.content.size, job.request.style.size]


async def asked(user: User) -> None:
    """Send a photo, then a painting."""
    await user.sends(Photo(PHOTO, "strong"))
    await user.chat.until(lambda chat: WORDS.second in chat.texts)
    await user.sends(Photo(PAINTING, "keep colors"))
    await user.chat.until(lambda chat: WORDS.ask_pair in chat.texts)


async def test_a_forwarded_album_becomes_a_picture(bot: Bot, ann: User) -> None:
    await ann.sends_album(ALBUM, forwarded=True)
    assert sizes(await bot.job()) == PAIR


async def test_two_pictures_one_after_the_other_are_taken_after_a_question(
    bot: Bot, ann: User
) -> None:
    await asked(ann)
    assert not bot.queue.all()
    button = ann.chat.from_bot[-1].button(WORDS.paint)
    assert [await bot.answer(ann, button) for _ in range(2)] == [WORDS.started] * 2
    job = await bot.job()
    assert sizes(job) == PAIR and job.request.settings.colors == "photo"
    await bot.finish(job)
    await ann.chat.until(ended)
    assert len(bot.queue.all()) == 1 and sent(ann.chat) == ["Done", "file"]


async def test_the_question_outlives_a_kill(telegram: Telegram, tmp_path: Path) -> None:
    ann = telegram.user(7)
    async with running(telegram, tmp_path / "a") as bot:
        await asked(ann)
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        await ann.presses(ann.chat.from_bot[-1].button(WORDS.paint))
        assert sizes(await bot.job()) == PAIR


async def test_a_third_picture_begins_anew_and_so_does_one_that_comes_late(
    bot: Bot, ann: User, bob: User
) -> None:
    await asked(ann)
    await ann.sends(Photo(PHOTO))
    await ann.chat.until(lambda chat: chat.texts.count(WORDS.second) == 2)
    await bob.sends(Photo(PHOTO))
    await bob.chat.until(lambda chat: chat.texts == [WORDS.second])
    with patch.object(singles, "PAIR_SECONDS", 0.0):
        await bob.sends(Photo(PAINTING))
        await bob.chat.until(lambda chat: chat.texts == [WORDS.second] * 2)


async def test_a_question_about_pictures_that_are_gone_says_so(bot: Bot, ann: User) -> None:
    await asked(ann)
    button = ann.chat.from_bot[-1].button(WORDS.paint)
    with patch.object(singles, "KEPT_SECONDS", -1.0):
        await ann.sends(Photo(PHOTO))
        await ann.chat.until(lambda chat: chat.texts.count(WORDS.second) == 2)
    assert await bot.answer(ann, button) == WORDS.gone


async def test_a_painting_in_reply_to_a_photo_is_taken(bot: Bot, ann: User) -> None:
    photo = await ann.sends(Photo(PHOTO))
    await ann.sends(Photo(PAINTING, "strong"), reply_to=photo)
    assert sizes(await bot.job()) == PAIR


async def test_in_a_group_it_is_taken_if_it_names_the_bot(
    telegram: Telegram, bot: Bot, ann: User, bob: User
) -> None:
    group = telegram.group(GROUP)
    photo = await ann.sends(Photo(PHOTO), chat=group)
    await bob.sends(Photo(PAINTING, "nice, @artstyle_bother"), chat=group, reply_to=photo)
    await bob.sends(Photo(PAINTING, "@artstyle_bot"), chat=group, reply_to=photo)
    job = await bot.job()
    assert (job.owner, sizes(job)) == ("tg:8", PAIR)
    await bot.finish(job)
    await group.until(ended)
    assert len(bot.queue.all()) == 1


@pytest.mark.parametrize("mime", ["application/octet-stream", "image/heic", "image/jpeg"])
async def test_a_file_is_taken_by_its_name_and_bytes_whatever_type_it_has(
    bot: Bot, ann: User, mime: str
) -> None:
    await ann.sends_album([Document(PHOTO, "IMG_1.HEIC", mime), Document(PAINTING, "b", mime)])
    assert sizes(await bot.job()) == PAIR


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (Document(b"PK", "a.zip", "application/octet-stream"), "«a.zip» — не картинка."),
        (Document(b"PK", "a.heic", "image/heic"), "Картина: формат не"),
    ],
)
async def test_what_is_no_picture_is_refused_with_the_reason_in_the_users_language(
    telegram: Telegram, bot: Bot, bad: Document, told: str
) -> None:
    ann = telegram.user(7, "ru")
    await ann.sends_album([Document(PHOTO, "a.png"), bad])
    await ann.chat.until(lambda chat: chat.texts and told.lower() in chat.texts[-1].lower())
    assert not bot.queue.all()
