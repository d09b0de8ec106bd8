"""What is refused before a decoder sees it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.hostile import exif_segments, flat_png, flat_webp, photo, scans, segments
from tests.pictures import REAL

from artstyle.errors import PictureMemory, PictureSlow
from artstyle.machine import ram
from artstyle.pictures.limits import DECODING, check_jpeg
from artstyle.pictures.read import check, decode, load


@pytest.mark.parametrize(
    "data",
    [
        scans(1000),
        scans(101),
        exif_segments(65),
        exif_segments(20_000),
        segments(2001, b"hello", 0xFE),
        segments(50_000, b"ICC_PROFILE\0\1\1", 0xE2),
    ],
    ids=["scans", "a scan too many", "EXIF", "much EXIF", "comments", "profiles"],
)
def test_a_jpeg_that_would_take_for_ever_is_refused_at_once(data: bytes) -> None:
    for look in (check, load):
        with pytest.raises(PictureSlow, match="takes too long to decode; save it again"):
            look(data)


@pytest.mark.parametrize(
    "data",
    [
        scans(80),
        exif_segments(10),
        segments(300, b"http://ns.adobe.com/xmp/extension/\0" + bytes(60_000)),
        photo("JPEG", progressive=True),
        photo("JPEG", comment=b"\xff\xda" * 200),
        photo("JPEG") + b"".join(photo("JPEG") for _ in range(150)),
    ],
    ids=["many scans", "EXIF", "a depth map", "progressive", "scans in a comment", "behind"],
)
def test_what_programs_and_cameras_write_is_not(data: bytes) -> None:
    assert check(data).format in ("JPEG", "MPO")


def test_scans_are_counted_where_a_count_of_bytes_is_not_enough() -> None:
    """A thumbnail's and a comment's bytes look like scans; those of the picture are few."""
    check_jpeg(photo("JPEG", comment=b"\xff\xda" * 5000))
    with pytest.raises(PictureSlow):
        check_jpeg(scans(200))


@pytest.mark.parametrize("kind", REAL)
def test_every_format_has_a_figure_for_memory(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ram, "free", lambda: 1000)
    with pytest.raises(PictureMemory, match="needs too much memory to decode; make it smaller"):
        check(REAL[kind])


def test_a_picture_that_fits_only_as_integers_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(flat_png(600, 400))
    monkeypatch.setattr(ram, "free", lambda: 11 * 600 * 400)  # float32 needs 12 bytes per pixel
    assert decode(path).shape == (400, 600, 3)
    with pytest.raises(PictureMemory, match=r"^large\.png needs too much memory"):
        load(path)


@pytest.mark.parametrize(
    ("make", "format"), [(flat_png, "PNG"), (flat_webp, "WebP")], ids=["PNG", "WebP"]
)
def test_memory_is_checked_by_size_and_format(
    make: Callable[[int, int], bytes], format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = DECODING[format] * 600 * 400
    monkeypatch.setattr(ram, "free", lambda: need)
    assert check(make(600, 400)).width == 600
    monkeypatch.setattr(ram, "free", lambda: need - 1)
    with pytest.raises(PictureMemory):
        check(make(600, 400))
