"""Savepoints as bytes: lossless, and never trusted."""

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


def savepoint(stage: int = 1, iteration: int = 2, size: tuple[int, int] = (20, 24)) -> Savepoint:
    picture = 3 * torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(7))
    return Savepoint(stage, iteration, 12.345678901234567, picture, 56.78901234567891)


def packed(**changes: Any) -> bytes:
    """Pack arrays that `dumps` would never pack."""
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


def refuse(data: bytes) -> None:
    with pytest.raises(RunError, match="damaged"):
        Savepoint.loads(data)


def test_what_is_read_is_what_was_saved_to_the_last_bit() -> None:
    saved = savepoint()
    assert saved.picture.min() < -1 and saved.picture.max() > 2
    read = Savepoint.loads(saved.dumps())
    assert (read.stage, read.iteration, read.seconds) == (1, 2, saved.seconds)
    assert read.percent == saved.percent
    assert read.picture.dtype is torch.float32 and read.picture.is_contiguous()
    assert torch.equal(read.picture, saved.picture)


def test_a_picture_that_lies_otherwise_in_memory_is_read_the_same() -> None:
    last = savepoint().picture.to(memory_format=torch.channels_last)
    read = Savepoint.loads(Savepoint(0, 1, 0.0, last).dumps())
    assert read.picture.is_contiguous()
    assert torch.equal(read.picture, last)


def test_data_cut_off_anywhere_is_refused() -> None:
    data = savepoint().dumps()
    for length in range(0, len(data), 97):
        refuse(data[:length])


def test_a_flipped_bit_in_the_picture_is_noticed() -> None:
    data = bytearray(savepoint().dumps())
    where = data.index(savepoint().picture.numpy().tobytes())
    data[where + 1000] ^= 1
    refuse(bytes(data))


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
    "percent below 0": {"percent": np.float64(-1)},
    "percent above 100": {"percent": np.float64(101)},
    "no percent": {"percent": np.float64("nan")},
}


@pytest.mark.parametrize("changes", DAMAGE.values(), ids=DAMAGE)
def test_contents_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    assert Savepoint.loads(packed()).iteration == 2  # without a percentage, as older ones are
    refuse(packed(**changes))


def test_what_is_no_savepoint_at_all_is_refused() -> None:
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    for data in (b"", b"hello", b"PK\x03\x04" + bytes(100), array.getvalue()):
        refuse(data)


class Trap:
    """Leaves a folder behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_nothing_in_the_data_is_run(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    refuse(packed(stage=np.array(Trap(trap), dtype=object)))
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
