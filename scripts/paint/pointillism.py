"""River at evening in dots: pure colours beside their complements on a warm ground.

No colour is mixed on the palette: every dot takes one tube colour of its part of the
scene, by how light that place is, and a share of them takes the complement instead.
"""

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np
import river_scene as scene
from brush import TILE, Mark, Pyramid, Surface, hairs, look_up, pyramid, scatter, stamp
from canvas import Map, colour, smoothstep
from numpy.typing import NDArray

SEED = 1886
GROUND = "#e2b878"
# Dot sizes as spacing and diameter: the coarse ones cover, the fine ones draw.
COARSE = (0.0205, 0.0228)
MEDIUM = (0.0160, 0.0156)
FINE = (0.0124, 0.0108)


class Tubes(NamedTuple):
    """The tube colours of one part from dark to light, and its complements."""

    scale: str
    contrast: str


PALETTE = {
    scene.SKY: Tubes(
        "3f62b8 5480cf 74a3e0 9cc3ea c7d3ec f3d7c6 fbdf9c ffd070 fff0b0", "f0a868 b48ad4 f2b4b0"
    ),
    scene.TREES: Tubes("22306e 2a4f86 1f7468 3a8f50 7db044 c4c94c f2d65a", "7d4a9c cf5a3c e79a3c"),
    scene.MEADOW: Tubes("2f7d58 63a848 a8c848 e6d858 f8e48c", "e8803c b06aa8"),
    scene.SAIL: Tubes("b9a4dc ecd6d4 fff4dc fffbe8", "f4b868 9cc0ec"),
    scene.GRASS: Tubes("1c3270 1d5a70 24784c 4fa03e 93c23e d8d848 fae468", "d8502c 6c48a8 f09030"),
    scene.SAND: Tubes("9468b0 cc86a0 f0ae80 fad490 fff0c0", "6c9cd8 e87850"),
    scene.FOLIAGE: Tubes(
        "18205c 1c3f70 1f6458 35803a 70a032 b8b838 f0c040", "8c3c80 d0542c 3c70c0"
    ),
    scene.TRUNK: Tubes("20205c 46307c 803e68 b85a3c ec9c48", "2c7c98 e06030"),
    scene.PARASOL: Tubes("8c1c50 c82c34 ec4c2c f88840 fcc060", "2c7c88 f8d878"),
    scene.DRESS: Tubes("241c60 38389c 5c64c8 a8a4e4 ecd8e8", "e8943c d8607c"),
}
THICKNESS = 0.04  # paint height by dot width: touches of a brush tip, not pebbles
SMALL_PARTS = (scene.SAIL, scene.PARASOL, scene.DRESS)  # too small for coarse dots
CONTRAST = 0.16  # share of dots in a complement
WATER_CONTRAST = ("e89858", "4c7cc8", "8c70c4")


def tubes(codes: str) -> Map:
    """Turn a row of colour codes into an array."""
    return np.stack([colour("#" + code) for code in codes.split()])


def dot_tile(rng: np.random.Generator) -> Pyramid:
    """One touch of a round brush: nearly a disc, domed, a little rim where it lifted."""
    v, u = np.mgrid[-1 : 1 : TILE[0] * 1j, -1 : 1 : TILE[0] * 1j].astype(np.float32)
    wobble = hairs(4, 4, rng, (TILE[0], TILE[0])) - 0.5
    r = np.hypot(u, v) + 0.28 * wobble
    cover = smoothstep(0.95, 0.80, r)
    rim = np.exp(-(((r - 0.70) / 0.12) ** 2))
    height = cover * (0.5 + 0.3 * rim + 0.08 * hairs(3, 2, rng, (TILE[0], TILE[0])))
    tint = 0.25 * hairs(3, 2, rng, (TILE[0], TILE[0]))
    return pyramid(np.dstack([cover, height, tint]).astype(np.float32))


def choose(zone: NDArray[np.int64], tone: Map, rng: np.random.Generator) -> Map:
    """Pick a tube for every dot; the tone is dithered, not mixed."""
    dice = rng.random((2, len(zone)), dtype=np.float32)
    dithered = tone + 0.075 * rng.normal(size=len(zone)).astype(np.float32)
    chosen = np.zeros((len(zone), 3), np.float32)
    for part, row in PALETTE.items():
        for wet in (0, scene.REFLECTED):
            here = zone == part + wet
            scale = tubes(row.scale)
            # Reflections are a step deeper than what they mirror.
            place = dithered[here] * len(scale) - (0.4 if wet else 0)
            picked = scale[place.clip(0, len(scale) - 1).astype(int)]
            contrast = tubes(" ".join(WATER_CONTRAST) if wet else row.contrast)
            other = contrast[(dice[1, here] * len(contrast)).astype(int)]
            # A complement as light as its neighbours vibrates; a darker one is a hole.
            other += (picked.mean(1) - other.mean(1))[:, None] * 0.9
            chosen[here] = np.where(dice[0, here, None] < CONTRAST, other, picked)
    return chosen.clip(0, 1)


def cover(
    surface: Surface,
    plan: scene.Plan,
    tiles: list[Pyramid],
    rng: np.random.Generator,
    *,
    size: tuple[float, float],
    only: Iterable[int],
) -> None:
    """Set one layer of dots on the parts in ``only``; on water they lie flat."""
    spacing, diameter = size
    x, y = scatter(spacing, scene.ASPECT, rng)
    zone = look_up(plan.zone, x, y).astype(int)
    paints = choose(zone, look_up(plan.tone, x, y), rng)
    wet = zone >= scene.REFLECTED
    turn = np.where(wet, 0.0, rng.uniform(-1.6, 1.6, len(x)))
    width = diameter * rng.uniform(0.85, 1.15, len(x)) * np.where(wet, 0.88, 1)
    length = width * np.where(wet, 1.5, rng.uniform(1.0, 1.25, len(x)))
    tint = np.clip(paints * rng.uniform(0.92, 1.08, (len(x), 1)), 0, 1).astype(np.float32)
    kinds = rng.integers(len(tiles), size=len(x))
    for i in np.flatnonzero(np.isin(zone % scene.REFLECTED, list(only))):
        mark = Mark(x[i], y[i], turn[i], 0, length[i], width[i], paints[i], tint[i], kinds[i])
        stamp(surface, mark, tiles, THICKNESS)


def wash(surface: Surface, tone: Map) -> None:
    """Darken the ground in the shadows, where bare canvas would glitter through."""
    smooth = cv2.GaussianBlur(tone.clip(0, 1), (0, 0), 6)
    smooth = cv2.resize(smooth, surface.height.shape[::-1], interpolation=cv2.INTER_CUBIC)
    surface.colour *= 0.50 + 0.55 * np.sqrt(smooth.clip(0, 1))[..., None]


def paint(short_side: int) -> NDArray[np.float32]:
    """Paint the river with that short side."""
    rng = np.random.default_rng(SEED)
    plan = scene.river_plan(rng)
    tiles = [dot_tile(rng) for _ in range(8)]
    surface = Surface(short_side, scene.ASPECT, colour(GROUND))
    wash(surface, plan.tone)
    cover(surface, plan, tiles, rng, size=COARSE, only=PALETTE.keys() - SMALL_PARTS)
    cover(surface, plan, tiles, rng, size=MEDIUM, only=PALETTE)
    cover(surface, plan, tiles, rng, size=FINE, only=PALETTE)
    cover(surface, plan, tiles, rng, size=FINE, only=SMALL_PARTS)
    return surface.lit(1.0, gloss=0.15, soft=0.0008)
