"""Clips as they are read: rate, size, position, and what is refused."""

import logging
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from tests import clips

from artstyle.errors import (
    ClipDamaged,
    ClipHeavy,
    ClipReaderMissing,
    ClipTooLong,
    ClipTooShort,
    ClipUnreadable,
    ClipUnsupported,
    ClipWithoutVideo,
    PictureTooLong,
    PictureTooSmall,
)
from artstyle.video import reading
from artstyle.video.excerpt import Excerpt
from artstyle.video.reading import Limits

NEAR = 4  # grey levels that compression changes, but at edges


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return clips.write(tmp_path / "clip.mp4", clips.pictures())


def read(path: Path, excerpt: Excerpt | None = None, enough: int = 512) -> list[reading.Frame]:
    excerpt = excerpt or Excerpt()
    return list(reading.frames(reading.check(path, excerpt), excerpt, enough))


def apart(frame: reading.Frame, picture: clips.Picture) -> float:
    """Median difference in grey levels."""
    peak = np.iinfo(frame.pixels.dtype).max
    return float(np.median(np.abs(frame.pixels * (255 / peak) - picture)))


def shown(frames: list[reading.Frame], pictures: list[clips.Picture]) -> list[int]:
    """Which picture each frame is nearest to."""
    differences = [
        [float(np.square(frame.pixels.astype(float) - each).mean()) for each in pictures]
        for frame in frames
    ]
    return [int(np.argmin(each)) for each in differences]


def test_a_clip_is_described_by_its_header_and_first_frame(clip: Path) -> None:
    found = reading.check(clip)
    assert found == reading.Clip(clip, (64, 64), Fraction(8), 0.75, 0.0, sound=False)
    assert found.count(Excerpt()) == 6
    assert found.count(Excerpt(0.25, rate=Fraction(4))) == 2


def test_frames_are_those_that_were_written(clip: Path) -> None:
    found = read(clip)
    assert [frame.fresh for frame in found] == [True] * 6
    assert shown(found, clips.pictures()) == [0, 1, 2, 3, 4, 5]
    assert apart(found[0], clips.pictures()[0]) < NEAR


def test_a_part_is_read_alone(clip: Path) -> None:
    assert shown(read(clip, Excerpt(0.25, 0.5)), clips.pictures()) == [2, 3]


def test_a_part_further_on_is_found_by_seeking(tmp_path: Path) -> None:
    pictures = clips.pictures(30, width=128)
    path = clips.write(tmp_path / "long.mp4", pictures)
    assert shown(read(path, Excerpt(2.5, 3.0)), pictures) == [20, 21, 22, 23]


