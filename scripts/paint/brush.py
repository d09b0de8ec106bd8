"""Brush marks: curved dabs stamped from bristle tiles, with colour and paint height.

Places and sizes are in units of the picture's short side, so the same marks give the
same painting at any size; only ``Surface`` knows about pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from canvas import Map, relief, smoothstep
from numpy.typing import NDArray

TILE = (96, 384)  # pixels across and along the finest bristle tile
LEVELS = 6  # each level is half as fine; thin marks read coarse tiles, or they would alias

Pyramid = list[Map]
Values = NDArray[np.floating[Any]]


@dataclass
class Surface:
    """Wet paint: its colour, and its height in units of the short side."""

    short: int
    aspect: float
    ground: Map
    colour: Map = field(init=False)
    height: Map = field(init=False)

    def __post_init__(self) -> None:
        """Prime the canvas with the ground colour."""
        shape = (self.short, round(self.short * self.aspect))
        self.height = np.zeros(shape, np.float32)
        self.colour = np.empty((*shape, 3), np.float32)
        self.colour[:] = self.ground

    def lit(self, strength: float, gloss: float = 0.25, soft: float = 0.0) -> Map:
        """Return the painting under raking light; steep lit slopes get a gloss.

        ``soft`` rounds off relief finer than that share of the short side, and colour
        half as far: it would cost more bytes in the file than the eye gets from it.
        """
        height = blurred(self.height, soft * self.short)
        colours = blurred(self.colour, soft / 2 * self.short)
        light = relief(height, strength * self.short)[..., None]
        shine = gloss * np.maximum(light - 1.08, 0)
        return floats(np.clip(colours * np.clip(light, 0.35, 1.35) + shine, 0, 1))


@dataclass
class Mark:
    """One dab: centre, direction, bend (turn per length), sizes, two colours, its tile."""

    x: float
    y: float
    angle: float
    curve: float
    length: float
    width: float
    colour: Map
    tint: Map
    tile: int


def floats(values: Any) -> Map:
    """Return any array as float32: OpenCV and mixed arithmetic forget the type."""
    return np.asarray(values, np.float32)


def blurred(picture: Map, sigma: float) -> Map:
    """Smooth a picture or a map; zero leaves it as it is."""
    return floats(cv2.GaussianBlur(picture, (0, 0), sigma)) if sigma > 0 else picture


def extent(like: Map) -> tuple[int, int]:
    """Return a map's height and width."""
    return like.shape[0], like.shape[1]


def hairs(across: int, along: int, rng: np.random.Generator, shape: tuple[int, int] = TILE) -> Map:
    """Streaks as a brush's hairs leave them: many cells across, few along, in [0, 1]."""
    cells = rng.random((across, along), dtype=np.float32)
    return floats(cv2.resize(cells, shape[::-1], interpolation=cv2.INTER_CUBIC)).clip(0, 1)


