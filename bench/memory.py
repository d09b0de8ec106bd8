"""Measure the memory that a run takes, whole and in tiles, and the time that tiles cost.

``python bench/memory.py [--levels 1 2 3 4] [--memory 4G] [--json FILE]`` prints for each number of
levels the peak memory of a process of its own (RSS, or CUDA's) and the seconds of an evaluation of
the finest stage: with all free memory, with as little as the size fits into, and with
``--memory`` if it is given. Each process runs three iterations of the last stage with the history
of L-BFGS full, so its peak is that of a whole run. It also saves the picture as PNG. ``estimate``
is the memory that the program planned with.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from measuring import keep, machine, sample, table
from torch import Tensor

from artstyle.machine import devices
from artstyle.pictures import save
from artstyle.settings import Settings, parse
from artstyle.style import optimize
from artstyle.style.tiles import grid
from artstyle.transfer import Transfer
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import reach

PHOTO, PAINTING = "rocket", "impasto"
LAST_STAGE = 3  # iterations
HEADROOM = 1.02  # over the least that a size fits into


def child(levels: int, memory: int | None) -> dict[str, Any]:
    """Run in this process; returns its figures."""
    _fill_the_ring()
    transfer = _transfer(_settings(levels, memory, 100_000))
    transfer.stages = [replace(stage, iterations=1) for stage in transfer.stages]
    transfer.stages[-1] = replace(transfer.stages[-1], iterations=LAST_STAGE)
    times: list[float] = []
    started = time.perf_counter()
    for last in transfer.run():
        took, started = time.perf_counter() - started, time.perf_counter()
        if last.stage == last.stages:
            times.append(took)
    before = peak(transfer.objective.demand.device)
    with tempfile.TemporaryDirectory() as folder:
        result = transfer.result(last)
        save.save(result.picture, Path(folder, "out.png"), result.metadata())
    plan = transfer.objective.plan
    return {
        "size": "×".join(map(str, reversed(last.size))),
        "history": plan.history,
        "tiles": _tiles(transfer),
        "estimate": plan.bytes,
        "peak": before,
        "with PNG": peak(transfer.objective.demand.device),
        "seconds": times[1],  # the first measures the targets too, the last evaluates twice
    }


def _settings(levels: int, memory: int | None, iterations: int) -> Settings:
    return Settings(levels=levels, memory=memory, iterations=iterations, network="vgg16")


def _transfer(settings: Settings) -> Transfer:
    content, style = sample("content", PHOTO), sample("style", PAINTING)
    return Transfer(content, style, settings, checkpoints.load("vgg16"))


def _tiles(transfer: Transfer) -> str:
    """The grid of the finest level, like ``2×3, blocks 1…3``."""
    tiling, size = transfer.objective.plan.tiling, transfer.stages[-1].size
    if tiling is None:
        return "–"
    found = grid(size, tiling, reach(transfer.objective.network.convolutions, tiling.block))
    assert found is not None
    return f"{len(found.rows.inner)}×{len(found.columns.inner)}, blocks 1…{tiling.block}"


def _fill_the_ring() -> None:
    """Make L-BFGS touch all of its history with the first pair."""
    remember = optimize.Lbfgs._remember

    def full(self: optimize.Lbfgs, gradient: Tensor) -> None:
        fresh = not self._inner.numel()
        remember(self, gradient)
        if fresh:
            self._steps[1:].zero_()
            self._changes[1:].zero_()

    optimize.Lbfgs._remember = full  # type: ignore[method-assign]


def peak(device: str) -> int:
    """Peak memory of this process in bytes, on the device it computes on."""
    if device == "cuda":
        return torch.cuda.max_memory_reserved()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(levels: int, memory: int | None, kind: str) -> dict[str, Any]:
    """Figures of a process of its own."""
    words = [sys.executable, __file__, "--child", str(levels), *([str(memory)] if memory else [])]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    row = {
        "levels": levels,
        "memory": kind,
        **figures,
        **{key: f"{figures[key] / 1e9:.2f} GB" for key in ("estimate", "peak", "with PNG")},
        "seconds": f"{figures['seconds']:.1f}",
    }
    print(row, file=sys.stderr, flush=True)
    return row


def least(levels: int) -> int:
    """The memory that a size just fits into."""
    transfer = _transfer(_settings(1, None, 1))
    wanted = _settings(levels, None, 1)
    demand = replace(transfer.objective.demand, settings=wanted)
    return max(int(demand.least(demand.size(levels)) * HEADROOM), 1_000_000_000)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--levels", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--memory", help="also with this much, like 4G")
    parser.add_argument("--json", type=Path, help="keep the figures in a file")
    parser.add_argument("--child", type=int, nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(child(given.child[0], (given.child[1:] or [None])[0])))
        return 0
    rows: list[dict[str, Any]] = []
    for levels in given.levels:
        rows.append(measured(levels, None, "all that is free"))
        rows.append(measured(levels, least(levels), "the least it fits into"))
        if given.memory:
            rows.append(measured(levels, parse("memory", given.memory), given.memory))
    about = machine(devices.choose("auto"))
    print(f"{about}\n\n{table(rows)}")
    keep(given.json, {"machine": about, "rows": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
