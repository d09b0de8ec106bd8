"""Large gestures: long brush and knife strokes along a path.

Paths and sizes are in units of the picture's short side, as in ``brush``.
"""

import cv2
import numpy as np
from brush import LEVELS, Pyramid, Surface, floats, hairs, pyramid, ramp
from canvas import Map, smoothstep

WIDE = (384, 1536)  # pixels across and along a wide stroke's tile
CHUNK = 6  # path pieces laid at once: a stroke that crosses itself covers itself


def spline(knots: list[tuple[float, float]], pieces: int = 120) -> Map:
    """A smooth path through the knots (Catmull-Rom), with even steps."""
    points = np.array([knots[0], *knots, knots[-1]], np.float64)
    t = np.linspace(0, 1, 24, endpoint=False)[:, None]
    run = []
    for i in range(len(knots) - 1):
        a, b, c, d = points[i : i + 4]
        run.append(
            b
            + (c - a) / 2 * t
            + (a - 2.5 * b + 2 * c - d / 2) * t**2
            + (1.5 * (b - c) + (d - a) / 2) * t**3
        )
    curve = np.vstack([*run, points[-1:]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    even = np.linspace(0, along[-1], pieces + 1)
    return np.stack([np.interp(even, along, curve[:, k]) for k in (0, 1)], 1).astype(np.float32)


def wide_tile(rng: np.random.Generator, full: float, dry: float) -> Pyramid:
    """A wide brush's mark: solid up to ``full`` of its way, then breaking into streaks."""
    v = np.linspace(-1, 1, WIDE[0], dtype=np.float32)[:, None]
    u = np.linspace(0, 1, WIDE[1], dtype=np.float32)[None]
    streak = 0.5 * hairs(46, 4, rng, WIDE) + 0.2 * hairs(64, 14, rng, WIDE)
    streak = 0.5 + 2.0 * (streak + 0.3 * hairs(14, 3, rng, WIDE) - 0.5)
    spent = (u - full).clip(0, 1) / max(1 - full, 0.05)
    tooth = 0.5 * (hairs(70, 120, rng, WIDE) - 0.5) * smoothstep(0, 0.5, spent)
    cover = smoothstep(-0.07, 0.07, streak + tooth + 0.55 - (0.55 + dry) * spent**0.8)
    side = 0.95 - 0.10 * hairs(2, 14, rng, WIDE) - 0.05 * hairs(2, 60, rng, WIDE) - np.abs(v)
    start = u - 0.004 - 0.007 * hairs(60, 1, rng, WIDE) - 0.012 * hairs(5, 1, rng, WIDE)
    end = 0.995 - u - 0.10 * hairs(64, 1, rng, WIDE) - 0.14 * hairs(9, 1, rng, WIDE)
    cover = cover * smoothstep(0, 0.03, side) * smoothstep(0, 0.006, np.minimum(start, end))
    lip = np.exp(-((side - 0.05) ** 2) / 0.002) * (1 - spent)
    height = cover * (0.25 + 0.40 * streak + 0.35 * lip)
    tint = 0.6 * hairs(9, 3, rng, WIDE) + 0.4 * hairs(40, 3, rng, WIDE)
    return pyramid(np.dstack([cover, height, smoothstep(0.2, 0.8, tint)]).astype(np.float32))


def knife_tile(rng: np.random.Generator) -> Pyramid:
    """A palette knife's slab: smooth and flat, ridged at its edges, torn where it lifts."""
    v = np.linspace(-1, 1, WIDE[0], dtype=np.float32)[:, None]
    u = np.linspace(0, 1, WIDE[1], dtype=np.float32)[None]
    side = 0.96 - 0.10 * hairs(2, 9, rng, WIDE) - 0.05 * hairs(2, 50, rng, WIDE) - np.abs(v)
    end = 0.99 - u - 0.16 * hairs(5, 1, rng, WIDE) - 0.09 * hairs(48, 1, rng, WIDE)
    start = u - 0.008 - 0.03 * hairs(4, 1, rng, WIDE) - 0.015 * hairs(30, 1, rng, WIDE)
    holes = hairs(12, 9, rng, WIDE) * 0.4 + hairs(40, 14, rng, WIDE) * 0.6
    cover = smoothstep(0, 0.02, side) * smoothstep(0, 0.006, np.minimum(start, end))
    cover = cover * smoothstep(0.26, 0.34, holes + 0.42 - 0.58 * u**1.5)
    lip = np.exp(-((side - 0.03) ** 2) / 0.001) * hairs(2, 7, rng, WIDE)
    chatter = hairs(3, 26, rng, WIDE)  # the blade's shiver, across its way
    height = cover * (0.45 + 0.18 * chatter + 0.25 * hairs(24, 3, rng, WIDE) + 0.35 * lip)
    tint = 0.7 * hairs(5, 2, rng, WIDE) + 0.3 * hairs(20, 2, rng, WIDE)
    return pyramid(np.dstack([cover, height, smoothstep(0.15, 0.85, tint)]).astype(np.float32))


def lay_paint(
    surface: Surface, corner: tuple[int, int], paint: Map, colours: Map, thick: float
) -> None:
    """Blend a window of cover, height and tint into the surface."""
    top, left = corner
    here = np.s_[top : top + paint.shape[0], left : left + paint.shape[1]]
    cover = paint[..., :1]
    surface.colour[here] += cover * (ramp(colours, paint[..., 2]) - surface.colour[here])
    surface.height[here] *= 1 - 0.6 * cover[..., 0]
    surface.height[here] += paint[..., 1] * np.float32(thick)


def window(surface: Surface, points: Map, margin: float) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of the pixels around the points, clipped."""
    rows, columns = surface.height.shape
    low, high = points.min(0) - margin, points.max(0) + margin
    return (
        max(0, int(low[1])),
        min(rows, int(high[1]) + 2),
        max(0, int(low[0])),
        min(columns, int(high[0]) + 2),
    )


def unroll(
    points: Map, half: Map, pieces: range, box: tuple[int, int, int, int]
) -> tuple[Map, Map]:
    """Return how far along the path and across it (-1 to 1) every pixel of a window lies.

    Pixels off these pieces of the path get -9, which no tile covers.
    """
    top, bottom, left, right = box
    rows, columns = floats(np.mgrid[top:bottom, left:right])
    u, v = np.full(rows.shape, -9, np.float32), np.full(rows.shape, -9, np.float32)
    tangent = np.gradient(points, axis=0)
    tangent /= np.hypot(tangent[:, 0], tangent[:, 1])[:, None] + 1e-6
    for i in pieces:
        (x0, y0), (x1, y1) = points[i], points[i + 1]
        (tx, ty), (sx, sy) = tangent[i], tangent[i + 1]
        # Between the normals at both ends of a piece lies a wedge: no gaps at bends.
        behind = (columns - x0) * tx + (rows - y0) * ty
        ahead = (x1 - columns) * sx + (y1 - rows) * sy
        f = behind / np.maximum(behind + ahead, 1e-3)
        x, y = columns - (x0 + f * (x1 - x0)), rows - (y0 + f * (y1 - y0))
        off = (y * tx - x * ty) / (half[i] + f * (half[i + 1] - half[i]))
        inside = (behind >= 0) & (ahead > 0) & (np.abs(off) <= 1)
        u[inside], v[inside] = (i + f[inside]) / (len(points) - 1), off[inside]
    return u, v


def stroke(
    surface: Surface, path: Map, widths: Map, *, tile: Pyramid, colours: Map, thick: float
) -> None:
    """Draw a brush along the path; ``widths`` holds its width at every point."""
    points, half = floats(path * surface.short), floats(widths * surface.short / 2)
    level = int(np.clip(np.log2(WIDE[0] / max(2 * float(half.max()), 1)), 0, LEVELS - 1))
    high, wide = tile[level].shape[:2]
    for first in range(0, len(path) - 1, CHUNK):
        last = min(first + CHUNK, len(path) - 1)
        box = window(surface, points[first : last + 1], float(half[first : last + 1].max()))
        top, bottom, left, right = box
        if top >= bottom or left >= right:
            continue
        u, v = unroll(points, half, range(first, last), box)
        paint = floats(cv2.remap(tile[level], u * wide, (v + 1) * (high / 2), cv2.INTER_LINEAR))
        lay_paint(surface, (top, left), paint, colours, thick)
