"""Does the structured start cure bald regions? A table over every preset of noise.

``python bench/noise.py [--pairs N] [--json FILE]`` repaints photos with a flat half from
each preset's start, and prints for each pair and preset

- ``texture``: the local contrast of the photo's flat half in the result, as a share of
  the painting's own (1.00: as lively as the painting; near 0: bald),
- ``shape``: the same for contrast at the size of large brush strokes, 16 to 64 px of 256,
- ``edges``: how well the photo's edges survive: the correlation of the gradient maps of
  photo and result, in the photo's detailed half (1.00: all of them).

The flat half is the half of the pixels with the least local contrast in the photo. All
presets run on the plain schedule, one level from the first iteration on, where all that
the start lacks has to come from the optimiser; the two ends of the table run again
coarse to fine, for the same work, to tell apart what the schedule does by itself.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artstyle.pictures import read
from artstyle.settings import NOISES, Settings
from artstyle.style import colors, pyramid
from artstyle.transfer import stylize
from artstyle.vgg import checkpoints

ROOT = Path(__file__).parents[1]
PAIRS = (
    ("rocket", "impasto"),
    ("astronaut", "splashes"),
    ("coffee", "pointillism"),
)
FIGURES = ("texture", "shape", "edges", "loss")
STROKE = 4.0  # px of 256: the standard deviation of the window of ``texture``
SHAPE = (6.0, 24.0)  # the band of ``shape``, likewise

Map = NDArray[np.float32]


def grey(picture: Tensor) -> Map:
    """Give the luminance as (H, W)."""
    return np.ascontiguousarray(colors.luminance(picture)[0, 0].numpy())


def local_contrast(luminance: Map) -> Map:
    """Standard deviation within a small window around every pixel."""
    mean = cv2.GaussianBlur(luminance, (0, 0), STROKE)
    square = cv2.GaussianBlur(luminance * luminance, (0, 0), STROKE)
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def large_contrast(luminance: Map) -> Map:
    """How much of the size of large strokes there is: a band between two blurs."""
    fine, coarse = (cv2.GaussianBlur(luminance, (0, 0), sigma) for sigma in SHAPE)
    return np.asarray(np.abs(fine - coarse), np.float32)


def steepness(luminance: Map) -> Map:
    """Gradient magnitude, slightly blurred, so that an edge may move by a pixel."""
    smooth = cv2.GaussianBlur(luminance, (0, 0), 1.5)
    dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(dx, dy), np.float32)


def measure(photo: Tensor, painting: Tensor, result: Tensor) -> dict[str, float]:
    """Compute the figures of one result; all three pictures are of one scale."""
    before, after, style = grey(photo), grey(result), grey(painting)
    contrast = local_contrast(before)
    flat = contrast <= np.median(contrast)
    edges = np.corrcoef(steepness(before)[~flat], steepness(after)[~flat])[0, 1]
    return {
        "texture": float(local_contrast(after)[flat].mean() / local_contrast(style).mean()),
        "shape": float(large_contrast(after)[flat].mean() / large_contrast(style).mean()),
        "edges": float(edges),
    }


def runs() -> list[tuple[str, str]]:
    """List (schedule, noise)."""
    return [("joint", name) for name in reversed(NOISES)] + [
        ("coarse-to-fine", name) for name in ("none", "structured")
    ]


def equal_work() -> dict[str, int]:
    """Give each schedule the iterations that cost as much as one level coarse to fine."""
    fine = Settings(levels=1).resolved("cpu")
    stages = pyramid.stages((256, 384), fine)
    work = sum(stage.work * stage.iterations for stage in stages)
    return {"joint": round(work / stages[-1].work), "coarse-to-fine": fine.iterations or 0}


def main() -> int:
    """Print the table, and a mean over the pairs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=len(PAIRS), help="the first N pairs")
    parser.add_argument("--json", type=Path, help="keep the figures in a file")
    arguments = parser.parse_args()
    network, iterations = checkpoints.load("vgg16"), equal_work()
    rows: list[dict[str, Any]] = []
    print(f"iterations: {iterations}")
    print(f"{'pair':22} {'schedule':14} {'noise':10} " + " ".join(f"{k:>8}" for k in FIGURES))
    for photo, painting in PAIRS[: arguments.pairs]:
        content = read.load(next((ROOT / "img/content").glob(f"{photo}.*")))
        style = read.load(next((ROOT / "img/style").glob(f"{painting}.*")))
        for schedule, name in runs():
            settings = Settings(
                noise=name, levels=1, schedule=schedule, iterations=iterations[schedule]
            )
            made = stylize(content, style, settings, network)
            size = made.picture.shape[-2], made.picture.shape[-1]
            small = pyramid.level_size(pyramid.size_of(style), min(size))
            figures = measure(
                pyramid.target(content, size), pyramid.target(style, small), made.picture
            )
            row = {"pair": f"{photo} × {painting}", "schedule": schedule, "noise": name}
            rows.append({**row, **figures, "loss": made.loss.total})
            show(rows[-1])
    for schedule, name in runs():
        of_run = [row for row in rows if (row["schedule"], row["noise"]) == (schedule, name)]
        means = {key: float(np.mean([row[key] for row in of_run])) for key in FIGURES}
        show({"pair": "mean", "schedule": schedule, "noise": name, **means})
    if arguments.json:
        arguments.json.write_text(json.dumps({"torch": torch.__version__, "rows": rows}, indent=1))
    return 0


def show(row: dict[str, Any]) -> None:
    """Print a row."""
    numbers = " ".join(f"{row[key]:8.3f}" for key in FIGURES)
    print(f"{row['pair']:22} {row['schedule']:14} {row['noise']:10} {numbers}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
