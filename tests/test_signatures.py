"""Which files are clips, by their first bytes."""

import io
from pathlib import Path

import pytest
from PIL import Image
from tests import clips

from artstyle.video.signatures import is_clip, looks_like_clip

H264 = "libx264"
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("ending", "codec"),
    [("mp4", "libx264"), ("mov", "libx264"), ("mkv", "libx264"), ("avi", "mpeg4"), ("ts", "mpeg4")],
)
def test_clips_are_known_whatever_they_are_called(ending: str, codec: str, tmp_path: Path) -> None:
    made = clips.write(tmp_path / f"made.{ending}", clips.pictures(2), codec=codec, rate=25)
    assert is_clip(made.rename(tmp_path / "photo.jpg"))


@pytest.mark.parametrize("path", sorted(ROOT.glob("img/*/*")), ids=lambda path: path.name)
def test_no_sample_picture_is_a_clip(path: Path) -> None:
    assert not is_clip(path)


@pytest.mark.parametrize("kind", ["AVIF", "TIFF", "BMP", "WEBP", "PNG"])
def test_no_picture_is_a_clip(kind: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(file, kind)
    assert not looks_like_clip(file.getvalue())


def test_heif_shares_the_container_and_is_no_clip() -> None:
    assert not looks_like_clip(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert looks_like_clip(b"\0\0\0\x18ftypisom\0\0\2\0isomiso2")
    assert looks_like_clip(b"\0\0\0\x08wide\0\0\0\0mdat")


def test_a_gif_is_a_clip_only_on_request() -> None:
    assert not looks_like_clip(b"GIF89a")
    assert looks_like_clip(b"GIF89a", gif=True)
    assert not looks_like_clip(b"\x89PNG\r\n\x1a\n", gif=True)


def test_folders_and_missing_files_are_none(tmp_path: Path) -> None:
    assert not is_clip(tmp_path)
    assert not is_clip(tmp_path / "none.mp4")


def test_text_is_none() -> None:
    assert not looks_like_clip(b"")
    assert not looks_like_clip(b"G" * 4096)
