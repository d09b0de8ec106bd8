"""A job's pictures as they are stored."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.jobs import picture, sixteen_bits, submission
from tests.pictures import exif, pillow

from artstyle.jobs.files import JobFiles
from artstyle.jobs.submission import THUMB, VIEW
from artstyle.pictures import read
from artstyle.settings import Settings


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    return JobFiles(tmp_path / "job")


def opened(path: Path | None) -> Image.Image:
    assert path is not None
    return Image.open(path)


@pytest.mark.parametrize(
    "data",
    [
        picture(1, 900, 1800),
        picture(1, 2400, 3000, ".jpg"),  # larger than any level of a job needs
        sixteen_bits(70, 90),
        picture(2, 72, 96, ".webp"),
    ],
)
def test_the_stored_pixels_are_those_of_the_file(files: JobFiles, data: bytes) -> None:
    content, style = submission(content=data).store(files)
    stored = read.decode(files.source("content"))
    assert np.array_equal(stored, read.decode(data))
    assert content.size == stored.shape[1:]
    assert style.size == (80, 64)


def test_pictures_to_look_at_are_small_jpegs(files: JobFiles) -> None:
    submission(content=picture(1, 900, 1800)).store(files)
    view, thumb = (opened(files.picture(name)) for name in ("content", "content-thumb"))
    assert (view.size, thumb.size) == ((VIEW, VIEW // 2), (THUMB, THUMB // 2))
    assert view.format == thumb.format == "JPEG"
    for name in ("style", "style-thumb"):
        assert opened(files.picture(name)).size == (64, 80)  # not enlarged


def test_a_picture_is_turned_upright_and_loses_its_metadata(files: JobFiles) -> None:
    red = Image.new("RGB", (80, 70), (200, 0, 0))
    turned = pillow(red, "JPEG", exif=exif(6), comment=b"secret")
    content, _ = submission(content=turned).store(files)
    assert content.size == (80, 70)
    for name in ("content.png", "content.jpg", "content-thumb.jpg"):
        data = (files.folder / name).read_bytes()
        image = Image.open(io.BytesIO(data))
        assert b"secret" not in data and not image.getexif()
        assert image.size == (70, 80)
        pixel = image.getpixel((3, 3))
        assert isinstance(pixel, tuple) and pixel[0] > 190 and max(pixel[1:]) < 10


def test_a_key_is_the_same_only_for_the_same() -> None:
    one = submission(content=b"a", style=b"b")
    assert one.key() == submission("bob", content=b"a", style=b"b").key()
    others = [submission(content=b"b", style=b"a"), submission(content=b"ab", style=b"")]
    others.append(submission(content=b"a", style=b"b", settings=Settings(seed=1)))
    assert len({each.key() for each in (one, *others)}) == 4
