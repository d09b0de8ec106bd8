"""Compare the time to the same loss, and the quality, with the plain procedure's.

``python bench/converge.py [--levels 1 2] [--iterations 300] [--pairs 10] [--json FILE]``

For each number of levels it prints the seconds that the plain procedure takes for 100 and for all
of its iterations, with the corrected first step and (``--raw``) with torch's own, and the seconds
in which ours reaches the same loss. Both are judged by the plain procedure's loss in float32.
Ours runs with its default iterations and with multiples of them; the fastest run that reaches the
loss counts, or ``–`` if none does.

With ``--pairs N``, it prints for N pairs of pictures at one level an independent style distance
(sliced Wasserstein between the features of result and painting, along random projections that
no optimiser uses) and the content distance, for the plain procedure and for ours with its
defaults.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import plain
import torch
from judging import style_distance
from measuring import ROOT, keep, machine, sample, table
from torch import Tensor

from artstyle.machine import devices
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.transfer import Transfer
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

MARKS = (100, 300)
BUDGETS = (0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6, 8)  # of our own iterations
PAIR = ("astronaut", "impasto")


@dataclass(frozen=True, slots=True)
class Case:
    """A photo, a painting, and the settings that both procedures use."""

    network: Network
    content: Tensor
    style: Tensor
    settings: Settings

    def loss(self) -> plain.Loss:
        """The loss that both are judged by."""
        return plain.Loss(self.network, self.content, self.style, self.settings.resolved("cpu"))


def plainly(case: Case, iterations: int, *, corrected: bool) -> list[tuple[int, float, float]]:
    """Run the plain procedure: (iteration, seconds, lowest loss so far) at each mark."""
    marks = [mark for mark in MARKS if mark < iterations] + [iterations]
    found: list[tuple[int, float, float]] = []
    lowest, last = float("inf"), (0.0, 0)

    def look(point: plain.Point) -> None:
        nonlocal lowest, last
        while len(found) < len(marks) and point.iteration >= marks[len(found)]:
            found.append((marks[len(found)], last[0], lowest))
        lowest, last = min(lowest, point.loss), (point.seconds, point.iteration)

    start = plain.start(case.content, case.style, case.settings.resolved("cpu"))
    plain.Descent(case.loss(), start, corrected=corrected, look=look).run(iterations)
    for mark in marks[len(found) :]:  # torch may have stopped before
        found.append((mark, last[0], lowest))
    return found


def ours(case: Case, budgets: tuple[float, ...]) -> Iterator[tuple[int, float, float]]:
    """Run ours with several budgets: (iterations, seconds, loss)."""
    usual = case.settings.resolved("cpu").iterations or 0
    for budget in budgets:
        settings = replace(case.settings, iterations=max(1, round(usual * budget)))
        transfer = Transfer(case.content, case.style, settings, case.network)
        started = time.perf_counter()
        for last in transfer.run():  # noqa: B007
            pass
        took = time.perf_counter() - started
        yield last.iteration, took, _judge(case, transfer.savepoint().picture)


@torch.no_grad()
def _judge(case: Case, picture: Tensor) -> float:
    return float(case.loss()(picture))


def compare(
    case: Case, iterations: int, budgets: tuple[float, ...], *, raw: bool
) -> list[dict[str, Any]]:
    """Rows of one case: the plain procedure's marks, and when ours is as low."""
    sizes = plain.sizes_text(case.loss().sizes)
    marks = plainly(case, iterations, corrected=True)
    print(f"{sizes}: plain {marks}", file=sys.stderr, flush=True)
    runs: list[tuple[int, float, float]] = []
    for run in ours(case, budgets):
        runs.append(run)
        print(f"{sizes}: ours {run[0]} iterations, {run[1]:.1f} s, {run[2]:.4f}", file=sys.stderr)
        if run[2] <= marks[-1][2]:
            break
    rows = [_row(sizes, "corrected", mark, runs) for mark in marks]
    if not raw:
        return rows
    (mark,) = plainly(case, min(MARKS[0], iterations), corrected=False)
    return [_row(sizes, "torch's first step", mark, runs), *rows]


