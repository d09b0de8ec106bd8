"""Savepoints as files: lossless, whole or not there, and never trusted."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from artstyle.errors import RunError
from artstyle.savepoint import Savepoint
from artstyle.style.pyramid import Stage

STAGES = [Stage(((10, 12),), 4), Stage(((20, 24), (10, 12)), 2)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "savepoint.npz"


def savepoint(stage: int = 1, iteration: int = 2, size: tuple[int, int] = (20, 24)) -> Savepoint:
    picture = 3 * torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(7))
    return Savepoint(stage, iteration, 12.345678901234567, picture)


def packed(**changes: Any) -> bytes:
    """Make a savepoint file with arrays that `write` would never put there."""
    arrays = {
        "stage": np.int64(1),
        "iteration": np.int64(2),
        "seconds": np.float64(3.5),
        "picture": np.zeros((1, 3, 4, 5), np.float32),
        **changes,
    }
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in arrays.items() if array is not None})
    return buffer.getvalue()


def test_what_is_read_is_what_was_written_to_the_last_bit(file: Path) -> None:
    written = savepoint()
    assert written.picture.min() < -1 and written.picture.max() > 2
    written.write(file)
    read = Savepoint.read(file)
    assert read is not None
    assert (read.stage, read.iteration, read.seconds) == (1, 2, written.seconds)
    assert read.picture.dtype is torch.float32 and read.picture.is_contiguous()
    assert torch.equal(read.picture, written.picture)


def test_a_picture_that_lies_otherwise_in_memory_is_read_the_same(file: Path) -> None:
    last = savepoint().picture.to(memory_format=torch.channels_last)
    Savepoint(0, 1, 0.0, last).write(file)
    read = Savepoint.read(file)
    assert read is not None and read.picture.is_contiguous()
    assert torch.equal(read.picture, last)


def test_a_newer_savepoint_replaces_the_older_and_leaves_nothing_else(file: Path) -> None:
    file.with_name(f".{file.name}.part").write_bytes(b"left by a kill -9")
    savepoint(iteration=1).write(file)
    savepoint(iteration=2).write(file)
    read = Savepoint.read(file)
    assert read is not None and read.iteration == 2
    assert os.listdir(file.parent) == [file.name]  # noqa: PTH208  # hidden ones as well


def fail(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def half_written(stream: io.BufferedWriter, **_: object) -> None:
    stream.write(b"PK")
    fail()


@pytest.mark.parametrize(
    "broken", [("numpy.savez", half_written), ("pathlib.Path.replace", fail)], ids=lambda b: b[0]
)
def test_writing_that_fails_leaves_the_older_savepoint_and_nothing_else(
    broken: tuple[str, Callable[..., None]], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    savepoint(iteration=1).write(file)
    monkeypatch.setattr(*broken)
    with pytest.raises(OSError, match="No space"):
        savepoint(iteration=2).write(file)
    monkeypatch.undo()
    read = Savepoint.read(file)
    assert read is not None and read.iteration == 1
    assert os.listdir(file.parent) == [file.name]  # noqa: PTH208


def test_a_folder_that_is_gone_is_an_error_of_the_system(file: Path) -> None:
    with pytest.raises(FileNotFoundError):
        savepoint().write(file.parent / "gone" / file.name)


def test_no_file_is_no_savepoint(file: Path) -> None:
    assert Savepoint.read(file) is None
    assert Savepoint.read(file.parent / "gone" / file.name) is None


def test_a_file_cut_off_anywhere_is_refused(file: Path) -> None:
    savepoint().write(file)
    data = file.read_bytes()
    for length in range(0, len(data), 97):
        file.write_bytes(data[:length])
        with pytest.raises(RunError, match=r"savepoint\.npz .*damaged"):
            Savepoint.read(file)


def test_a_flipped_bit_in_the_picture_is_noticed(file: Path) -> None:
    savepoint().write(file)
    data = bytearray(file.read_bytes())
    where = data.index(savepoint().picture.numpy().tobytes())
    data[where + 1000] ^= 1
    file.write_bytes(data)
    with pytest.raises(RunError, match="damaged"):
        Savepoint.read(file)


DAMAGE: dict[str, dict[str, Any]] = {
    "float64": {"picture": np.zeros((1, 3, 4, 5))},
    "other byte order": {"picture": np.zeros((1, 3, 4, 5), ">f4")},
    "a batch": {"picture": np.zeros((2, 3, 4, 5), np.float32)},
    "grey": {"picture": np.zeros((1, 1, 4, 5), np.float32)},
    "no batch": {"picture": np.zeros((3, 4, 5), np.float32)},
    "not a number": {"picture": np.full((1, 3, 4, 5), np.nan, np.float32)},
    "infinite": {"picture": np.full((1, 3, 4, 5), np.inf, np.float32)},
    "no picture": {"picture": None},
    "no stage": {"stage": None},
    "half a stage": {"stage": np.float64(0.5)},
    "stages": {"stage": np.array([0, 1])},
    "stage below 0": {"stage": np.int64(-1)},
    "iteration below 0": {"iteration": np.int64(-1)},
    "seconds below 0": {"seconds": np.float64(-1)},
    "endless seconds": {"seconds": np.float64("inf")},
    "no seconds": {"seconds": np.float64("nan")},
}


@pytest.mark.parametrize("changes", DAMAGE.values(), ids=DAMAGE)
def test_contents_that_make_no_sense_are_refused(changes: dict[str, Any], file: Path) -> None:
    file.write_bytes(packed())
    assert Savepoint.read(file) is not None
    file.write_bytes(packed(**changes))
    with pytest.raises(RunError, match="damaged"):
        Savepoint.read(file)


def test_what_is_no_savepoint_at_all_is_refused(file: Path) -> None:
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    for data in (b"", b"hello", b"PK\x03\x04" + bytes(100), array.getvalue()):
        file.write_bytes(data)
        with pytest.raises(RunError, match="damaged"):
            Savepoint.read(file)
    with pytest.raises(RunError, match="can't be read"):
        Savepoint.read(file.parent)


class Trap:
    """Leaves a folder behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_nothing_in_a_file_is_run(file: Path) -> None:
    trap = file.with_name("sprung")
    file.write_bytes(packed(stage=np.array(Trap(trap), dtype=object)))
    with pytest.raises(RunError, match="damaged"):
        Savepoint.read(file)
    assert not trap.exists()


def test_it_fits_the_run_it_is_of_and_no_other() -> None:
    assert savepoint().fits(STAGES)
    assert savepoint(0, 4, (10, 12)).fits(STAGES)
    assert savepoint(0, 0, (10, 12)).fits(STAGES)
    assert not savepoint(2).fits(STAGES)
    assert not savepoint(-1).fits(STAGES)
    assert not savepoint(1, 3).fits(STAGES)
    assert not savepoint(1, -1).fits(STAGES)
    assert not savepoint(0, 2).fits(STAGES)  # the picture is of the next stage's size
    assert not savepoint(1, 2, (24, 20)).fits(STAGES)
