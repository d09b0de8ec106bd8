"""What the benches of speed, memory and convergence share."""

import json
import platform
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from artstyle.pictures import read
from artstyle.vgg.networks import Network, block_of

ROOT = Path(__file__).parents[1]
MATRIX = 3072  # rows and columns of the product that the machine's rate is taken from


def sample(folder: str, name: str) -> Tensor:
    """Load a sample picture by its name: ``sample("content", "astronaut")``."""
    return read.load(next((ROOT / "img" / folder).glob(f"{name}.*")))


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    started = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def interleaved(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Time several calls in turns, so that a busy moment hits all of them; after a warm-up."""
    for work in works.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds(work))
    return times


def product(dtype: torch.dtype, device: str) -> Callable[[], Tensor]:
    """Make a large matrix product, for the rate of the machine."""
    a, b = (torch.randn(MATRIX, MATRIX, device=device).to(dtype) for _ in range(2))
    return lambda: a @ b


def matrix_rate(took: float) -> float:
    """Give the operations a second of `product`."""
    return 2 * MATRIX**3 / took


def operations(network: Network) -> float:
    """Count the operations a pixel of an evaluation's convolutions: forward and back."""
    forward: float = sum(
        2 * c.weight.numel() / 4 ** (block_of(name) - 1) for name, c in network.convolutions.items()
    )
    return 2 * forward


def machine(device: str) -> dict[str, str]:
    """Describe what the figures were taken on."""
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
    """Draw rows of the same keys as a table in Markdown."""
    heads = list(rows[0])
    lines = [heads, ["---"] * len(heads), *([str(row[head]) for head in heads] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def keep(path: Path | None, figures: Mapping[str, Any]) -> None:
    """Write the figures to a JSON file, for later comparison."""
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n")