def _row(
    sizes: str, step: str, mark: tuple[int, float, float], runs: list[tuple[int, float, float]]
) -> dict[str, Any]:
    iteration, took, loss = mark
    enough = min((run for run in runs if run[2] <= loss), key=lambda run: run[1], default=None)
    return {
        "sizes": sizes,
        "plain": step,
        "iterations": iteration,
        "loss": f"{loss:.4f}",
        "plain s": f"{took:.1f}",
        "ours: iterations": enough[0] if enough else "–",
        "ours: loss": f"{enough[2]:.4f}" if enough else "–",
        "ours s": f"{enough[1]:.1f}" if enough else "–",
        "times faster": f"{took / enough[1]:.1f}" if enough else "–",
    }


@torch.no_grad()
def content_distance(network: Network, result: Tensor, photo: Tensor) -> float:
    """Relative squared distance of the content layer's features."""
    wide = plain.contiguous(network)
    found, wanted = (plain.features(wide, each)[plain.CONTENT_LAYER] for each in (result, photo))
    return float((found - wanted).square().mean() / wanted.square().mean())


def quality(case: Case, iterations: int) -> dict[str, float]:
    """Distances of both results of a pair."""
    settings = case.settings.resolved("cpu")
    start = plain.start(case.content, case.style, settings)
    descent = plain.Descent(case.loss(), start, corrected=True, look=lambda _: None)
    descent.run(iterations)
    transfer = Transfer(case.content, case.style, case.settings, case.network)
    for _ in transfer.run():
        pass
    photo = pyramid.target(case.content, pyramid.size_of(start))
    figures = {}
    for name, made in (("plain", descent.picture), ("ours", transfer.savepoint().picture)):
        shown = made.clamp(0, 1)
        figures[f"style {name}"] = style_distance(case.network, shown, case.style)
        figures[f"content {name}"] = content_distance(case.network, shown, photo)
    return figures


def pairs(count: int) -> Iterator[tuple[str, str]]:
    """Pairs of samples, ordered so that each photo and painting comes early."""
    photos, paintings = (
        sorted(path.stem for path in (ROOT / "img" / folder).iterdir())
        for folder in ("content", "style")
    )
    every = (
        (photo, paintings[(index + turn) % len(paintings)])
        for turn in range(len(paintings))
        for index, photo in enumerate(photos)
    )
    return islice(every, count)


def judged(network: Network, count: int, base: int, iterations: int) -> list[dict[str, str]]:
    """Distances of ``count`` pairs, and their means."""
    settings = Settings(levels=1, base_size=base, network="vgg16", content_loss="features")
    rows: list[tuple[str, dict[str, float]]] = []
    for photo, painting in pairs(count):
        case = Case(network, sample("content", photo), sample("style", painting), settings)
        rows.append((f"{photo} × {painting}", quality(case, iterations)))
        print(rows[-1], file=sys.stderr, flush=True)
    means = {key: sum(row[key] for _, row in rows) / len(rows) for key in rows[0][1]}
    return [
        {"pair": pair, **{key: f"{value:.3f}" for key, value in row.items()}}
        for pair, row in [*rows, ("mean", means)]
    ]


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--levels", type=int, nargs="*", default=[1, 2], help="levels to compare")
    parser.add_argument("--base-size", type=int, default=256, help="shorter side of the first")
    parser.add_argument("--iterations", type=int, default=MARKS[-1], help="of the plain procedure")
    parser.add_argument("--budgets", type=float, nargs="*", default=BUDGETS, help="of ours")
    parser.add_argument("--raw", action="store_true", help="also with torch's own first step")
    parser.add_argument("--pairs", type=int, default=0, help="pairs whose results are judged")
    parser.add_argument("--json", type=Path, help="keep the figures in a file")
    given = parser.parse_args()
    network = checkpoints.load("vgg16")
    content, style = sample("content", PAIR[0]), sample("style", PAIR[1])
    about = machine(devices.choose("cpu"))
    print(f"{about}\n", flush=True)
    rows: list[dict[str, Any]] = []
    for levels in given.levels:
        settings = Settings(
            levels=levels, base_size=given.base_size, network="vgg16", content_loss="features"
        )
        case = Case(network, content, style, settings)
        rows += compare(case, given.iterations, tuple(given.budgets), raw=given.raw)
    quality_rows: list[dict[str, str]] = []
    if rows:
        print(table(rows), flush=True)
    if given.pairs:
        quality_rows = judged(network, given.pairs, given.base_size, given.iterations)
        print(f"\n{table(quality_rows)}")
    keep(given.json, {"machine": about, "convergence": rows, "quality": quality_rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
