"""Too little memory: told beforehand or in the middle, with a size that fits."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from tests.commandline import FEW, Pair, Refuse

from artstyle.machine import devices
from artstyle.machine.memory import Demand, Plan
from artstyle.settings import Settings
from artstyle.style.optimize import HISTORY
from artstyle.style.tiles import Tiling
from artstyle.transfer import run

pytestmark = pytest.mark.usefixtures("small_preset")


def test_a_size_that_cannot_fit_is_refused_with_one_that_does(
    refuse: Refuse, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.machine.devices.free_memory", lambda device: 1_500_000_000)
    words = ["-o", tmp_path / "out.png", "--snapshots", tmp_path / "steps"]
    err = refuse(*pair, *words, *FEW, "--levels", "4", code=1)
    assert "levels 4 (2728×2048, at least " in err
    found = re.search(
        r"doesn't fit into the 1\.5 GB that are available; use levels ([123]) \(", err
    )
    assert found
    demand = replace(wanting(4), dtype=devices.precision("cpu", "auto"))
    assert demand.plan(demand.size(int(found[1])), 1_500_000_000)
    assert demand.plan(demand.size(int(found[1]) + 1), 1_500_000_000) is None


def wanting(levels: int, **said: Any) -> Demand:
    settings = Settings(levels=levels, iterations=3, **said)
    return Demand((72, 96), (80, 64), settings, "cpu", torch.float32)


def test_the_history_is_shortened_first_and_then_the_level_is_cut_up() -> None:
    demand, seen = wanting(4), []
    size = demand.size(4)
    for limit in range(14_000_000_000, 3_000_000_000, -100_000_000):
        if plan := demand.plan(size, limit):
            assert plan.bytes <= limit
            seen.append((plan.tiling is not None, plan.history))
    assert seen[0] == (False, HISTORY)
    assert seen == sorted(seen, key=lambda each: (each[0], not each[0] and -each[1]))
    untiled = {history for tiled, history in seen if not tiled}
    assert min(untiled) < HISTORY
    assert seen[-1][0]


def test_less_memory_never_means_less_work() -> None:
    demand = wanting(4)
    plans = [demand.plan(demand.size(4), limit * 10**9) for limit in (16, 8, 6, 5)]
    works = [plan.work for plan in plans if plan]
    assert works == sorted(works)
    assert works[0] == 1


def test_adam_has_no_history_to_shorten() -> None:
    demand = wanting(4, optimizer="adam")
    least = demand.least(demand.size(4))
    assert least < wanting(4).least(demand.size(4))
    assert demand.plan(demand.size(4), least - least // 50) is None


def test_the_memory_that_is_allowed_counts_where_less_than_is_free(
    refuse: Refuse, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.machine.devices.free_memory", lambda device: 9_000_000_000)
    words = ["-o", tmp_path / "out.png", *FEW, "--levels", "4", "--memory", "1.5G"]
    err = refuse(*pair, *words, code=1)
    assert "levels 4 (2728×2048, at least 3." in err
    assert "the 1.5 GB that are available; use levels" in err


def test_a_run_in_tiles_gives_the_same_picture_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = torch.rand(1, 3, 72, 96), torch.rand(1, 3, 80, 64)
    settings = Settings(base_size=64, levels=2, iterations=6, network="vgg16", precision="fp32")
    whole = list(run(*pictures, settings))[-1]
    plan = Plan(5, Tiling(3, 100 * 140), 1)
    monkeypatch.setattr(Demand, "plan", lambda *_: plan)
    monkeypatch.setattr(Demand, "tiling", lambda *_: plan.tiling)
    tiled = list(run(*pictures, settings))
    assert tiled[0].note == "85×64 is computed in tiles to fit into the memory"
    torch.testing.assert_close(tiled[-1].picture(), whole.picture(), atol=2e-3, rtol=0)
    assert tiled[-1].loss == pytest.approx(whole.loss, rel=1e-3)


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
    error: Exception, refuse: Refuse, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [8_000_000_000]

    def fail(*_: Any) -> NoReturn:
        free[0] = 0  # the run took it all
        raise error

    monkeypatch.setattr("artstyle.machine.devices.free_memory", lambda device: free[0])
    monkeypatch.setattr("artstyle.style.losses.LevelLoss.evaluate", fail)
    words: list[str | Path] = ["-o", tmp_path / "out.png", *FEW, "--levels", "2"]
    err = refuse(*pair, *words, code=1)
    assert re.search(r"levels 2 \(682×512, .*doesn't fit.*; use levels 1 \(341×256, ", err)


def test_another_error_of_torch_is_not_taken_for_a_lack_of_memory() -> None:
    demand = Demand((72, 96), (80, 64), Settings(levels=1, iterations=1), "cpu", torch.float32)
    with pytest.raises(RuntimeError, match="shapes"), demand.advising():
        raise RuntimeError("shapes cannot be multiplied")


def test_no_tensor_has_more_elements_than_a_kernel_can_index() -> None:
    """64 channels of 8192×12288 are 6.4 billion; what tile and rest have must stay below 2³¹."""
    wanted = Settings(levels=6).resolved("cuda")
    demand = Demand((1024, 1536), (64, 64), wanted, "cuda", torch.bfloat16)
    plan = demand.plan(demand.size(6), 10**13)
    assert plan is not None and plan.tiling is not None
    assert 64 * plan.tiling.pixels < 2**31
    assert 8192 * 12288 * (64 >> plan.tiling.block) < 2**31
    whole = demand.plan(demand.size(5), 10**13)
    assert whole is not None and whole.tiling is None
