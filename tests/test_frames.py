"""The folder of finished frames: what it keeps, whose it is, what it never touches."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest
from tests import clips

from artstyle.errors import DiskFull, DiskUnwritable, FramesBusy, FramesFolderTaken, FramesOfAnother
from artstyle.video.frames import Frames, disk_errors

MADE_OF = {"clip": "a", "seed": 1}


@pytest.fixture
def frames(tmp_path: Path) -> Frames:
    return Frames(tmp_path / "frames")


def test_frames_come_back_bit_for_bit(frames: Frames) -> None:
    (picture,) = clips.pictures(1)
    with frames.opened(MADE_OF):
        assert frames.load(1) is None
        frames.save(1, picture)
        found = frames.load(1)
    assert found is not None and np.array_equal(found, picture)


def test_a_later_run_of_the_same_finds_them(frames: Frames) -> None:
    (picture,) = clips.pictures(1)
    with frames.opened(MADE_OF):
        frames.save(7, picture)
    with frames.opened(MADE_OF):
        assert frames.load(7) is not None
        assert frames.load(6) is None


def test_frames_of_another_are_refused_unless_they_may_go(frames: Frames) -> None:
    with frames.opened(MADE_OF):
        frames.save(1, clips.pictures(1)[0])
    expected = f"^{frames.folder} has frames of other pictures or settings: --force starts anew"
    with pytest.raises(FramesOfAnother, match=expected), frames.opened({"clip": "b"}):
        pass
    assert frames.load(1) is not None
    with frames.opened({"clip": "b"}, force=True):
        assert frames.load(1) is None
    assert json.loads((frames.folder / "clip.json").read_text()) == {"clip": "b"}


def test_force_keeps_frames_of_the_same(frames: Frames) -> None:
    for _ in range(2):
        with frames.opened(MADE_OF, force=True):
            frames.save(1, clips.pictures(1)[0])
            assert frames.load(1) is not None


def test_a_damaged_frame_counts_as_missing(frames: Frames) -> None:
    with frames.opened(MADE_OF):
        frames.save(1, clips.pictures(1)[0])
        data = frames.path(1).read_bytes()
        for damaged in (b"", b"no picture", data[: len(data) // 2]):
            frames.path(1).write_bytes(damaged)
            assert frames.load(1) is None


def test_a_folder_with_other_files_is_refused(frames: Frames) -> None:
    frames.folder.mkdir()
    (frames.folder / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(FramesFolderTaken, match="holds other files"), frames.opened(MADE_OF):
        pass
    assert [each.name for each in frames.folder.iterdir()] == ["holiday.jpg"]


def test_a_file_in_its_place_is_refused(frames: Frames) -> None:
    frames.folder.write_bytes(b"mine")
    with pytest.raises(FramesFolderTaken), frames.opened(MADE_OF):
        pass


def test_two_runs_never_share_it(frames: Frames) -> None:
    with frames.opened(MADE_OF):
        second = Frames(frames.folder)
        with pytest.raises(FramesBusy, match="another run is painting"), second.opened(MADE_OF):
            pass


def test_removing_leaves_what_others_put_there(frames: Frames) -> None:
    with frames.opened(MADE_OF):
        frames.save(1, clips.pictures(1)[0])
        (frames.folder / "notes.txt").write_text("mine")
    frames.remove()
    assert [each.name for each in frames.folder.iterdir()] == ["notes.txt"]


def test_removing_takes_the_folder_too(frames: Frames) -> None:
    with frames.opened(MADE_OF):
        frames.save(1, clips.pictures(1)[0])
        frames.remove()
    assert not frames.folder.exists()


def test_a_full_disk_is_told() -> None:
    with pytest.raises(DiskFull), disk_errors():
        raise OSError(errno.ENOSPC, "No space left on device")
    expected = r"a\.png can't be written \(Permission denied\)"
    with pytest.raises(DiskUnwritable, match=expected), disk_errors():
        raise OSError(errno.EACCES, "Permission denied", "a.png")
