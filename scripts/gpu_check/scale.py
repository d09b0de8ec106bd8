"""Sizes of what the steps do, and what they share."""

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
    """For a GPU, or for a CPU that only shows that everything runs."""

    device: str
    sides: tuple[int, ...]  # shorter sides of the evaluations
    levels: tuple[int, ...]  # of the pictures that are made with the usual number of iterations
    large: tuple[int, ...]  # levels of those that only have to be finished
    iterations: int | None  # of the pictures
    watched: int  # iterations of the run whose waits are measured
    base: int  # shorter side of level 0 where the command line isn't used
    plain: int  # iterations of the plain procedure
    budgets: tuple[float, ...]  # parts of our usual iterations that are compared with it
    rounds: int
    matrix: int
    copied: int
    tests: tuple[str, ...]  # which tests, as pytest's options


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
        watched=6,
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
    """A row of the table; without a bar it has no ``met``."""
    made: Row = {"what": what, "result": result, "wanted": wanted, "figures": figures}
    return made if met is None else {**made, "met": met}


def timed(work: Callable[[], object], device: str) -> float:
    """Seconds of a call and of all that it asks of the device."""
    synchronize(device)
    began = time.perf_counter()
    work()
    synchronize(device)
    return time.perf_counter() - began


def synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def usual(scale: Scale, work: Callable[[], object], *, repeat: int = 4) -> float:
    """Median seconds of a call among several in a row, as in a run."""
    for _ in range(2):
        work()
    times = [
        timed(lambda: [work() for _ in range(repeat)], scale.device) for _ in range(scale.rounds)
    ]
    return statistics.median(times) / repeat
