"""What a stage minimises: fitted to the memory, kept from stage to stage, widened on request."""

from typing import Any

import pytest
import torch
from tests.processor import needs_bf16
from torch import Tensor

from artstyle.errors import OutOfMemory
from artstyle.machine.memory import RETREAT, Demand, Plan
from artstyle.objective import Objective
from artstyle.settings import Settings
from artstyle.style.losses import LevelLoss, evaluate_pyramid
from artstyle.style.optimize import Adam, Lbfgs
from artstyle.style.pyramid import Stage
from artstyle.style.tiles import Tiling
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

SMALL, LARGE = (64, 80), (96, 120)
STAGES = [Stage((SMALL,), 4), Stage((LARGE, SMALL), 2)]


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def demand(dtype: torch.dtype = torch.float32, **said: Any) -> Demand:
    settings = Settings(base_size=64, network="vgg16", levels=1, iterations=6, **said)
    return Demand(LARGE, (80, 64), settings, "cpu", dtype)


def objective(dtype: torch.dtype = torch.float32, **said: Any) -> Objective:
    content, style = picture(*LARGE, 1), picture(80, 64, 2)
    return Objective(content, style, demand(dtype, **said), checkpoints.embedded())


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The sizes whose targets are measured, in order."""
    sizes: list[tuple[int, ...]] = []
    make = LevelLoss.__init__

    def counted(
        self: LevelLoss, network: Network, content: Tensor, *rest: Any, **said: Any
    ) -> None:
        sizes.append(tuple(content.shape[-2:]))
        make(self, network, content, *rest, **said)

    monkeypatch.setattr(LevelLoss, "__init__", counted)
    return sizes


def plans(monkeypatch: pytest.MonkeyPatch, *those: Plan | None) -> list[int]:
    """Have these plans be made one after the other, and list the limits they are made for."""
    left, limits = list(those), []

    def plan(_: Demand, __: object, limit: int) -> Plan | None:
        limits.append(limit)
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(Demand, "plan", plan)
    return limits


def exhaust(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[Tiling | None]:
    """Let evaluations in one piece fail; list the tiling of each."""
    tilings: list[Tiling | None] = []
    evaluate = LevelLoss.evaluate

    def crowded(self: LevelLoss, picture: Tensor) -> tuple[Tensor, Tensor]:
        tilings.append(self.tiling)
        if self.tiling is None:
            raise error
        return evaluate(self, picture)

    monkeypatch.setattr(LevelLoss, "evaluate", crowded)
    return tilings


def test_targets_are_measured_once_for_all_stages(measured: list[tuple[int, ...]]) -> None:
    made = objective()
    for stage in STAGES:
        made.begin(stage)
        for _ in range(2):
            parts, gradient = made.evaluate(picture(*stage.size))
            assert parts.shape == (len(stage.sizes), 3)
            assert gradient.shape == (1, 3, *stage.size)
    assert measured == [SMALL, LARGE]


def test_the_loss_is_that_of_the_stages_levels() -> None:
    made, x = objective(style_weight=2.0), picture(*LARGE)
    made.begin(STAGES[1])
    parts, gradient = made.evaluate(x)
    levels = [(size, made._losses[size]) for size in STAGES[1].sizes]
    assert torch.equal(parts, evaluate_pyramid(levels, x)[0])
    assert gradient.any()
    assert made._losses[SMALL].weights.style == 2


@pytest.mark.parametrize(("scale", "shorter"), [(1.0, 64), (0.75, 48), (0.125, 32)])
def test_the_painting_is_scaled_but_never_below_a_covariance(
    scale: float, shorter: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    paintings: list[tuple[int, ...]] = []
    measure = LevelLoss._measure

    def seen(self: LevelLoss, picture: Tensor, averaged: Any, kept: Any) -> Any:
        if averaged:
            paintings.append(tuple(picture.shape[-2:]))
        return measure(self, picture, averaged, kept)

    monkeypatch.setattr(LevelLoss, "_measure", seen)
    made = objective(style_scale=scale)
    made.begin(STAGES[0])
    made.evaluate(picture(*SMALL))
    assert paintings == [(shorter * 80 // 64, shorter)]


def test_the_optimiser_is_the_settings_with_a_history_that_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plans(monkeypatch, Plan(7, None, 1))
    lbfgs = objective().begin(STAGES[0])
    assert isinstance(lbfgs, Lbfgs) and lbfgs.history == 7
    assert isinstance(objective(optimizer="adam").begin(STAGES[0]), Adam)


@pytest.mark.parametrize(
    ("error", "optimizer"),
    [(torch.OutOfMemoryError("CUDA out of memory."), "lbfgs"), (MemoryError(), "adam")],
    ids=["lbfgs", "adam"],
)
def test_memory_that_runs_out_means_smaller_tiles_and_a_shorter_history_from_then_on(
    error: Exception, optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, x = objective(optimizer=optimizer), picture(*SMALL)
    made.begin(STAGES[0])
    expected, _ = made.evaluate(x)
    tiled = Plan(5, Tiling(2, 64 * 64), 1000)
    whole = Plan(20, None, 2000)
    limits = plans(monkeypatch, whole, tiled)
    stepping = made.begin(STAGES[0])
    assert made.note is None
    tilings = exhaust(monkeypatch, error)
    for _ in range(2):
        parts, gradient = made.evaluate(x)
        torch.testing.assert_close(parts, expected, rtol=1e-4, atol=1e-6)
    assert tilings == [None, tiled.tiling, tiled.tiling]
    assert limits[1:] == [int(2000 * RETREAT)] * 2
    assert isinstance(stepping, Adam) or vars(stepping)["history"] == 5
    stepping.step(x, gradient)
    assert float(made.evaluate(x)[0].sum()) < float(expected.sum())
    assert made.note == "80×64 is computed in tiles to fit into the memory"
    made.begin(STAGES[1])  # the next stage doesn't try more than that
    assert limits[-1] == int(2000 * RETREAT)


def test_memory_that_runs_out_where_nothing_smaller_fits_is_the_error_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = objective()
    plans(monkeypatch, Plan(20, None, 1), None)
    made.begin(STAGES[0])
    exhaust(monkeypatch, torch.OutOfMemoryError("CUDA out of memory."))
    with pytest.raises(torch.OutOfMemoryError):
        made.evaluate(picture(*SMALL))


def test_other_errors_are_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    made = objective()
    made.begin(STAGES[0])
    tilings = exhaust(monkeypatch, RuntimeError("shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="shapes"):
        made.evaluate(picture(*SMALL))
    assert tilings == [None]


@needs_bf16
def test_widening_measures_the_targets_again_in_float32(measured: list[tuple[int, ...]]) -> None:
    made, exact, x = objective(torch.bfloat16), objective(), picture(*SMALL)
    for each in (made, exact):
        each.begin(STAGES[0])
    expected, _ = exact.evaluate(x)
    rough, _ = made.evaluate(x)
    assert not torch.equal(rough, expected)
    made.widen()
    assert made.demand.dtype is torch.float32
    assert torch.equal(made.evaluate(x)[0], expected)
    assert measured == [SMALL] * 3
    made.widen()  # it is wide already
    made.evaluate(x)
    assert len(measured) == 3


@needs_bf16
def test_what_does_not_fit_in_float32_ends_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    made = objective(torch.bfloat16)
    made.begin(STAGES[0])
    limit = made._limit
    plan = Demand.plan

    def narrow(self: Demand, size: Any, bytes: int) -> Plan | None:
        wide = self.dtype is torch.float32 and bytes == limit
        return None if wide else plan(self, size, bytes)

    monkeypatch.setattr(Demand, "plan", narrow)
    with pytest.raises(OutOfMemory, match=r"levels 1 .* doesn't fit"):
        made.widen()


def test_the_network_is_loaded_only_if_the_run_fits() -> None:
    tight = Demand(LARGE, (80, 64), Settings(levels=6, memory=10**9), "cpu", torch.float32)

    def load() -> Network:
        pytest.fail("loaded a network for a run that can't fit")

    with pytest.raises(OutOfMemory, match=r"the 1\.0 GB that are available"):
        Objective(picture(*LARGE), picture(80, 64), tight, load)
