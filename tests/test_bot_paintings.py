"""Albums of several paintings: blended, or one picture each; and masks."""

from pathlib import Path

import pytest
from tests.bot import ALBUM, Bot, ended, running, sent
from tests.jobs import PHOTO, picture
from tests.telegram_server import Photo, Telegram, User

from artstyle.bot import choices
from artstyle.bot.texts import texts
from artstyle.jobs import Job, Limits
from artstyle.roles import Role

ROOT = Path(__file__).parents[1]
WORDS, RUSSIAN = texts("en"), texts("ru")
SECOND, MASK = picture(5, 64, 72), picture(6, 36, 48)
THREE = [*ALBUM, Photo(SECOND)]


def sizes(job: Job) -> dict[Role, tuple[int, int]]:
    return {role: source.size for role, source in job.request.sources.items()}


async def asked(user: User, words: str = WORDS.ask_choice) -> None:
    await user.chat.until(lambda chat: words in chat.texts)


async def presses(user: User, text: str, bot: Bot) -> str | None:
    question = next(each for each in user.chat.from_bot if each.buttons)
    return await bot.answer(user, question.button(text))


BLENDED = {"content": (72, 96), "style": (80, 64), "style_2": (64, 72)}


async def test_several_paintings_are_blended_after_a_question(bot: Bot, ann: User) -> None:
    await ann.sends_album(THREE, "strong")
    await asked(ann)
    assert not bot.queue.all()
    assert await presses(ann, WORDS.blend, bot) == WORDS.started
    job = await bot.job()
    assert sizes(job) == BLENDED and job.request.settings.realism == 0
    await bot.finish(job)
    await ann.chat.until(ended)
    assert len(bot.queue.all()) == 1 and sent(ann.chat) == ["Done", "file"]


async def test_or_each_becomes_a_picture_in_answer_to_its_painting(bot: Bot, ann: User) -> None:
    messages = await ann.sends_album(THREE)
    await asked(ann)
    await presses(ann, WORDS.each, bot)
    jobs = [await bot.job(1), await bot.job(2)]
    assert [sizes(job) for job in jobs] == [
        {"content": (72, 96), "style": (80, 64)},
        {"content": (72, 96), "style": (64, 72)},
    ]
    for job in jobs:
        await bot.finish(job)
    await ann.chat.until(lambda chat: len(chat.documents) == 2)
    answered = [each.reply_to for each in ann.chat.from_bot if each.text == "Got it."]
    known = {each.reply_to for each in (*ann.chat.photos, *ann.chat.documents)} | {*answered}
    assert {*messages[1:]} <= known


async def test_a_second_press_makes_nothing_more_and_the_first_choice_counts(
    bot: Bot, ann: User
) -> None:
    await ann.sends_album(THREE)
    await asked(ann)
    for text in (WORDS.blend, WORDS.blend, WORDS.each):
        await presses(ann, text, bot)
    await bot.finish(await bot.job())
    await ann.chat.until(ended)
    await presses(ann, WORDS.each, bot)
    assert [sizes(job) for job in bot.queue.all()] == [BLENDED]


async def test_only_who_sent_the_album_chooses(bot: Bot, ann: User, bob: User) -> None:
    await ann.sends_album(THREE)
    await asked(ann)
    button = ann.chat.from_bot[-1].button(WORDS.each)
    assert await bot.answer(bob, button) == WORDS.not_yours
    assert await bot.answer(ann, button) == WORDS.started
    assert len((await bot.job(2)).request.sources) == 2


async def test_in_a_group_its_administrators_choose_for_it(
    telegram: Telegram, bot: Bot, ann: User, bob: User
) -> None:
    telegram.privacy, group = False, telegram.group(-1001)
    group.administrators = {7}
    await ann.sends_album(THREE, "@artstyle_bot", chat=group, name=group)
    await group.until(lambda chat: WORDS.ask_choice in chat.texts)
    button = group.from_bot[-1].button(WORDS.blend)
    assert await bot.answer(bob, button) == WORDS.not_yours
    assert await bot.answer(ann, button) == WORDS.started
    job = await bot.job()
    assert (job.owner, sizes(job)) == ("tg:-1001", BLENDED)


async def test_the_question_and_the_choice_outlive_a_kill(
    telegram: Telegram, tmp_path: Path
) -> None:
    ann = telegram.user(7)
    async with running(telegram, tmp_path / "a") as bot:
        await ann.sends_album(THREE)
        await asked(ann)
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b") as bot:
        await presses(ann, WORDS.each, bot)
        await bot.job(2)
        await bot.dies(tmp_path / "c")
    await telegram.up()
    async with running(telegram, tmp_path / "c") as bot:
        for job in [await bot.job(1), await bot.job(2)]:
            await bot.finish(job)
        await ann.chat.until(lambda chat: len(chat.documents) == 2)
        assert len(bot.queue.all()) == 2 and ann.chat.texts.count(WORDS.ask_choice) == 1


