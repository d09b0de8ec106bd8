"""What one photo is enough for, and what is made of a finished picture."""

import io
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from tests.bot import ALBUM, Bot, final, running
from tests.jobs import PAINTING, PHOTO, picture
from tests.telegram_chats import Chat
from tests.telegram_server import Photo, Telegram, User

from artstyle.bot.samples import Samples, title
from artstyle.bot.texts import LANGUAGE, texts
from artstyle.bot.timelapse import LIMIT, timelapse
from artstyle.jobs.files import JobFiles

WORDS, RUSSIAN = texts("en"), texts("ru")


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    folder = tmp_path / "paintings"
    folder.mkdir()
    for name in ("a_wave", "night"):
        (folder / f"{name}.png").write_bytes(PAINTING)
    (folder / "notes.txt").write_text("no painting")
    (folder / f"{'long' * 20}.png").write_bytes(PAINTING)
    return folder


def invited(times: int, chat: Chat) -> bool:
    return chat.texts.count(WORDS.photo_first) == times


def shown(telegram: Telegram, folder: Path, paintings: Path) -> AbstractAsyncContextManager[Bot]:
    return running(telegram, folder / "a", paintings=paintings)


async def test_one_photo_and_a_sample_painting_are_enough(paintings: Path, tmp_path: Path) -> None:
    async with Telegram() as telegram, shown(telegram, tmp_path, paintings) as bot:
        ann = telegram.user(7)
        for times in (1, 2):  # the second time, Telegram has the pictures already
            await ann.sends_text("/paintings")
            await ann.chat.until(partial(invited, times))
        assert [each.caption for each in ann.chat.photos] == ["A wave", "Night"] * 2
        assert not telegram.called("sendMediaGroup")[1].files
        night = ann.chat.from_bot[-1].button("Night")
        assert await bot.answer(ann, night) == WORDS.photo_first
        await ann.sends(Photo(PHOTO, "strong, keep colors"))
        await ann.chat.until(lambda chat: WORDS.second in chat.texts)
        assert await bot.answer(ann, ann.chat.from_bot[-1].button("Night")) == WORDS.started
        assert await bot.answer(ann, night) == WORDS.started  # and as another picture
        for job in (await bot.job(1), await bot.job(2)):
            assert (job.request.content.size, job.request.style.size) == ((72, 96), (80, 64))
            assert job.request.settings.colors == "photo"


async def test_a_single_sample_painting_is_a_button_alone(paintings: Path, tmp_path: Path) -> None:
    (paintings / "night.png").unlink()
    async with Telegram() as telegram, shown(telegram, tmp_path, paintings):
        ann = telegram.user(7)
        await ann.sends_text("/paintings")
        await ann.chat.until(lambda chat: chat.texts == [WORDS.photo_first])
        assert [button.text for button in ann.chat.from_bot[0].buttons] == ["A wave"]
        assert not telegram.called("sendMediaGroup")


async def test_a_sample_for_a_photo_that_telegram_lost_says_so(
    paintings: Path, tmp_path: Path
) -> None:
    async with Telegram() as telegram, shown(telegram, tmp_path, paintings) as bot:
        ann = telegram.user(7)
        await ann.sends(Photo(PHOTO))
        await ann.chat.until(lambda chat: WORDS.second in chat.texts)
        telegram.fail("file", status=404, description="Not Found")
        await bot.answer(ann, ann.chat.from_bot[-1].button("Night"))
        await ann.chat.until(lambda chat: WORDS.no_download in chat.texts)
        assert not bot.queue.all()


async def test_four_variations_have_seeds_of_their_own(bot: Bot, ann: User) -> None:
    first = await bot.paint_for(ann)
    assert await bot.answer(ann, final(ann.chat).button(WORDS.variations)) == WORDS.started
    jobs = [await bot.job(number) for number in (2, 3, 4, 5)]
    seed = first.request.settings.seed
    assert sorted(job.request.settings.seed for job in jobs) == [seed + n for n in (1, 2, 3, 4)]
    assert {job.owner for job in jobs} == {"tg:7"}


async def test_a_language_is_kept_for_the_next_start(telegram: Telegram, tmp_path: Path) -> None:
    ann = telegram.user(7)
    async with running(telegram, tmp_path / "a") as bot:
        await ann.sends_text("/language")
        await ann.chat.until(lambda chat: LANGUAGE in chat.texts)
        button = ann.chat.from_bot[-1].button("Русский")
        assert await bot.answer(ann, button) == RUSSIAN.language_chosen
        await bot.dies(tmp_path / "b")
    await telegram.up()
    async with running(telegram, tmp_path / "b"):
        await ann.sends_text("/help")
        await ann.chat.until(lambda chat: RUSSIAN.help in chat.texts)


async def test_the_file_has_a_button_for_a_time_lapse(bot: Bot, ann: User) -> None:
    await ann.sends_album(ALBUM)
    job = await bot.job()
    await bot.advance(job, 80)
    await bot.finish(job)
    await ann.chat.until(lambda chat: chat.documents)
    (file,) = ann.chat.documents
    assert await bot.answer(ann, file.button(WORDS.timelapse)) == ""
    await ann.chat.until(lambda chat: any(message.animation for message in chat.from_bot))
    for percent in (20, 40, 60, 80):
        (bot.queue.files(job).folder / f"snapshot-{percent}.jpg").unlink()
    assert await bot.answer(ann, file.button(WORDS.timelapse)) == WORDS.no_timelapse


def test_a_time_lapse_goes_from_the_start_to_the_result_and_is_small(tmp_path: Path) -> None:
    files = JobFiles(tmp_path)
    for name in ("start", "snapshot-20", "snapshot-40", "snapshot-60", "snapshot-80"):
        noise = Image.effect_noise((900, 600), 90)  # the worst to compress
        noise.convert("RGB").save(tmp_path / f"{name}.jpg")
    assert timelapse(files) is None  # without a result
    files.result.write_bytes(b"nothing")
    assert timelapse(files) is None
    files.result.write_bytes(picture(3, 600, 900))
    data = timelapse(files)
    assert data and len(data) <= LIMIT
    with Image.open(io.BytesIO(data)) as made:
        frames = made.n_frames  # type: ignore[attr-defined]
        assert (made.format, frames, made.size) == ("GIF", 11, (made.width, made.width * 2 // 3))
        made.seek(frames - 1)
        last = made.convert("RGB").resize((60, 40))
    with Image.open(files.result) as result:
        expected = result.convert("RGB").resize((60, 40))
    pairs = zip(last.tobytes(), expected.tobytes(), strict=True)
    assert sum(abs(a - b) for a, b in pairs) / (60 * 40 * 3) < 6


def test_samples_are_pictures_whose_names_fit_into_a_button(paintings: Path) -> None:
    assert list(Samples(paintings).paths) == ["a_wave", "night"]
    assert Samples(None).paths == Samples(paintings / "missing").paths == {}
    assert title("stained_glass") == "Stained glass"
