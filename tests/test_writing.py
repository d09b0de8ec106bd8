"""The MP4s that are written: pictures, colours, sound, and nothing half."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests import clips

from artstyle.errors import DiskUnwritable
from artstyle.video import reading, writing
from artstyle.video.excerpt import Excerpt

RATE = Fraction(8)


def test_frames_come_back_in_their_order(tmp_path: Path) -> None:
    out, pictures = tmp_path / "out.mp4", clips.pictures(5)
    writing.write(out, pictures, RATE)
    found = clips.decoded(out)
    apart = [[np.square(each - frame.astype(float)).mean() for each in pictures] for frame in found]
    assert [int(np.argmin(each)) for each in apart] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("colour", [(200, 40, 60), (30, 180, 90), (20, 60, 220), (255, 255, 255)])
def test_colours_come_back(colour: tuple[int, int, int], tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    writing.write(out, [np.full((32, 32, 3), colour, np.uint8)], RATE)
    assert np.abs(clips.decoded(out)[0].astype(int) - colour).max() <= 3


def test_players_are_told_all_they_need(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    writing.write(out, clips.pictures(2), Fraction(30000, 1001))
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == Fraction(30000, 1001)
        tags = stream.color_range, stream.colorspace, stream.color_primaries, stream.color_trc
        assert tags == (1, 1, 1, 1)  # limited range, BT.709
    data = out.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # so it plays while it loads


def test_odd_sides_lose_a_row_and_a_column(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    writing.write(out, [clips.texture(65, 71, 0)], RATE)
    (frame,) = clips.decoded(out)
    assert frame.shape == (64, 70, 3)


def failing() -> Iterator[clips.Picture]:
    yield from clips.pictures(2)
    raise KeyboardInterrupt


def test_what_is_stopped_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        writing.write(out, failing(), RATE)
    assert [each.name for each in tmp_path.iterdir()] == ["out.mp4"]
    assert out.read_bytes() == b"old"


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(DiskUnwritable):
        writing.write(tmp_path / "none" / "out.mp4", clips.pictures(1), RATE)


@pytest.mark.parametrize(
    ("ending", "codec", "kept"),
    [("mp4", "aac", "aac"), ("mkv", "mp3", "mp3"), ("mkv", "pcm_s16le", "aac")],
)
def test_sound_is_kept_as_it_is_where_an_mp4_can_hold_it(
    ending: str, codec: str, kept: str, tmp_path: Path
) -> None:
    path = clips.write(tmp_path / f"in.{ending}", clips.pictures(8), sound=codec)
    out = tmp_path / "out.mp4"
    writing.write(out, clips.pictures(8), RATE, reading.check(path), Excerpt())
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.codec.canonical_name == kept
    assert loudness(out, 0.9) == pytest.approx(loudness(path, 0.9), rel=0.15)
    assert len(clips.heard(out)) / clips.SOUND_RATE == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize(("ending", "codec"), [("mp4", "aac"), ("mkv", "pcm_s16le")])
def test_sound_is_cut_to_the_part(ending: str, codec: str, tmp_path: Path) -> None:
    path = clips.write(tmp_path / f"in.{ending}", clips.pictures(16, width=96), sound=codec)
    part, out = Excerpt(0.5, 1.5), tmp_path / "out.mp4"
    writing.write(out, clips.pictures(8), RATE, reading.check(path), part)
    assert len(clips.heard(out)) / clips.SOUND_RATE == pytest.approx(1, abs=0.08)
    for second in (0.2, 0.8):  # the tone grows with time, so that its loudness tells the place
        assert loudness(out, second) == pytest.approx(loudness(path, 0.5 + second), rel=0.15)


def test_sound_that_is_shorter_ends_earlier(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "in.mp4", clips.pictures(8), sound="aac", seconds=0.4)
    out = tmp_path / "out.mp4"
    writing.write(out, clips.pictures(8), RATE, reading.check(path), Excerpt())
    assert len(clips.decoded(out)) == 8
    assert len(clips.heard(out)) / clips.SOUND_RATE == pytest.approx(0.4, abs=0.08)


def loudness(path: Path, second: float) -> float:
    """Root mean square of a tenth of a second around a time, of the loudest possible."""
    middle = round(second * clips.SOUND_RATE)
    return float(np.sqrt(np.square(clips.heard(path)[middle - 2205 : middle + 2205]).mean()))