async def test_a_question_that_is_too_old_says_so(
    bot: Bot, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ann.sends_album(THREE)
    await asked(ann)
    monkeypatch.setattr(choices, "KEPT_SECONDS", -1.0)
    await ann.sends_album(THREE)
    await ann.chat.until(lambda chat: chat.texts.count(WORDS.ask_choice) == 2)
    assert await presses(ann, WORDS.blend, bot) == WORDS.gone


async def test_weights_blend_without_a_question(bot: Bot, ann: User) -> None:
    await ann.sends_album(THREE, "weights 2, 1")
    job = await bot.job()
    assert sizes(job) == BLENDED and job.request.settings.style_weights == (2, 1)
    assert "Got it: weights 2, 1." in {each for sent in ann.chat.from_bot for each in sent.versions}


async def test_weights_of_another_count_are_refused(bot: Bot, ann: User) -> None:
    await ann.sends_album(THREE, "weights 3,2,1")
    told = "Style weights given: 3, paintings: 2; write one weight for each painting."
    await ann.chat.until(lambda chat: told in chat.texts)
    assert not bot.queue.all()


@pytest.mark.parametrize("weights", ["0,0", "2,1"])
async def test_weights_under_a_photo_alone_are_refused(
    telegram: Telegram, tmp_path: Path, weights: str
) -> None:
    ann = telegram.user(7)
    async with running(telegram, tmp_path, paintings=ROOT / "img/style") as bot:
        await ann.sends(Photo(PHOTO, f"weights {weights}"))
        await ann.chat.until(lambda chat: WORDS.second in chat.texts)
        assert await bot.answer(ann, ann.chat.from_bot[-1].buttons[0]) == WORDS.started
        await ann.chat.until(lambda chat: chat.texts[-1].startswith("Style weights"))
        assert not bot.queue.all()


async def test_the_last_picture_is_the_mask_if_the_caption_says_so(bot: Bot, ann: User) -> None:
    await ann.sends_album([*ALBUM, Photo(MASK)], "mask")
    job = await bot.job()
    assert sizes(job) == {"content": (72, 96), "style": (80, 64), "mask": (36, 48)}


async def test_a_mask_of_another_shape_is_refused_in_the_users_language(
    telegram: Telegram, bot: Bot
) -> None:
    ann = telegram.user(7, "ru")
    await ann.sends_album([*ALBUM, Photo(SECOND)], "маска")
    await ann.chat.until(lambda chat: chat.texts and chat.texts[-1].startswith("Маска"))
    assert not bot.queue.all()


@pytest.mark.parametrize(
    ("items", "caption", "told"),
    [
        (3 * ALBUM, None, WORDS.too_many.format(6)),
        ([*ALBUM, *THREE, *ALBUM], "mask", WORDS.too_many.format(7)),
        (ALBUM, "mask", WORDS.mask_alone),
    ],
)
async def test_too_many_pictures_and_a_mask_without_a_painting_are_refused(
    bot: Bot, ann: User, items: list[Photo], caption: str | None, told: str
) -> None:
    await ann.sends_album(items, caption)
    await ann.chat.until(lambda chat: f"{told} {WORDS.hint}" in chat.texts)
    assert not bot.queue.all()


async def test_what_exceeds_the_users_limit_is_refused_with_one_message(
    telegram: Telegram, tmp_path: Path
) -> None:
    limits = Limits(unfinished=100, per_owner=1, keep_days=30, keep_jobs=100)
    ann = telegram.user(7)
    async with running(telegram, tmp_path, limits=limits) as bot:
        await ann.sends_album([*THREE, Photo(MASK)])
        await asked(ann)
        await presses(ann, WORDS.each, bot)
        await ann.chat.until(lambda chat: any("already have 1" in each for each in chat.texts))
        assert len(bot.queue.all()) == 1
        await bot.finish(bot.queue.all()[0])
        await presses(ann, WORDS.each, bot)  # what was refused is made now
        assert sizes(await bot.job(2))["style"] == (64, 72)


async def test_another_one_is_made_of_all_the_pictures(bot: Bot, ann: User) -> None:
    await ann.sends_album([*THREE, Photo(MASK)], "weights 2,1 mask")
    job = await bot.job()
    whole = {**BLENDED, "mask": (36, 48)}
    await bot.finish(job)
    await ann.chat.until(ended)
    for text in (WORDS.stronger, WORDS.swapped):
        await bot.answer(ann, ann.chat.photos[0].button(text))
    jobs = [await bot.job(2), await bot.job(3)]
    swapped = {"content": (80, 64), "style": (72, 96), "style_2": (64, 72)}
    assert sorted(map(str, map(sizes, jobs))) == sorted(map(str, (whole, swapped)))
    assert all(job.request.settings.style_weights == (2, 1) for job in jobs)


async def test_in_russian_the_words_are_russian(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.user(7, "ru")
    await ann.sends_album(THREE)
    await asked(ann, RUSSIAN.ask_choice)
    assert [each.text for each in ann.chat.from_bot[-1].buttons] == [RUSSIAN.blend, RUSSIAN.each]
    await ann.sends_album([*THREE], "веса 1,3")
    assert (await bot.job()).request.settings.style_weights == (1, 3)
