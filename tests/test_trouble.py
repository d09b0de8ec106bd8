"""Pictures that give programs trouble: what comes of them by the command line, lab and bot."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.bot import Bot, running
from tests.commandline import ONE, SMALL_ONE, Refuse, run
from tests.jobs import PAINTING
from tests.lab_app import Lab, form, lab
from tests.telegram_people import Document
from tests.telegram_server import Telegram, User

from artstyle.errors import (
    HeifMissing,
    PictureCut,
    PictureDamaged,
    PictureError,
    PictureHalf,
    PictureTooLong,
)
from artstyle.pictures import read
from artstyle.pictures.read import Header, check, examine
from artstyle.transfer import Transfer
from artstyle.wording import word

FOLDER = Path(__file__).parent / "trouble"
REFERENCE = np.asarray(Image.open(FOLDER / "ref.png").convert("RGB")) / 255
LOSSY = 0.025  # mean difference from the reference, of 1


@dataclass(frozen=True)
class Row:
    """A file, and what is right for it."""

    name: str
    close: float = 0.0005  # the mean difference from the reference that is allowed, of 1
    size: tuple[int, int] = (72, 96)
    warning: PictureCut | None = None
    refused: PictureError | None = None
    share: float = 1.0  # of its bytes

    @property
    def data(self) -> bytes:
        data = (FOLDER / self.name).read_bytes()
        return data[: int(len(data) * self.share)]

    def shows(self, pixels: Any) -> bool:
        """Whether pixels (H, W, C) are right."""
        if pixels.shape[:2] != self.size:
            return False
        if self.size != (72, 96):  # of one colour
            return bool((pixels == pixels[0, 0]).all())
        values = pixels[..., :3] / np.iinfo(pixels.dtype).max
        return bool(np.abs(values - REFERENCE).mean() < self.close)


ONE_PERCENT = PictureCut(percent=1)
ROWS = [
    Row("ref.png"),
    Row("iphone.heic", LOSSY),
    Row("iphone-named.jpg", LOSSY),
    Row("jpeg-no-eoi.jpg", LOSSY, warning=ONE_PERCENT),
    Row("jpeg-cut-99.jpg", LOSSY, warning=ONE_PERCENT),
    Row("photo.avif", LOSSY),
    Row("png-bad-crc-iCCP.png"),
    Row("png-bad-crc-pHYs.png"),
    Row("png-gama-linear.png", 0.01),
    Row("png-icc-1.3MB.png"),
    Row("png-itxt-1.3MB.png"),
    Row("samsung-108mp.png", size=(4500, 6000)),
    Row("tiff-16-planar.tif"),
    Row("webp-as-jpg.jpg", LOSSY),
    Row("strip-2100x100.png", refused=PictureTooLong(2100, 100, 20)),
    Row("jpeg-no-eoi.jpg", refused=PictureHalf(percent=45), share=0.4),
    Row("ref.png", refused=PictureHalf(percent=40), share=0.4),
    Row("iphone.heic", refused=PictureDamaged(), share=0.5),
]
by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.share:g}")


def told(error: PictureError, language: str = "en", **about: Any) -> str:
    """The sentence of an error about a picture."""
    error = copy(error)
    for name, value in about.items():
        setattr(error, name, value)
    return word(error, language)


# The command line


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, small_preset: None) -> list[Any]:
    """What runs were given; each is stopped as by Ctrl-C."""
    given: list[Any] = []

    def begin(self: Transfer, content: Any, *others: Any, **masks: Any) -> None:
        given.append(content)
        raise KeyboardInterrupt

    monkeypatch.setattr(Transfer, "__init__", begin)
    monkeypatch.setattr(read, "LARGE", 10**9)  # nothing is shrunk to what a run needs
    return given


@by_row
def test_the_command_line(
    row: Row,
    *,
    begun: list[Any],
    painting: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    photo, out = painting.with_name(f"its {row.name}"), painting.with_name("out.png")
    photo.write_bytes(row.data)
    code = run(photo, painting, "-o", out, *SMALL_ONE)
    (line,) = capsys.readouterr().err.splitlines()
    warning = row.warning and told(row.warning, name=photo.name)
    assert [each.getMessage() for each in caplog.records] == ([warning] if warning else [])
    if row.refused:
        assert (code, begun) == (2, [])
        assert line == f"artstyle: {told(row.refused, name=photo.name)}"
        return
    assert line.startswith("artstyle: stopped before")
    sixteen = (begun[0][0] * 65535).round().numpy().astype(np.uint16)
    assert row.shows(sixteen.transpose(1, 2, 0))


def test_a_picture_is_made_of_what_is_there(painting: Path) -> None:
    photo, out = FOLDER / "jpeg-no-eoi.jpg", painting.with_name("out.png")
    words = [sys.executable, "-m", "artstyle", str(photo), str(painting), "-o", str(out), *ONE]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    warning = f"artstyle: warning: {told(ONE_PERCENT, name=photo.name)}"
    assert done.stderr.splitlines()[0] == warning
    assert check(out) == Header("PNG", 341, 256)


# The lab


async def test_the_lab(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        wrong = [f"{row.name} {row.share:g}" for row in ROWS if not await _by_lab(it, row)]
    assert not wrong


async def _by_lab(it: Lab, row: Row) -> bool:
    """Whether the lab does what is right for a row, by its API and on its page."""
    async with it.client.post("/api/jobs", data=form(content=row.data)) as answer:
        told_by_it, status = await answer.json(), answer.status
    if row.refused:
        code = told_by_it["data"]["fields"]["content"]["code"]
        sentence = told(row.refused, role="content")
        return (status, code) == (422, row.refused.code) and told_by_it["error"] == sentence
    job = it.queue.get(told_by_it["id"])
    assert job is not None
    page = await it.text(f"/jobs/{job.id}")
    warning = row.warning and told(row.warning, role="content")
    noted = warning in page if warning else "cut off" not in page
    missing = told_by_it["content"]["missing"] is not None
    shown = row.shows(examine(it.queue.files(job).source("content")).pixels)
    return status == 201 and noted and missing == bool(warning) and shown


# The bot


async def test_the_bot(telegram: Telegram, tmp_path: Path) -> None:
    async with running(telegram, tmp_path) as bot:
        wrong = []
        for number, row in enumerate(ROWS):
            language = ("en", "ru")[number % 2]
            if not await _by_bot(bot, telegram.user(100 + number, language), row, language):
                wrong.append(f"{row.name} {row.share:g}")
    assert not wrong


async def _by_bot(bot: Bot, user: User, row: Row, language: str) -> bool:
    jobs = len(bot.queue.all())
    await user.sends_album(_documents(row))
    answer = row.refused or row.warning
    if answer:
        text = f"{told(answer, language, role='content')}."
        await user.chat.until(lambda chat: text in chat.texts)
    if row.refused:
        return len(bot.queue.all()) == jobs
    job = await bot.job(jobs + 1)
    return row.shows(examine(bot.queue.files(job).source("content")).pixels)


def _documents(row: Row) -> Sequence[Document]:
    photo = Document(row.data, row.name, "application/octet-stream")
    return [photo, Document(PAINTING, "painting.png", "image/png")]


# Without what reads HEIC


@pytest.fixture
def without_heif(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide pillow-heif from this process and from the children that decode."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    folder = tmp_path / "hiding"
    folder.mkdir()
    (folder / "pillow_heif.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(folder))


HEIC = [Row("iphone.heic", refused=HeifMissing()), Row("iphone-named.jpg", refused=HeifMissing())]


@pytest.mark.parametrize("row", HEIC, ids=lambda row: row.name)
@pytest.mark.usefixtures("without_heif")
def test_the_command_line_names_heic_and_what_to_do(row: Row, refuse: Refuse, photo: Path) -> None:
    bad = photo.with_name(row.name)
    bad.write_bytes(row.data)
    line = refuse(bad, photo, "-o", photo.with_name("out.png"))
    assert line == f"artstyle: {told(HeifMissing(), name=row.name)}\n"
    assert "HEIC" in line and "requirements-heif.txt" in line and "JPEG" in line


@pytest.mark.usefixtures("without_heif")
async def test_the_lab_names_heic_and_what_to_do(tmp_path: Path) -> None:
    async with lab(tmp_path) as it:
        for row in HEIC:
            assert await _by_lab(it, row)
        async with it.client.post("/jobs", data=form(content=HEIC[0].data)) as answer:
            page = unescape(await answer.text())
            assert answer.status == 422 and told(HeifMissing(), role="content") in page


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.usefixtures("without_heif")
async def test_the_bot_names_heic_and_what_to_do(
    telegram: Telegram, tmp_path: Path, language: str
) -> None:
    async with running(telegram, tmp_path) as bot:
        assert await _by_bot(bot, telegram.user(7, language), HEIC[0], language)
    text = told(HeifMissing(), language, role="content")
    assert "HEIC" in text and "requirements-heif.txt" in text and "JPEG" in text
