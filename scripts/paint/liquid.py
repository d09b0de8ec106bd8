"""Liquid paint: drops, splashes and whatever else stands on the canvas with a round rim.

Outlines are in units of the picture's short side, as in ``brush``.
"""

import cv2
import numpy as np
from brush import Surface, Values, floats
from canvas import Map
from gesture import lay_paint, window


def wobble(turn: Values, waves: tuple[tuple[int, float], ...], rng: np.random.Generator) -> Values:
    """Sum a few waves round a circle, each of a number of bumps and a height."""
    return sum(
        (high * np.sin(bumps * turn + rng.uniform(0, 6)) for bumps, high in waves),
        np.zeros_like(turn),
    )


def drop(
    x: float, y: float, size: float, rng: np.random.Generator, *, flight: float, tail: float
) -> Map:
    """Outline of one drop: round in front, drawn out behind by its flight."""
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    r = size * (1 + wobble(turn, ((2, 0.10), (3, 0.07)), rng))
    along, across = r * np.cos(turn), r * np.sin(turn)
    back = np.clip(-np.cos(turn), 0, 1)
    along -= tail * size * back**3
    across *= 1 - 0.55 * back**2 * min(tail, 1.0)
    c, s = np.cos(flight), np.sin(flight)
    return floats(np.stack([x + along * c - across * s, y + along * s + across * c], 1))


def splat(x: float, y: float, size: float, rng: np.random.Generator) -> Map:
    """Outline of a splash: a blob with fingers."""
    turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    r = 0.7 + wobble(turn, ((3, 0.12), (5, 0.08)), rng)
    for _ in range(22):
        gap = np.angle(np.exp(1j * (turn - rng.uniform(0, 2 * np.pi))))
        r += rng.gamma(0.8, 0.36) * np.exp(-(np.abs(gap / rng.uniform(0.04, 0.08)) ** 1.3))
    return floats(np.stack([x + size * r * np.cos(turn), y + size * r * np.sin(turn)], 1))


def pour(surface: Surface, outline: Map, paint_colour: Map, thick: float) -> None:
    """Fill an outline with wet paint that stands up like a drop, softly at its rim."""
    points = outline * surface.short
    top, bottom, left, right = window(surface, points, 2)
    if top >= bottom or left >= right:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    # Outlines are in sixteenths of a pixel, for smooth edges on the smallest drops.
    fixed = np.round((points - (left, top)) * 16).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, shift=4)
    depth = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
    rim = 0.006 * surface.short
    dome = np.sqrt(1 - (1 - np.minimum(depth / rim, 1)) ** 2) * min(1.0, depth.max() / rim)
    paint = np.dstack([mask / 255, cv2.GaussianBlur(dome, (0, 0), 0.12 * rim + 0.3), depth * 0])
    lay_paint(surface, (top, left), floats(paint), np.stack([paint_colour, paint_colour]), thick)
