"""A job's pictures in other sizes and formats: when they are made, where they are kept."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.jobs import picture

from artstyle.errors import SidesTooLong
from artstyle.jobs import renditions
from artstyle.jobs.files import JobFiles, own_files
from artstyle.jobs.renditions import Renditions, small


@pytest.fixture
def made() -> Iterator[Renditions]:
    pictures = Renditions()
    yield pictures
    pictures.close()


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    for name in ("preview", "content"):
        (tmp_path / f"{name}.jpg").write_bytes(picture(3, 300, 600, ".jpg"))
    return JobFiles(tmp_path)


def shape(path: Path | None) -> tuple[str | None, tuple[int, int]]:
    assert path is not None
    with Image.open(path) as image:
        return image.format, image.size


@pytest.mark.parametrize(
    ("width", "size"), [(192, (192, 96)), (384, (384, 192)), (768, (600, 300))]
)
async def test_it_is_a_webp_of_that_width_but_never_enlarged(
    made: Renditions, files: JobFiles, width: int, size: tuple[int, int]
) -> None:
    path = await made.small(files, f"preview-{width}.webp")
    assert shape(path) == ("WEBP", size) and path in own_files(files.folder)


def test_a_thin_picture_keeps_a_pixel() -> None:
    data = io.BytesIO()
    Image.new("RGB", (4000, 1)).save(data, "jpeg")
    with Image.open(io.BytesIO(small(data, 192))) as image:
        assert image.size == (192, 1)


async def test_it_is_made_once_and_again_when_its_picture_changes(
    made: Renditions, files: JobFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    real = renditions.small

    def counting(source: Path, width: int) -> bytes:
        counted.append(width)
        return real(source, width)

    monkeypatch.setattr(renditions, "small", counting)
    wanted = [made.small(files, "preview-192.webp") for _ in range(5)]
    assert len(set(await asyncio.gather(*wanted))) == 1 and len(counted) == 1
    (files.folder / "preview.jpg").write_bytes(picture(5, 90, 600, ".jpg"))
    assert shape(await made.small(files, "preview-192.webp")) == ("WEBP", (192, 29))
    assert len(counted) == 2


@pytest.mark.parametrize(
    "name",
    ["preview-200.webp", "start-192.webp", "result-192.webp", "../a-192.webp", "preview-192.png"],
)
async def test_there_is_nothing_else(made: Renditions, files: JobFiles, name: str) -> None:
    before = set(files.folder.iterdir())
    assert await made.small(files, name) is None
    assert set(files.folder.iterdir()) == before


@pytest.mark.parametrize(
    ("format", "ending"), [("png", ".png"), ("jpeg", ".jpeg"), ("webp", ".webp")]
)
async def test_a_result_in_each_format(
    made: Renditions, files: JobFiles, format: str, ending: str
) -> None:
    assert await made.result(files, "jpeg") is None
    files.result.write_bytes(picture(3, 300, 600))
    path = await made.result(files, format)
    assert shape(path) == (format.upper(), (600, 300))
    assert path in own_files(files.folder) and path.suffix == ending


async def test_a_result_that_a_format_cant_hold_is_refused(
    made: Renditions, files: JobFiles
) -> None:
    Image.new("RGB", (16_384, 8)).save(files.result)
    with pytest.raises(SidesTooLong, match="16384 × 8 px, too many for WEBP, which ends at 16383"):
        await made.result(files, "webp")
    assert shape(await made.result(files, "jpeg")) == ("JPEG", (16_384, 8))
