"""What a child process makes of users' clips: the same moving pictures, and nothing else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from tests import clips

from artstyle.jobs.clip_decoder import GRACE, MOST_RATE, answer
from artstyle.pictures.messages import Check, Length, Refused, Size, Store, Unwritten
from artstyle.pictures.pixels import Pixels
from artstyle.video import reading
from artstyle.video.excerpt import Excerpt

MOST = 2.0  # seconds


def data(folder: Path, frames: int = 6, name: str = "given.mp4", **said: Any) -> bytes:
    path = folder / name
    clips.write(path, clips.pictures(frames, 64, 96), **said)
    found = path.read_bytes()
    path.unlink()
    return found


def stored(folder: Path, clip: bytes) -> Size:
    paths = (str(folder / name) for name in ("content.mp4", "content.jpg", "content-thumb.jpg"))
    reply = answer(Store("content", clip, *paths), MOST)
    assert isinstance(reply, Size), reply
    assert {path.name for path in folder.iterdir()} == {
        *("content.mp4", "content.jpg", "content-thumb.jpg")
    }
    return reply


def read(path: Path) -> list[Pixels]:
    """The frames of a clip, as they are painted."""
    return [each.pixels for each in reading.frames(reading.check(path), Excerpt(), 64)]


def refused(clip: bytes) -> Refused:
    reply = answer(Check("content", clip), MOST)
    assert isinstance(reply, Refused) and reply.data["name"] is None
    return reply


def test_a_check_tells_size_and_length(tmp_path: Path) -> None:
    assert answer(Check("content", data(tmp_path)), MOST) == Size(
        64, 96, length=Length(0.75, 6, clips.RATE)
    )


def test_the_stored_clip_shows_the_same_and_has_its_sound(tmp_path: Path) -> None:
    given = data(tmp_path, sound="aac")
    reply = stored(tmp_path, given)
    assert reply == Size(64, 96, length=Length(0.75, 6, clips.RATE))
    kept = tmp_path / "content.mp4"
    shown = read(kept)
    (tmp_path / "given.mp4").write_bytes(given)
    for mine, theirs in zip(shown, read(tmp_path / "given.mp4"), strict=True):
        assert np.abs(mine.mean(-1) - theirs.mean(-1)).mean() < 3  # colours are kept at half size
    assert len(clips.heard(kept)) > 0.6 * clips.SOUND_RATE
    with Image.open(tmp_path / "content.jpg") as first:
        assert np.abs(np.asarray(first).mean(-1) - shown[0].mean(-1)).mean() < 3


def test_where_a_clip_was_recorded_is_not_kept(tmp_path: Path) -> None:
    buffer = io.BytesIO(data(tmp_path))
    secret = tmp_path / "secret.mp4"
    source: Any
    with av.open(buffer) as source, av.open(str(secret), "w") as target:
        target.metadata.update(title="+48.8577+002.295/", comment="my holiday")
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    given = secret.read_bytes()
    secret.unlink()
    assert b"my holiday" in given
    stored(tmp_path, given)
    kept = (tmp_path / "content.mp4").read_bytes()
    assert b"my holiday" not in kept and b"48.8577" not in kept


def test_a_clip_of_a_phone_is_stored_upright(tmp_path: Path) -> None:
    reply = stored(tmp_path, data(tmp_path, name="phone.mov", rotation=90))
    assert (reply.height, reply.width) == (96, 64)
    assert clips.decoded(tmp_path / "content.mp4")[0].shape == (96, 64, 3)


def test_of_a_fast_clip_every_second_frame_is_kept(tmp_path: Path) -> None:
    reply = stored(tmp_path, data(tmp_path, frames=8, rate=2 * MOST_RATE))
    assert reply.length == Length(round(4 / MOST_RATE, 3), 4, MOST_RATE)
    assert len(clips.decoded(tmp_path / "content.mp4")) == 4


def test_what_is_a_moment_too_long_is_cut_off(tmp_path: Path) -> None:
    reply = stored(tmp_path, data(tmp_path, frames=round((MOST + GRACE / 2) * clips.RATE)))
    assert reply.length and reply.length.seconds == MOST


def test_an_odd_size_loses_a_row_and_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp4"
    clips.write(path, clips.pictures(3, 65, 97), codec="libx264rgb", pixels="rgb24")
    given = path.read_bytes()
    path.unlink()
    reply = stored(tmp_path, given)
    assert (reply.height, reply.width) == (64, 96)


def test_a_longer_clip_is_refused_with_its_length(tmp_path: Path) -> None:
    reply = refused(data(tmp_path, frames=round((MOST + 1) * clips.RATE)))
    assert (reply.code, reply.data["seconds"], reply.data["most"]) == ("clip-too-long", 3.0, MOST)


def test_what_shows_nothing_is_refused(tmp_path: Path) -> None:
    whole = data(tmp_path)
    assert refused(whole[: len(whole) // 4]).code == "clip-damaged"
    assert refused(b"\0\0\0\x18ftypmp42" + bytes(900)).code == "clip-damaged"
    sound = clips.only_sound(tmp_path / "sound.mp4").read_bytes()
    assert refused(sound).code == "clip-without-video"


def test_a_full_or_missing_folder_is_told_as_such(tmp_path: Path) -> None:
    paths = (str(tmp_path / "gone" / name) for name in ("a.mp4", "a.jpg", "b.jpg"))
    assert isinstance(answer(Store("content", data(tmp_path), *paths), MOST), Unwritten)
