"""Does the structured start cure bald regions? A table over every preset of noise.

``python bench/noise.py [--pairs N] [--json FILE]`` repaints photos with a flat half from
each preset's start, and prints for each pair and preset

- ``texture``: the local contrast of the photo's flat half in the result, as a share of
  the painting's own (1.00: as lively as the painting; near 0: bald),
- ``shape``: the same for contrast at the size of large brush strokes, 16 to 64 px of 256,
- ``edges``: how well the photo's edges survive: the correlation of the gradient maps of
  photo and result, in the photo's detailed half (1.00: all of them).

The flat half is the half of the pixels with the least local contrast in the photo.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artstyle import checkpoints, colors, images, pyramid
from artstyle.settings import NOISES, Settings
from artstyle.transfer import stylize

ROOT = Path(__file__).parents[1]
PAIRS = (
    ("rocket", "impasto"),
    ("astronaut", "splashes"),
    ("coffee", "pointillism"),
)
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


def main() -> int:
    """Print the table, and a mean over the pairs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=len(PAIRS), help="the first N pairs")
    parser.add_argument("--json", type=Path, help="keep the figures in a file")
    arguments = parser.parse_args()
    network = checkpoints.load("vgg16")
    rows: list[dict[str, object]] = []
    print(f"{'pair':24} {'noise':11} {'texture':>8} {'shape':>8} {'edges':>8} {'loss':>8}")
    for photo, painting in PAIRS[: arguments.pairs]:
        content = images.load(next((ROOT / "img/content").glob(f"{photo}.*")))
        style = images.load(next((ROOT / "img/style").glob(f"{painting}.*")))
        for name in reversed(NOISES):
            made = stylize(content, style, Settings(noise=name, levels=1), network)
            size = made.picture.shape[-2], made.picture.shape[-1]
            small = pyramid.level_size((style.shape[-2], style.shape[-1]), min(size))
            figures = measure(
                pyramid.target(content, size), pyramid.target(style, small), made.picture
            )
            figures["loss"] = made.loss.total
            rows.append({"pair": f"{photo} × {painting}", "noise": name, **figures})
            show(f"{photo} × {painting}", name, figures)
    for name in reversed(NOISES):
        of_name = [row for row in rows if row["noise"] == name]
        show("mean", name, {k: mean(of_name, k) for k in ("texture", "shape", "edges", "loss")})
    if arguments.json:
        arguments.json.write_text(json.dumps({"torch": torch.__version__, "rows": rows}, indent=1))
    return 0


def mean(rows: list[dict[str, object]], key: str) -> float:
    """Average a figure."""
    return float(np.mean([row[key] for row in rows]))


def show(pair: str, name: str, figures: dict[str, float]) -> None:
    """Print a row."""
    numbers = " ".join(f"{figures[key]:8.3f}" for key in ("texture", "shape", "edges", "loss"))
    print(f"{pair:24} {name:11} {numbers}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