def pyramid(tile: Map) -> Pyramid:
    """Return the tile at every level, finest first."""
    levels = [tile]
    for _ in range(LEVELS - 1):
        tile = floats(cv2.resize(tile, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
        levels.append(tile)
    return levels


def bristle_tile(rng: np.random.Generator, dry: float, ridges: int = 13) -> Pyramid:
    """One brush mark, its channels cover, height and tint; ``dry`` thins out its far end."""
    v = np.linspace(-1, 1, TILE[0], dtype=np.float32)[:, None]
    u = np.linspace(0, 1, TILE[1], dtype=np.float32)[None]
    streak = 0.8 * hairs(ridges, 4, rng) + 0.2 * hairs(2 * ridges, 6, rng)
    side = 0.9 - 0.16 * hairs(2, 9, rng) - np.abs(v)
    # A round brush touches down and lifts off with its middle hairs last.
    start = u - 0.02 - 0.1 * v * v - 0.07 * hairs(10, 1, rng)
    end = 0.98 - u - 0.12 * v * v - 0.16 * hairs(12, 1, rng)
    cover = smoothstep(0, 0.1, side) * smoothstep(0, 0.025, np.minimum(start, end))
    cover = cover * smoothstep(-0.12, 0.12, streak - dry * u**1.5)
    lip = np.exp(-((side - 0.1) ** 2) / 0.008) + 0.8 * np.exp(-((end - 0.05) ** 2) / 0.002)
    height = cover * (0.35 + 0.65 * streak + 0.35 * lip)
    tint = smoothstep(0.35, 0.75, hairs(6, 2, rng))
    return pyramid(np.dstack([cover, height, tint]).astype(np.float32))


def local(surface: Surface, mark: Mark) -> tuple[tuple[slice, slice], Map, Map] | None:
    """Return the window a mark touches and, along and across it, each pixel's place.

    Places run from -0.5 to 0.5 on the mark. None if the mark lies off the canvas.
    """
    scale = surface.short
    length, width = mark.length * scale, mark.width * scale
    turn = float(np.clip(mark.curve, -1.2, 1.2))  # beyond it the parabola is no arc any more
    c, s = np.cos(mark.angle), np.sin(mark.angle)
    sag = abs(turn) * length / 8
    reach_x = abs(c) * length / 2 + abs(s) * (width / 2 + sag) + 1
    reach_y = abs(s) * length / 2 + abs(c) * (width / 2 + sag) + 1
    x, y = mark.x * scale, mark.y * scale
    rows, columns = surface.height.shape
    left, right = max(0, int(x - reach_x)), min(columns, int(x + reach_x) + 2)
    top, bottom = max(0, int(y - reach_y)), min(rows, int(y + reach_y) + 2)
    if left >= right or top >= bottom:
        return None
    dx = np.arange(left, right, dtype=np.float32)[None] - np.float32(x)
    dy = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(y)
    u = dx * np.float32(c / length) + dy * np.float32(s / length)
    v = dy * np.float32(c / width) - dx * np.float32(s / width)
    v -= np.float32(turn * length / width / 2) * u * u
    return np.s_[top:bottom, left:right], u, v


def stamp(surface: Surface, mark: Mark, tiles: Sequence[Pyramid], thickness: float) -> None:
    """Press one mark into the surface; its height is ``thickness`` times its width."""
    found = local(surface, mark)
    if found is None:
        return
    here, u, v = found
    level = np.log2(TILE[0] / max(mark.width * surface.short, 1))
    tile = tiles[mark.tile][int(np.clip(level, 0, LEVELS - 1))]
    high, wide = tile.shape[:2]
    half = np.float32(0.5)
    paint = cv2.remap(tile, (u + half) * wide - half, (v + half) * high - half, cv2.INTER_LINEAR)
    cover = paint[..., :1]
    fresh = mark.colour + paint[..., 2:] * (mark.tint - mark.colour)
    surface.colour[here] += cover * (fresh - surface.colour[here])
    # Fresh paint half levels what it covers and stands on the rest.
    surface.height[here] *= 1 - 0.6 * cover[..., 0]
    surface.height[here] += paint[..., 1] * np.float32(thickness * mark.width)


def scatter(
    spacing: float, aspect: float, rng: np.random.Generator, margin: float = 0.02
) -> tuple[Map, Map]:
    """Points about ``spacing`` apart all over the picture, in random order."""
    xs = np.arange(-margin, aspect + margin, spacing)
    ys = np.arange(-margin, 1 + margin, spacing)
    grid = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)
    grid += rng.uniform(-0.6, 0.6, grid.shape) * spacing
    rng.shuffle(grid)
    return grid[:, 0].astype(np.float32), grid[:, 1].astype(np.float32)


def look_up(field_map: NDArray[Any], x: Values, y: Values) -> Map:
    """Read a map whose short side is its height at unit places, clamped to its edges."""
    size = field_map.shape[0]
    column = np.clip((x * size).astype(int), 0, field_map.shape[1] - 1)
    row = np.clip((y * size).astype(int), 0, size - 1)
    return floats(field_map[row, column])


def ramp(colours: Map, tone: Values) -> Map:
    """Read a row of colours at ``tone`` in [0, 1], blending neighbours."""
    place = np.clip(tone, 0, 1) * (len(colours) - 1)
    low = np.minimum(place.astype(int), len(colours) - 2)
    share = (place - low)[..., None]
    return floats(colours[low] * (1 - share) + colours[low + 1] * share)
