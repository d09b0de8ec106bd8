"""Clips and the bot: what is taken in place of a photo, what is refused, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests import clips
from tests.bot import Bot, ended, running
from tests.jobs import LIMITS, PAINTING, PHOTO, mask, picture
from tests.telegram_people import Item
from tests.telegram_server import Clip, Document, Photo, Telegram, User

from artstyle.bot import outgoing
from artstyle.bot.texts import texts
from artstyle.jobs import Job
from artstyle.jobs.job import Source
from artstyle.jobs.messages import Outcome
from artstyle.pictures.messages import Length

WORDS, RUSSIAN = texts("en"), texts("ru")
CLIP = Source("clip", (64, 64), length=Length(0.5, 4, 8.0))
RESULT = b"\0\0\0\x18ftypmp42" + bytes(500)


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    return clips.write(tmp_path / "given.mp4", clips.pictures(4)).read_bytes()


async def finish(bot: Bot, job: Job, result: bytes = RESULT) -> None:
    """Let a job have a painted clip."""
    await bot.until(lambda: job.status == "running")
    files = bot.queue.files(job)
    files.result_clip.write_bytes(result)
    files.result.write_bytes(picture(9, 64, 64))
    bot.run_of(job).end(Outcome.DONE)
    await bot.until(lambda: job.status == "done")


@pytest.mark.parametrize("kind", ["video", "animation"])
@pytest.mark.parametrize("first", [True, False])
async def test_the_clip_of_an_album_is_painted_wherever_it_stands(
    bot: Bot, ann: User, clip: bytes, kind: str, first: bool
) -> None:
    album: list[Item] = [Clip(clip, kind), Photo(PAINTING)]
    await ann.sends_album(album if first else album[::-1])
    request = (await bot.job()).request
    assert request.content == CLIP and request.style.size == (80, 64)


async def test_a_clip_sent_as_a_file_is_taken(bot: Bot, ann: User, clip: bytes) -> None:
    await ann.sends_album([Document(clip, "a.mov", "video/quicktime"), Photo(PAINTING)])
    assert (await bot.job()).request.content == CLIP


async def test_frames_are_shown_on_the_way_and_the_video_at_the_end(
    bot: Bot, ann: User, clip: bytes
) -> None:
    await ann.sends_album([Clip(clip), Photo(PAINTING)], "strong")
    job = await bot.job()
    await bot.until(lambda: job.status == "running")
    bot.run_of(job).update(frame=2, frames=4)
    await bot.advance(job, 40)
    await ann.chat.until(lambda chat: len(chat.photos) == 2)
    await ann.chat.until(lambda chat: "40 % · frame 2 of 4 · 2 s left" in chat.texts)
    await finish(bot, job)
    await ann.chat.until(ended)
    (video,) = ann.chat.videos
    assert (video.video, video.caption) == (RESULT, WORDS.done) and not ann.chat.documents
    assert video.reply_to is not None
    shown = [button.text for button in video.buttons]
    assert WORDS.stronger in shown and WORDS.swapped not in shown


async def test_a_button_paints_the_same_clip_once_more(bot: Bot, ann: User, clip: bytes) -> None:
    await ann.sends_album([Clip(clip), Photo(PAINTING)])
    await finish(bot, await bot.job())
    await ann.chat.until(ended)
    await ann.presses(ann.chat.videos[0].button(WORDS.colors))
    again = (await bot.job(2)).request
    assert again.content == CLIP and again.settings.colors == "photo"


async def test_where_no_videos_may_be_sent_it_comes_as_a_file(
    bot: Bot, ann: User, clip: bytes
) -> None:
    ann.chat.forbids = {"videos"}
    await ann.sends_album([Clip(clip), Photo(PAINTING)])
    await finish(bot, await bot.job())
    await ann.chat.until(ended)
    (file,) = ann.chat.documents
    assert (file.document, file.file_name, file.caption) == (RESULT, "clip.mp4", WORDS.done)
    assert WORDS.stronger in [button.text for button in file.buttons]


async def test_a_result_over_telegrams_limit_is_told(
    bot: Bot, ann: User, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.bot.clip_results.FILE", len(RESULT) - 1)
    await ann.sends_album([Clip(clip), Photo(PAINTING)])
    await finish(bot, await bot.job())
    await ann.chat.until(ended)
    assert len(RESULT) < outgoing.FILE and not ann.chat.videos and not ann.chat.documents
    assert WORDS.file_too_large in ann.chat.texts[-1]


@pytest.mark.parametrize("clip_first", [True, False])
async def test_a_clip_and_a_picture_one_after_the_other_are_taken_after_a_question(
    bot: Bot, ann: User, clip: bytes, clip_first: bool
) -> None:
    told = WORDS.second_clip if clip_first else WORDS.second
    both: list[Item] = [Clip(clip), Photo(PAINTING)]
    first, second = both if clip_first else both[::-1]
    await ann.sends(first)
    await ann.chat.until(lambda chat: told in chat.texts)
    await ann.sends(second)
    await ann.chat.until(lambda chat: WORDS.ask_clip in chat.texts)
    await ann.presses(ann.chat.from_bot[-1].button(WORDS.paint))
    assert (await bot.job()).request.content == CLIP


async def test_a_sample_is_painted_on_a_clip_that_came_alone(
    telegram: Telegram, tmp_path: Path, clip: bytes
) -> None:
    paintings = tmp_path / "paintings"
    paintings.mkdir()
    (paintings / "waves.png").write_bytes(PAINTING)
    ann = telegram.user(7)
    async with running(telegram, tmp_path / "data", paintings=paintings) as bot:
        await ann.sends(Clip(clip))
        await ann.chat.until(lambda chat: chat.from_bot and chat.from_bot[-1].buttons)
        await ann.presses(ann.chat.from_bot[-1].buttons[0])
        assert (await bot.job()).request.content == CLIP


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"seconds": 11}, "11 s long, more than 10 s"),
        ({"file_size": LIMITS.clip_bytes + 1}, "larger than 20 MB"),
    ],
)
async def test_what_is_too_long_or_too_large_is_never_downloaded(
    telegram: Telegram, bot: Bot, ann: User, said: dict[str, int], told: str
) -> None:
    await ann.sends_album([Clip(b"a film", **said), Photo(PAINTING)])  # type: ignore[arg-type]
    await ann.chat.until(lambda chat: any(told in text for text in chat.texts))
    assert not telegram.called("getFile") and not bot.queue.all()


async def test_a_clip_of_just_the_limit_is_taken(bot: Bot, ann: User, clip: bytes) -> None:
    await ann.sends_album([Clip(clip, seconds=round(LIMITS.clip_seconds)), Photo(PAINTING)])
    assert (await bot.job()).request.content == CLIP


async def test_masks_and_second_clips_are_refused_at_once(
    telegram: Telegram, bot: Bot, ann: User, clip: bytes
) -> None:
    await ann.sends_album([Clip(clip), Photo(PAINTING), Document(mask())], "mask")
    await ann.chat.until(lambda chat: any("leave the mask out" in text for text in chat.texts))
    await ann.sends_album([Clip(clip), Clip(clip)])
    await ann.chat.until(lambda chat: any(WORDS.one_clip in text for text in chat.texts))
    await ann.sends(Clip(clip))
    await ann.chat.until(lambda chat: WORDS.second_clip in chat.texts)
    await ann.sends(Clip(clip))
    await ann.chat.until(lambda chat: WORDS.one_clip in chat.texts)
    assert not telegram.called("getFile") and not bot.queue.all()


async def test_a_damaged_clip_is_told_in_the_users_language(
    telegram: Telegram, bot: Bot, clip: bytes
) -> None:
    ann = telegram.user(7, "ru")
    await ann.sends_album([Clip(clip[: len(clip) // 3]), Photo(PAINTING)])
    await ann.chat.until(lambda chat: any("файл повреждён" in text for text in chat.texts))
    assert not bot.queue.all()


async def test_where_no_clips_are_taken_the_bot_says_so(
    telegram: Telegram, tmp_path: Path, clip: bytes
) -> None:
    ann, limits = telegram.user(7), replace(LIMITS, clip_seconds=0)
    async with running(telegram, tmp_path, limits=limits) as bot:
        await ann.sends_album([Clip(clip), Photo(PAINTING)])
        await ann.chat.until(lambda chat: any("choose a photo" in text for text in chat.texts))
        await ann.sends_album([Photo(PHOTO), Photo(PAINTING)])
        assert (await bot.job()).request.length is None
