"""The bot in use: an album in, pictures out, over real HTTP."""

from pathlib import Path

from tests.bot import running
from tests.jobs import PAINTING, PHOTO, picture
from tests.telegram_server import Document, Photo, Telegram

from artstyle.jobs import ThreadEngine


async def test_an_album_becomes_a_picture(tmp_path: Path) -> None:
    async with Telegram() as telegram, running(telegram, tmp_path) as bot:
        ann = telegram.user(7)
        await ann.sends_album([Photo(PHOTO), Photo(PAINTING)], caption="strong, keep colors")
        job = await bot.job()
        await ann.chat.until(lambda chat: "Taken: strong, keep colors." in chat.texts)
        assert (job.owner, job.private, job.settings.keep_colors) == ("tg:7", True, True)
        for percent in (20, 40, 60, 80):
            await bot.advance(job, percent)
            caption = f"{percent} %"
            await ann.chat.until(lambda chat: any(m.caption == caption for m in chat.photos))
        await bot.finish(job)
        await ann.chat.until(lambda chat: chat.documents)
        captions = [message.caption for message in ann.chat.photos if message in ann.chat.from_bot]
        assert captions == ["20 %", "40 %", "60 %", "80 %", "Done"]
        assert [m.silent for m in ann.chat.from_bot if m.photo] == [True] * 4 + [False]
        (file,) = ann.chat.documents
        assert file.document == picture(9, 256, 341) and file.file_name == "picture.png"
        await ann.chat.until(lambda chat: any("Done in" in (t or "") for t in chat.texts))


async def test_files_work_as_well_and_so_does_the_real_engine(tmp_path: Path) -> None:
    engine = ThreadEngine({"cpu": 1, "cuda": 1, "mps": 1}, large_levels=3)
    async with (
        Telegram() as telegram,
        running(telegram, tmp_path, engine, iterations=6) as bot,
    ):
        ann = telegram.user(7)
        await ann.sends_album(
            [Document(PHOTO, "a.png", "image/png"), Document(PAINTING, "b.png", "image/png")]
        )
        job = await bot.job()
        await ann.chat.until(
            lambda chat: [m for m in chat.documents if m in chat.from_bot], seconds=90
        )
        captions = [message.caption for message in ann.chat.photos]
        assert captions == ["20 %", "40 %", "60 %", "80 %", "Done"]
        (file,) = [m for m in ann.chat.documents if m in ann.chat.from_bot]
        assert file.document == bot.queue.files(job).result.read_bytes()
