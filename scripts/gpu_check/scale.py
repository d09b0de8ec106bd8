"""How large everything is that a step does, and what the steps share."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

Row = dict[str, Any]


@dataclass(frozen=True)
class Scale:
    """Sizes for a GPU, or for a CPU that only shows that all of it runs."""

    device: str
    sides: tuple[int, ...]
    """Shorter sides of the evaluations."""
    levels: tuple[int, ...]
    """Of the pictures that are made with the usual number of iterations."""
    large: tuple[int, ...]
    """Levels of those that only have to be finished."""
    iterations: int | None
    """Of the pictures."""
    watched: int
    """Iterations of the run whose waits are measured."""
    base: int
    """Shorter side of level 0 where the command line isn't used."""
    plain: int
    """Iterations of the plain procedure."""
    budgets: tuple[float, ...]
    """Parts of our usual iterations that are compared with it."""
    rounds: int
    matrix: int
    copied: int
    tests: tuple[str, ...]
    """Which tests, as pytest's options."""


SCALES = {
    "cuda": Scale(
        device="cuda",
        sides=(256, 512, 1024, 2048),
        levels=(1, 2, 3, 4),
        large=(5, 6),
        iterations=None,
        watched=400,
        base=256,
        plain=300,
        budgets=(0.25, 0.5, 1.0, 2.0),
        rounds=5,
        matrix=8192,
        copied=1 << 30,
        tests=("-m", "cuda"),
    ),
    "cpu": Scale(
        device="cpu",
        sides=(64,),
        levels=(1,),
        large=(1,),
        iterations=1,
        watched=4,
        base=64,
        plain=2,
        budgets=(1.0,),
        rounds=1,
        matrix=256,
        copied=1 << 20,
        tests=("-m", "not cuda", "-k", "optimizers"),
    ),
}


def row(what: str, result: str, wanted: str = "", met: bool | None = None, **figures: Any) -> Row:
    """Make a row of the table; what isn't known to be wanted has no ``met``."""
    made: Row = {"what": what, "result": result, "wanted": wanted, "figures": figures}
    return made if met is None else {**made, "met": met}


def timed(work: Callable[[], object], device: str) -> float:
    """Time a call and all that it has asked of the device."""
    synchronize(device)
    began = time.perf_counter()
    work()
    synchronize(device)
    return time.perf_counter() - began


def synchronize(device: str) -> None:
    """Wait for the device."""
    if device == "cuda":
        torch.cuda.synchronize()


def usual(scale: Scale, work: Callable[[], object], *, repeat: int = 4) -> float:
    """Give the median seconds of a call among several in a row, as a run makes them."""
    for _ in range(2):
        work()
    times = [
        timed(lambda: [work() for _ in range(repeat)], scale.device) for _ in range(scale.rounds)
    ]
    return statistics.median(times) / repeat
