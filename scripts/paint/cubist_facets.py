"""The planes and contours that the cubist picture is built of, without pixels yet.

Everything is in widths of the picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from canvas import Map, colour, smoothstep
from shapes import Field, Points, tapered

TALL = 1.25  # height in widths
# Directions that all edges keep to, in degrees: few of them hold such a picture together.
DIRECTIONS = (-64.0, -41.0, -8.0, 14.0, 33.0, 57.0, 76.0, 94.0)
DARKS = ("#1d1611", "#2b1f16", "#3a2a1b", "#2a3038", "#33291f", "#4a3119")
MIDS = ("#86673a", "#9c7a44", "#77705f", "#5c6a72", "#8d8470", "#6d5633", "#4c5a66")
LIGHTS = ("#dcc48c", "#e9d9ad", "#c9b587", "#c2bfae", "#d9a860", "#efe4c6", "#aab3b1")
ACCENTS = ("#a8481f", "#bf6f2e", "#8a3a20")
UMBER = colour("#1a110b")
CHALK = colour("#f0e4c4")


@dataclass(frozen=True)
class Facet:
    """One plane: its outline, its two colours and which way it gets lighter."""

    outline: Points
    dark: Map
    light: Map
    angle: float
    fade: float
    centre: tuple[float, float] | None = None  # shaded around this point, if there is one

    def across(self, x: Map, y: Map) -> Map:
        """Measure how far a place is from the dark edge, 0 there to 1 at the light end."""
        if self.centre is None:
            c, s = np.cos(self.angle), np.sin(self.angle)
            way, here = self.outline @ (c, s), x * c + y * s
        else:
            way = np.hypot(*(self.outline - self.centre).T)
            here = np.hypot(x - self.centre[0], y - self.centre[1])
        return np.asarray((here - way.min()) / (np.ptp(way) + 1e-6), np.float32)


@dataclass(frozen=True)
class Line:
    """One contour: its outline, its paint and how strongly it covers."""

    outline: Points
    paint: Map
    strength: float
    angle: float


def light_at(x: Field | np.floating[Any], y: Field | np.floating[Any]) -> Map:
    """Tell how much light falls there: most on the head, breast and guitar, little in corners."""
    axis = 0.5 + 0.06 * np.sin(3 * y)
    head = np.exp(-(((x - 0.46) / 0.2) ** 2) - ((y - 0.28) / 0.2) ** 2)
    body = np.exp(-(((x - axis) / 0.34) ** 2) - ((y - 0.8) / 0.36) ** 2)
    return smoothstep(-0.1, 1.0, np.asarray(0.75 * head + 0.95 * body - 0.25 * (x - 0.4)))


def line_along(
    path: Points, width: float, strength: float = 0.9, paint: Map = UMBER, ends: float = 0.15
) -> Line:
    """Draw a tapered contour along the path."""
    way = path[-1] - path[0]
    outline = tapered(path, width, ends, ends * 0.5)
    return Line(outline, paint, strength, float(np.arctan2(way[1], way[0])))


def straight(a: Points, b: Points, count: int = 12) -> Points:
    """Give points along a straight line."""
    return np.asarray(a + (b - a) * np.linspace(0, 1, count)[:, None])


def pick(rng: np.random.Generator, codes: tuple[str, ...]) -> Map:
    """Choose a colour and shift it a little, as mixing on a palette does."""
    chosen = colour(codes[int(rng.integers(len(codes)))])
    return np.asarray(chosen * (1 + 0.1 * rng.standard_normal()), np.float32).clip(0, 1)


def shades(rng: np.random.Generator, lightness: float) -> tuple[Map, Map]:
    """Choose a facet's dark and light colours for a place as light as that."""
    warm = rng.random() < 0.04 + 0.03 * lightness
    dark = pick(rng, ACCENTS if warm else DARKS if rng.random() < 0.75 else MIDS)
    bright = rng.random() < 0.2 + 0.8 * lightness
    return dark, pick(
        rng, LIGHTS if bright else ACCENTS if rng.random() < 0.08 * lightness else MIDS
    )


def block(centre: Points, size: float, rng: np.random.Generator) -> Points:
    """Cut a four- or three-cornered plane whose sides keep to the picture's directions."""
    first = int(rng.integers(len(DIRECTIONS)))
    second = (first + int(rng.integers(2, len(DIRECTIONS) - 1))) % len(DIRECTIONS)
    turns = np.radians(np.array([DIRECTIONS[first], DIRECTIONS[second]]) + rng.normal(0, 2, 2))
    sides = size * np.array([rng.uniform(0.7, 1.5), rng.uniform(0.35, 0.9)])
    a, b = (side * np.array([np.cos(t), np.sin(t)]) for side, t in zip(sides, turns, strict=True))
    skew = rng.uniform(0.45, 1.0)
    corners = np.stack([-a - b, a - b, a * skew + b, b - a * rng.uniform(0.5, 1)]) / 2
    if rng.random() < 0.22:
        corners = np.delete(corners, 2, axis=0)
    return np.asarray(centre + corners)


def facet_at(
    centre: Points, size: float, fade: float, rng: np.random.Generator
) -> Iterator[Facet | Line]:
    """Lay a plane there, and draw the contour of its dark side or of two sides."""
    outline = block(centre, size, rng)
    side = int(rng.integers(len(outline)))
    a, b, c = outline[side], outline[(side + 1) % len(outline)], outline[side - 1]
    edge = b - a
    inward = np.array([-edge[1], edge[0]])
    inward *= np.sign(inward @ (outline.mean(0) - a)) or 1.0
    lit = float(light_at(np.float32(centre[0]), np.float32(centre[1])))
    dark, light = shades(rng, lit)
    angle = float(np.arctan2(inward[1], inward[0]))
    yield Facet(outline, dark, light, angle, fade)
    weight = rng.choice([0.0016, 0.0026, 0.0042, 0.007], p=[0.3, 0.4, 0.22, 0.08])
    if rng.random() < 0.8:
        over = rng.uniform(-0.04, 0.12)  # contours overshoot corners, or stop before them
        yield line_along(straight(a - over * edge, b + over * edge), weight, rng.uniform(0.6, 1))
    if rng.random() < 0.35:
        yield line_along(straight(a, c), weight * 0.7, rng.uniform(0.5, 0.9))
    if rng.random() < 0.25:
        chalk = straight(a, b) + 0.004 * inward / np.linalg.norm(inward)
        yield line_along(chalk, 0.003, 0.6, CHALK)


def figure_point(rng: np.random.Generator, spread: float) -> Points:
    """Choose a place in the figure: a pyramid with its top at the head."""
    down = rng.beta(1.5, 1.25)
    half = (0.09 + 0.36 * down**1.2) * spread
    return np.array([0.5 + 0.03 * np.sin(9 * down) + half * rng.normal(0, 0.6), 0.16 + down])
