"""Compare the speed of one evaluation with the plain procedure's and with the machine's.

``python bench/speed.py [--levels 3] [--rounds N] [--json FILE]`` prints for each level the seconds
of one evaluation (loss and gradient) by the plain procedure, by ours in float32 and by ours in
the default precision, all with the classical content loss, and in that precision with neighbours,
on all layers and on the fine ones, measured in turns; the rates of the classical ones as shares of
a large matrix product's in the same precision, measured in the same turns; and the nanoseconds per
pixel, which shouldn't grow. Then it prints the time from the start of the command line to its
first iteration and its first snapshot, and the time of ``--help``.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import plain
import torch
from measuring import (
    ROOT,
    interleaved,
    keep,
    machine,
    matrix_rate,
    operations,
    product,
    sample,
    table,
)

from artstyle.machine import allocator, devices
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.style.losses import LevelLoss, Weights
from artstyle.style.pyramid import Size
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

ARTSTYLE = (sys.executable, "-m", "artstyle")
PHOTO, PAINTING = "rocket", "impasto"
WEIGHTS = Weights(0.08, 1.0, 0.5)
NEIGHBORS = replace(WEIGHTS, content_loss="neighbors")
TIMED = ("plain", "fp32", "ours", "neighbors", "fine")
Works = dict[str, Callable[[], object]]


def evaluation(network: Network, base: int, rounds: int) -> dict[str, Any]:
    """Time one evaluation of a level with ``base`` pixels on the shorter side."""
    device = devices.choose("auto")
    devices.prepare(device)
    dtype = devices.precision(device, "auto")
    content, style = sample("content", PHOTO), sample("style", PAINTING)
    settings = Settings(levels=1, base_size=base).resolved("cpu")
    x = plain.start(content, style, settings).to(device)
    size = pyramid.size_of(x)
    loss = plain.Loss(network, content, style, settings)
    works: Works = {"plain": lambda: plain.gradient(loss, x)}
    photo = pyramid.target(content, size).to(device)
    painting = pyramid.target(style, pyramid.level_size(pyramid.size_of(style), min(size))).to(
        device
    )
    kinds = {
        "fp32": (torch.float32, WEIGHTS, False),
        "ours": (dtype, WEIGHTS, False),
        "neighbors": (dtype, NEIGHBORS, False),
        "fine": (dtype, NEIGHBORS, True),
    }
    for name, (precision, weights, fine) in kinds.items():
        level = LevelLoss(network.to(device, precision), photo, painting, weights, fine=fine)
        works[name] = lambda level=level: level.evaluate(x)  # type: ignore[misc]
    works["matrix fp32"] = product(torch.float32, device)
    works["matrix ours"] = product(dtype, device)
    times = {name: min(each) for name, each in interleaved(works, rounds).items()}
    return _row(size, times, operations(network))


def _row(size: Size, times: dict[str, float], per_pixel: float) -> dict[str, Any]:
    height, width = size
    done = per_pixel * height * width
    rates = {kind: matrix_rate(times[f"matrix {kind}"]) for kind in ("fp32", "ours")}
    return {
        "size": f"{width}×{height}",
        **{f"{name} s": f"{times[name]:.3f}" for name in TIMED},
        "plain / ours": f"{times['plain'] / times['ours']:.2f}",
        **{f"{k} of matrix rate": f"{done / times[k] / rate:.0%}" for k, rate in rates.items()},
        "ours ns/pixel": f"{1e9 * times['ours'] / (height * width):.0f}",
        "matrix GFLOP/s": " / ".join(f"{rate / 1e9:.0f}" for rate in rates.values()),
    }


def command_line(rounds: int, *words: str) -> dict[str, str]:
    """Time the command line up to --help, to the first iteration and to the first snapshot."""
    helps, firsts, snapshots = [], [], []
    pictures = [str(next((ROOT / "img").glob(f"*/{name}.*"))) for name in (PHOTO, PAINTING)]
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run([*ARTSTYLE, "--help"], check=True, capture_output=True)
        helps.append(time.perf_counter() - started)
        with tempfile.TemporaryDirectory() as folder:
            first, snapshot = _first_preview([*pictures, *words], Path(folder))
        firsts.append(first)
        snapshots.append(snapshot)
    return {
        "--help": f"{statistics.median(helps):.2f} s",
        "first iteration": f"{statistics.median(firsts):.1f} s",
        "first snapshot (20 %)": f"{statistics.median(snapshots):.1f} s",
    }


def _first_preview(words: list[str], folder: Path) -> tuple[float, float]:
    """Run the command line until its first snapshot exists; returns both times."""
    steps = folder / "steps"
    options = ["-o", str(folder / "out.png"), "--snapshots", str(steps), "--json"]
    command = [*ARTSTYLE, *words, *options]
    started, first = time.perf_counter(), 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "progress":
                first = first or time.perf_counter() - started
            if steps.exists() and any(steps.iterdir()):
                break
        snapshot = time.perf_counter() - started
        process.terminate()
    return first, snapshot


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--levels", type=int, default=2, help="sizes to measure")
    parser.add_argument("--base-size", type=int, default=256, help="shorter side of the first")
    parser.add_argument("--rounds", type=int, default=5, help="of each; the fastest counts")
    parser.add_argument("--json", type=Path, help="keep the figures in a file")
    given = parser.parse_args()
    allocator.tune()  # as every run does
    network = checkpoints.load("vgg16")
    rows = [
        evaluation(network, given.base_size << level, given.rounds) for level in range(given.levels)
    ]
    starts = command_line(min(3, given.rounds), "--network", "vgg16")
    about = machine(devices.choose("auto"))
    print(f"{about}\n\n{table(rows)}\n\n{table([starts])}")
    keep(given.json, {"machine": about, "evaluations": rows, "command line": starts})
    return 0


if __name__ == "__main__":
    sys.exit(main())
