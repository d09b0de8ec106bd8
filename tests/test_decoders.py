"""Which files are taken as clips, and what becomes of them in the children."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests import clips
from tests.jobs import LIMITS, PAINTING, PHOTO
from tests.test_gif import gif

from artstyle.errors import ClipHeavy, ClipsRefused, ClipTooLong, PictureError
from artstyle.jobs.decoders import Decoders, is_clip
from artstyle.jobs.files import JobFiles
from artstyle.pictures.messages import Length

FEW = replace(LIMITS, clip_seconds=1.0, clip_bytes=50_000)


@asynccontextmanager
async def decoders(*, clips: bool = True) -> AsyncIterator[Decoders]:
    opened = Decoders(FEW, clips=clips)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    return clips.write(tmp_path / "given.mp4", clips.pictures(4)).read_bytes()


def test_a_clip_is_told_by_its_first_bytes(clip: bytes) -> None:
    assert (is_clip(clip), is_clip(gif(3)), is_clip(gif(1)), is_clip(PHOTO)) == (
        *("video", "gif", "", ""),
    )


async def test_a_clip_is_taken_only_in_place_of_the_photo(clip: bytes) -> None:
    async with decoders() as both:
        assert both.takes_as_clip("content", clip) and both.takes_as_clip("content", gif(2))
        assert not both.takes_as_clip("style", clip) and not both.takes_as_clip("content", PHOTO)
        with pytest.raises(PictureError, match="video"):
            await both.check("ann", "style", clip)


async def test_where_no_clips_are_taken_a_gif_is_a_photo(clip: bytes) -> None:
    async with decoders(clips=False) as pictures:
        assert not pictures.takes_clips and not pictures.takes_as_clip("content", gif(2))
        with pytest.raises(ClipsRefused, match="choose a photo"):
            await pictures.check("ann", "content", clip)
        assert (await pictures.check("ann", "content", gif(2))).length is None


async def test_a_large_clip_is_refused_by_its_announced_size(clip: bytes) -> None:
    async with decoders() as both:
        with pytest.raises(ClipHeavy, match=r"0\.05 MB"):
            both.takes_as_clip("content", clip, 50_001)
        with pytest.raises(ClipHeavy):
            both.takes_as_clip("content", clip + bytes(50_000))


async def test_a_child_stores_clips_and_another_one_pictures(tmp_path: Path, clip: bytes) -> None:
    files = JobFiles(tmp_path / "job")
    files.folder.mkdir()
    async with decoders() as both:
        stored = await both.store("ann", "content", clip, files)
        await both.store("ann", "style", PAINTING, files)
        assert stored.length == Length(0.5, 4, 8.0)
        assert len(clips.decoded(files.clip)) == 4
        assert files.source("style").is_file() and not files.source("content").exists()
        assert all(path.is_file() for path in files.views("content"))
        long = clips.write(tmp_path / "long.mp4", clips.pictures(14, 64, 128)).read_bytes()
        with pytest.raises(ClipTooLong, match=r"1\.75 s long, more than 1 s"):
            await both.check("ann", "content", long)


async def test_a_gif_that_moves_is_stored_as_a_clip(tmp_path: Path) -> None:
    files = JobFiles(tmp_path / "job")
    files.folder.mkdir()
    async with decoders() as both:
        stored = await both.store("ann", "content", gif(4, duration=100), files)
    assert stored.length and stored.length.frames == 4 and files.clip.is_file()
