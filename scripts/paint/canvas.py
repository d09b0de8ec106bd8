"""What every painter here shares: smooth noise, relief light, colours and saving.

Pictures are float32 RGB in [0, 1], shape (H, W, 3); maps are float32, shape (H, W).
Everything random comes from the generator that the caller passes, so a painting is
the same picture whenever it is painted.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Map = NDArray[np.float32]


def value_noise(height: int, width: int, cells: int, rng: np.random.Generator) -> Map:
    """Smooth noise in about [0, 1] with ``cells`` bumps along the shorter side."""
    short = min(height, width)
    grid = (
        max(2, round(cells * height / short)) + 1,
        max(2, round(cells * width / short)) + 1,
    )
    coarse = rng.random(grid, dtype=np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.float32)


def fractal_noise(
    height: int, width: int, cells: int, octaves: int, rng: np.random.Generator
) -> Map:
    """Sum ``octaves`` of value noise, each twice as fine and half as strong, to [0, 1]."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        total += value_noise(height, width, cells << octave, rng) / 2**octave
    return np.asarray((total - total.min()) / (total.max() - total.min()), np.float32)


def relief(height_map: Map, strength: float, azimuth: float = 2.35, elevation: float = 0.9) -> Map:
    """Light a height map from one side: 1.0 on flat paint, brighter and darker on slopes.

    ``strength`` is the rise in pixels of a height of one; ``azimuth`` and
    ``elevation`` are the light's direction in radians.
    """
    dx = cv2.Sobel(height_map, cv2.CV_32F, 1, 0, ksize=3) / 8 * strength
    dy = cv2.Sobel(height_map, cv2.CV_32F, 0, 1, ksize=3) / 8 * strength
    norm = np.sqrt(dx * dx + dy * dy + 1)
    flat = np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation)
    lit = (-dx * flat[0] + dy * flat[1] + np.sin(elevation)) / norm
    return np.asarray(lit / np.sin(elevation), np.float32)


def smoothstep(low: float, high: float, values: NDArray[np.floating] | float) -> Map:
    """Rise from 0 at ``low`` to 1 at ``high`` without a kink."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def colour(code: str) -> Map:
    """Turn ``"#rrggbb"`` into a float32 triple in [0, 1]."""
    triple = [int(code[i : i + 2], 16) for i in (1, 3, 5)]
    return np.array(triple, np.float32) / np.float32(255)


def save(picture: NDArray[np.float32], path: Path, quality: int) -> None:
    """Write the picture as WebP of that quality."""
    pixels = (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=quality, method=6)
