"""Pictures, timing and tables for the benches."""

import json
import platform
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import torch
from torch import Tensor

from artstyle.jobs import EngineChoice, Limits, Submission
from artstyle.pictures import read
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.vgg.networks import Network, block_of

ROOT = Path(__file__).parents[1]
MATRIX = 3072  # rows and columns of the product that the machine's rate is measured with
SMALL = (72, 96)  # height and width of `small_picture`
SIDE = 64  # px of the shorter side of what is made of it
NO_LIMITS = Limits(unfinished=100_000, per_owner=100_000, keep_days=30, keep_jobs=100_000)


def sample(folder: str, name: str) -> Tensor:
    """Load a sample picture by its name: ``sample("content", "astronaut")``."""
    return read.load(next((ROOT / "img" / folder).glob(f"{name}.*")))


def small_picture(seed: int) -> bytes:
    """PNG of a few soft random spots, for jobs that only have to be quick."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return bytes(cv2.imencode(".png", cv2.resize(coarse, SMALL[::-1]))[1].tobytes())


def small_submission(seed: int, iterations: int, **said: str) -> Submission:
    """A job of few pixels on the CPU; ``said`` overrides its owner and its names."""
    settings = Settings(levels=1, base_size=SIDE, network="vgg16", device="cpu")
    settings = replace(settings, iterations=iterations, seed=seed)
    photo, painting = small_picture(1), small_picture(2)
    given = {"owner": "ann", **said}
    return Submission(content=photo, style=painting, settings=settings, **given)  # type: ignore[arg-type]


def a_choice(engine: str, gpus: float = 1) -> EngineChoice:
    """An engine that runs one job at a time in this process, or one for each CPU and ``gpus``."""
    workers = {"cpu": 1, "cuda": 1, "mps": 1}
    return EngineChoice(
        engine=engine,
        workers=workers,
        large_levels=3,
        gpus_per_job=gpus,
        cpus_per_job=1,
        network=False,
    )


def joint_iterations(levels: int) -> int:
    """Iterations of the joint schedule that cost as much as the default, coarse to fine."""
    fine = Settings(levels=levels).resolved("cpu")
    stages = pyramid.stages((256, 384), fine)
    return round(sum(stage.work * stage.iterations for stage in stages) / stages[-1].work)


def print_load() -> None:
    """Other programs make figures worse, so say how busy the machine is."""
    print(f"load before the start: {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores")


def seconds(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    started = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def interleaved(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Time several calls in turns, so that a busy moment affects all of them, after a warm-up."""
    for work in works.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds(work))
    return times


def product(dtype: torch.dtype, device: str) -> Callable[[], Tensor]:
    """A large matrix product, to measure the machine's rate."""
    a, b = (torch.randn(MATRIX, MATRIX, device=device).to(dtype) for _ in range(2))
    return lambda: a @ b


def matrix_rate(took: float) -> float:
    """Operations per second of `product`."""
    return 2 * MATRIX**3 / took


def operations(network: Network) -> float:
    """Operations per pixel of the convolutions in one evaluation, forward and backward."""
    forward: float = sum(
        2 * c.weight.numel() / 4 ** (block_of(name) - 1) for name, c in network.convolutions.items()
    )
    return 2 * forward


def machine(device: str) -> dict[str, str]:
    """What the figures were measured on."""
    name = torch.cuda.get_device_name() if device == "cuda" else _processor()
    return {
        "device": name,
        "threads": str(torch.get_num_threads()),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor()


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Markdown table of rows that have the same keys."""
    heads = list(rows[0])
    lines = [heads, ["---"] * len(heads), *([str(row[head]) for head in heads] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def keep(path: Path | None, figures: Any) -> None:
    """Write the figures to a JSON file for later comparison."""
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n")
