"""What the GPU does in an iteration, and for how long it does nothing."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from measuring import sample
from scripts.gpu_check.evaluations import PAINTING, PHOTO, pictures
from scripts.gpu_check.scale import Row, Scale, row, synchronize

from artstyle.machine import devices
from artstyle.progress import Progress
from artstyle.settings import Settings
from artstyle.style.descent import Watch
from artstyle.style.losses import LevelLoss, Weights
from artstyle.style.optimize import Lbfgs
from artstyle.transfer import Transfer
from artstyle.vgg import checkpoints

READS = 8  # of the loss, that are watched in a stage
SHOWN = 12  # of the kernels
NAME = 110  # characters of a kernel's


def waits(scale: Scale) -> Iterator[Row]:
    """Watch some iterations of each stage of two levels, then of one large level alone."""
    content, style = sample("content", PHOTO), sample("style", PAINTING)
    settings = Settings(
        levels=2, base_size=scale.base, device=scale.device, iterations=scale.watched
    )
    progresses = Transfer(content, style, settings, checkpoints.embedded()).run()
    seen = 0
    for progress in progresses:
        if progress.stage == seen or progress.ended:
            continue
        seen = progress.stage
        yield _stage(scale, progresses, progress)
    yield _large(scale, scale.sides[-1])


def _stage(scale: Scale, progresses: Iterator[Progress], begun: Progress) -> Row:
    last = begun

    def work() -> None:
        nonlocal last
        for _, last in zip(range(READS), progresses, strict=False):
            if last.ended:
                return

    height, width = begun.sizes[0]
    what = f"stage {begun.stage}, {width}×{height}"
    return _watched(scale, what, work, lambda: last.iteration - begun.iteration)


def _large(scale: Scale, side: int) -> Row:
    dtype = devices.precision(scale.device, "auto")
    content, style, x = pictures(scale, side)
    network = checkpoints.embedded().to(scale.device, dtype)
    level = LevelLoss(network, content, style, Weights(0.08, 1.0, 0.5))
    watch, optimizer = Watch(x), Lbfgs()

    def iterate(count: int) -> None:
        for _ in range(count):
            parts, gradient = level.evaluate(x)
            watch.see(parts, gradient, x)
            optimizer.step(x, gradient)

    iterate(22 if scale.device == "cuda" else 2)  # until the history is full
    return _watched(scale, f"one level of {side} px", lambda: iterate(3), lambda: 3)


def _watched(
    scale: Scale, what: str, work: Callable[[], None], iterations: Callable[[], int]
) -> Row:
    activities = [torch.profiler.ProfilerActivity.CPU]
    if scale.device == "cuda":
        activities = [torch.profiler.ProfilerActivity.CUDA]
    synchronize(scale.device)
    with torch.profiler.profile(activities=activities) as profile:
        began = time.perf_counter()
        work()
        synchronize(scale.device)
        took = time.perf_counter() - began
    events = list(profile.events())
    kernels = [
        (each.time_range.start, each.time_range.end, each.name)
        for each in events
        if each.device_type.name == scale.device.upper()
    ]
    waits = Counter(each.name for each in events if "Synchronize" in each.name)
    return summed(what, kernels, waits, took, iterations())


def summed(
    what: str,
    kernels: Sequence[tuple[float, float, str]],
    waits: Mapping[str, int],
    took: float,
    iterations: int,
) -> Row:
    """Sum up what ran in so many seconds: kernels as (from, to, name) in microseconds."""
    busy, until = 0.0, float("-inf")
    spent: Counter[str] = Counter()
    for start, end, name in sorted(kernels):
        busy += max(0.0, end - max(start, until))  # those that overlap count once
        until = max(until, end)
        spent[name[:NAME]] += end - start  # type: ignore[assignment]
    idle = max(0.0, 1 - busy / 1e6 / took)
    most = {name: each / iterations for name, each in spent.most_common(SHOWN)}
    print(
        what, *(f"{each:9.1f} us {name}" for name, each in most.items()), sep="\n", file=sys.stderr
    )
    return row(
        what,
        f"idle {idle:.0%}; {1e3 * took / iterations:.2f} ms, "
        f"{len(kernels) / iterations:.0f} kernels an iteration",
        idle=idle,
        kernels=most,
        waits={name: count / iterations for name, count in waits.items()},
    )