def test_a_variable_rate_becomes_constant(tmp_path: Path) -> None:
    pictures = clips.pictures(4)
    path = clips.write(tmp_path / "vfr.mkv", pictures, times=[0, 10, 40, 50], rate=10)
    found = read(path, Excerpt(rate=Fraction(10)))
    assert [frame.fresh for frame in found[:6]] == [True, True, False, False, True, True]
    assert shown(found[:6], pictures) == [0, 1, 1, 1, 2, 3]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_clip_from_a_phone_held_sideways_is_turned_upright(rotation: int, tmp_path: Path) -> None:
    upright = clips.pictures(2, height=96, width=64)
    turned = [np.ascontiguousarray(np.rot90(each, -rotation // 90)) for each in upright]
    path = clips.write(tmp_path / "phone.mp4", turned, rotation=rotation)
    assert reading.check(path).size == (96, 64)
    assert apart(read(path)[0], upright[0]) < NEAR


def test_wide_pixels_are_made_square(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "dv.mp4", clips.pictures(2), aspect=Fraction(3, 2))
    assert reading.check(path).size == (64, 96)
    assert read(path)[0].pixels.shape == (64, 96, 3)


def test_large_frames_are_shrunk_to_what_is_enough(clip: Path) -> None:
    assert read(clip, enough=32)[0].pixels.shape == (32, 32, 3)


def test_ten_bits_are_kept(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "deep.mp4", clips.pictures(2), pixels="yuv420p10le")
    (frame, _) = read(path)
    assert frame.pixels.dtype == np.uint16
    assert len(np.unique(frame.pixels)) > 256
    assert apart(frame, clips.pictures(1)[0]) < NEAR


def test_a_full_range_is_not_stretched(tmp_path: Path) -> None:
    grey = [np.full((64, 64, 3), 235, np.uint8)] * 2
    path = clips.write(tmp_path / "full.mp4", grey, pixels="yuvj420p")
    assert apart(read(path)[0], grey[0]) < 2  # read as limited, it would be white


def test_colours_of_a_higher_dynamic_range_are_dimmed(tmp_path: Path) -> None:
    white = [np.full((64, 64, 3), 148, np.uint8)] * 2  # 203 cd/m² in PQ, the white of a screen
    tags = {"color_trc": 16, "color_primaries": 9, "colorspace": 9}
    plain = clips.write(tmp_path / "plain.mp4", white, pixels="yuv420p10le")
    bright = clips.write(tmp_path / "bright.mp4", white, pixels="yuv420p10le", tags=tags)
    light, usual = (read(each)[0].pixels.mean() / 65535 for each in (bright, plain))
    assert usual == pytest.approx(148 / 255, abs=0.01)
    assert 0.7 < light <= 1


def test_an_animated_gif_is_a_clip(tmp_path: Path) -> None:
    first, second = (Image.fromarray(each) for each in clips.pictures(2))
    path = tmp_path / "moving.gif"
    first.save(path, save_all=True, append_images=[second], duration=200)
    found = read(path)
    assert len([frame for frame in found if frame.fresh]) == 2
    assert reading.check(path).size == (64, 64)


def test_a_recording_that_gives_no_length_is_measured(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "raw.h264", clips.pictures(), rate=25)
    assert len(read(path)) == 6


def test_sound_is_noticed(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "loud.mp4", clips.pictures(2), sound="aac")
    assert reading.check(path).sound


def test_damage_in_the_middle_leaves_out_what_it_hits(
    clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, data = read(clip), bytearray(clip.read_bytes())
    middle = data.index(b"mdat") + len(data) // 2
    data[middle : middle + 600] = b"\xff" * 600
    clip.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        found = read(clip)
    assert 1 <= len(found) <= len(whole)


def test_a_file_without_video_is_refused(tmp_path: Path) -> None:
    path = clips.only_sound(tmp_path / "song.mp4")
    with pytest.raises(ClipWithoutVideo, match=r"^song\.mp4 holds no video; choose another file$"):
        reading.check(path)


def test_a_damaged_file_is_refused(clip: Path) -> None:
    clip.write_bytes(clip.read_bytes()[:900])
    with pytest.raises(ClipDamaged, match=r"^clip\.mp4 is damaged or cut off"):
        reading.check(clip)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClipUnreadable, match=r"none\.mp4 can't be read \(no such file"):
        reading.check(tmp_path / "none.mp4")


def test_a_codec_that_nothing_here_reads_is_told(clip: Path) -> None:
    clip.write_bytes(clip.read_bytes().replace(b"avc1", b"zzz1").replace(b"avcC", b"zzzC"))
    with pytest.raises(ClipUnsupported, match=r"can't be read here; save it as H\.264"):
        reading.check(clip)


def test_limits_are_told_with_what_exceeds_them(clip: Path) -> None:
    with pytest.raises(ClipHeavy, match=r"clip\.mp4 is larger than 0\.001 MB"):
        reading.check(clip, limits=Limits(bytes=1000))
    with pytest.raises(ClipTooLong, match=r"clip\.mp4 is 0\.75 s long, more than 0\.5 s"):
        reading.check(clip, limits=Limits(seconds=0.5))
    assert reading.check(clip, Excerpt(0.25), Limits(seconds=0.5)).seconds == 0.75


def test_a_part_beyond_the_end_is_refused(clip: Path) -> None:
    with pytest.raises(ClipTooShort, match=r"ends after 0\.75 s: begin before that, not at 3 s"):
        reading.check(clip, Excerpt(3.0))


def test_sizes_that_no_picture_may_have_are_refused(tmp_path: Path) -> None:
    small = clips.write(tmp_path / "small.mp4", [np.zeros((8, 32, 3), np.uint8)])
    with pytest.raises(PictureTooSmall, match=r"small\.mp4 is 32 × 8 pixels"):
        reading.check(small)
    long = clips.write(tmp_path / "long.mp4", [np.zeros((16, 400, 3), np.uint8)])
    with pytest.raises(PictureTooLong, match=r"long\.mp4 is 400 × 16 pixels"):
        reading.check(long)


def test_what_reads_clips_may_be_missing(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(ClipReaderMissing, match=r"pip install -r requirements-base\.txt"):
        reading.check(clip)


def test_a_title_in_another_encoding_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Stra*enbahn"
        video: Any = container.add_stream("mpeg4", rate=8)
        video.height = video.width = 64
        for number, picture in enumerate(clips.pictures(2)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    data = path.read_bytes()
    assert b"Stra*enbahn" in data
    path.write_bytes(data.replace(b"Stra*", "Straß".encode("latin-1")))
    assert reading.check(path).size == (64, 64)
