"""Too little memory: told beforehand or in the middle, with a size that fits."""

import re
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from tests.commandline import FEW, Pair, Refuse

from artstyle.memory import Demand
from artstyle.settings import Settings

pytestmark = pytest.mark.usefixtures("small_preset")


def test_a_size_that_cannot_fit_is_refused_with_one_that_does(
    refuse: Refuse,
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("artstyle.devices.free_memory", lambda device: 1_500_000_000)
    words = ["-o", tmp_path / "out.png", "--snapshots", tmp_path / "steps"]
    err = refuse(*pair, *words, *FEW, "--levels", "4", code=1)
    assert "levels 4 (2728×2048, about " in err
    found = re.search(r"doesn't fit: 1\.5 GB are free; take levels ([123]) \(", err)
    assert found
    settings = Settings(levels=4, iterations=3)
    demand = Demand((72, 96), (80, 64), settings, "cpu", torch.float32)
    assert demand.needed(int(found[1])) <= 1_500_000_000 < demand.needed(int(found[1]) + 1)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"),
    ],
)
def test_running_out_of_memory_in_the_middle_names_a_smaller_size(
    error: Exception,
    refuse: Refuse,
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = [8_000_000_000]

    def fail(*_: Any) -> NoReturn:
        free[0] = 0  # the run took it all
        raise error

    monkeypatch.setattr("artstyle.devices.free_memory", lambda device: free[0])
    monkeypatch.setattr("artstyle.losses.PyramidLoss.evaluate", fail)
    words: list[str | Path] = ["-o", tmp_path / "out.png", *FEW, "--levels", "2"]
    err = refuse(*pair, *words, code=1)
    assert re.search(r"levels 2 \(682×512, .*doesn't fit.*; take levels 1 \(341×256, ", err)


def test_another_error_of_torch_is_not_taken_for_a_lack_of_memory() -> None:
    demand = Demand((72, 96), (80, 64), Settings(levels=1, iterations=1), "cpu", torch.float32)
    with pytest.raises(RuntimeError, match="shapes"), demand.told():
        raise RuntimeError("shapes cannot be multiplied")
