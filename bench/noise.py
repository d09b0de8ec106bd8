"""Measure what each preset of noise does to flat areas and to edges.

``python bench/noise.py [--pairs N] [--json FILE]`` repaints photos with a flat half, starting
from each preset's noise, and prints for each pair and preset

- ``texture``: local contrast of the photo's flat half in the result, as a share of the
  painting's own (near 0: no texture at all),
- ``shape``: the same for contrast at the size of large brush strokes, 16 to 64 px of 256,
- ``edges``: how well the photo's edges survive, as the correlation of the gradient maps of
  photo and result in the photo's detailed half (1.00: all of them).

The flat half is the half of the pixels with the least local contrast in the photo. All presets
run on the joint schedule with one level, where everything that the start lacks has to come from
the optimiser. The first and the last preset also run coarse to fine, for the same work, to show
what the schedule contributes.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from measuring import joint_iterations, keep, sample
from numpy.typing import NDArray
from torch import Tensor

from artstyle.settings import Settings
from artstyle.style import colors, pyramid
from artstyle.style.noise import PRESETS
from artstyle.transfer import stylize
from artstyle.vgg import checkpoints

PAIRS = (("rocket", "impasto"), ("astronaut", "splashes"), ("coffee", "pointillism"))
FIGURES = ("texture", "shape", "edges", "loss")
STROKE = 4.0  # px of 256: the standard deviation of the window of ``texture``
SHAPE = (6.0, 24.0)  # the band of ``shape``, likewise

Map = NDArray[np.float32]


def grey(picture: Tensor) -> Map:
    """Luminance, (H, W)."""
    return np.ascontiguousarray(colors.luminance(picture)[0, 0].numpy())


def local_contrast(luminance: Map) -> Map:
    """Standard deviation within a small window around every pixel."""
    mean = cv2.GaussianBlur(luminance, (0, 0), STROKE)
    square = cv2.GaussianBlur(luminance * luminance, (0, 0), STROKE)
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def large_contrast(luminance: Map) -> Map:
    """Contrast at the size of large strokes: the band between two blurs."""
    fine, coarse = (cv2.GaussianBlur(luminance, (0, 0), sigma) for sigma in SHAPE)
    return np.asarray(np.abs(fine - coarse), np.float32)


def steepness(luminance: Map) -> Map:
    """Gradient magnitude, slightly blurred, so that an edge may move by a pixel."""
    smooth = cv2.GaussianBlur(luminance, (0, 0), 1.5)
    dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(dx, dy), np.float32)


def measure(photo: Tensor, painting: Tensor, result: Tensor) -> dict[str, float]:
    """Figures of one result; all three pictures have the same scale."""
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
    """All (schedule, noise)."""
    return [("joint", name) for name in PRESETS] + [
        ("coarse-to-fine", name) for name in ("none", "structured")
    ]


def equal_work() -> dict[str, int]:
    """Iterations of each schedule that cost as much as one level coarse to fine."""
    fine = Settings(levels=1).resolved("cpu").iterations or 0
    return {"joint": joint_iterations(1), "coarse-to-fine": fine}


def main() -> int:
    """Print the table and the means over the pairs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=len(PAIRS), help="the first N pairs")
    parser.add_argument("--json", type=Path, help="keep the figures in a file")
    arguments = parser.parse_args()
    network, iterations = checkpoints.load("vgg16"), equal_work()
    rows: list[dict[str, Any]] = []
    print(f"iterations: {iterations}")
    print(f"{'pair':22} {'schedule':14} {'noise':10} " + " ".join(f"{k:>8}" for k in FIGURES))
    for photo, painting in PAIRS[: arguments.pairs]:
        content, style = sample("content", photo), sample("style", painting)
        for schedule, name in runs():
            settings = Settings(
                noise=name,
                levels=1,
                schedule=schedule,
                iterations=iterations[schedule],
                content_loss="features",
            )
            made = stylize(content, style, settings, network)
            size = pyramid.size_of(made.picture)
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
    keep(arguments.json, {"torch": torch.__version__, "rows": rows})
    return 0


def show(row: dict[str, Any]) -> None:
    numbers = " ".join(f"{row[key]:8.3f}" for key in FIGURES)
    print(f"{row['pair']:22} {row['schedule']:14} {row['noise']:10} {numbers}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
