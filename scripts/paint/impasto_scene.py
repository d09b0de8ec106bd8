"""Plan of the moonlit valley: what lies where, how light it is, which way the brush goes.

Everything here is a map on one fixed grid, whatever size is painted from it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from brush import Values, extent, floats
from canvas import Map, fractal_noise, smoothstep, value_noise
from numpy.typing import NDArray

ASPECT = 1.25
GRID = 512  # rows of the plan
MOON = (0.33, 0.255, 0.060)
# Place, reach and sense of the sky's vortices.
VORTICES = (
    (0.74, 0.31, 0.17, 1),
    (0.52, 0.52, 0.09, -1),
    (1.02, 0.14, 0.11, -1),
    (0.07, 0.47, 0.10, 1),
    (0.57, 0.07, 0.10, -1),
)
# Place and radius of the stars.
STARS = (
    (0.09, 0.12, 0.024),
    (0.545, 0.185, 0.018),
    (0.83, 0.085, 0.027),
    (1.185, 0.33, 0.022),
    (0.115, 0.30, 0.014),
    (0.925, 0.475, 0.022),
    (0.64, 0.465, 0.014),
    (0.33, 0.50, 0.016),
    (1.19, 0.075, 0.017),
    (0.40, 0.05, 0.013),
)
# Middle, top, base and half width of the cypresses, farthest first.
TREES = ((0.955, 0.60, 0.93, 0.026), (1.145, 0.40, 1.02, 0.052), (1.06, 0.19, 1.03, 0.064))


@dataclass
class Plan:
    """One part of the scene: its mask, its lightness in [0, 1] and its brush direction."""

    mask: Map
    tone: Map
    angle: Map


def coordinates() -> tuple[Map, Map]:
    """Return x and y of the grid in units of the short side."""
    rows, columns = np.mgrid[0:GRID, 0 : round(GRID * ASPECT)]
    return floats((columns + 0.5) / GRID), floats((rows + 0.5) / GRID)


def plan_of(mask: NDArray[np.bool_], tone: Values, angle: Values) -> Plan:
    """Make a plan, its tone clipped to what the ramps of colours hold."""
    return Plan(floats(mask), floats(tone.clip(0, 1)), floats(angle))


def follow(picture: Map, x: Map, y: Map) -> Map:
    """Read a map at fractional places, its edges going on for ever."""
    return floats(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def smear(noise: Map, angle: Values, steps: int = 28) -> Map:
    """Drag noise along the brush direction, so that its bumps become long bands."""
    rows, columns = np.indices(noise.shape)
    # Sine and cosine are read apart: angles themselves cannot be interpolated.
    cosine, sine = floats(np.cos(angle)), floats(np.sin(angle))
    total = noise.copy()
    for sense in (1, -1):
        x, y = floats(columns), floats(rows)
        for _ in range(steps):
            dx, dy = follow(cosine, x, y), follow(sine, x, y)
            x, y = x + 2 * sense * dx, y + 2 * sense * dy
            total += follow(noise, x, y)
    total -= total.mean()
    return floats(total / total.std())


def ridge(x: Map, level: float, rng: np.random.Generator, rise: float) -> Map:
    """A hill line: its y for every x, wavering by ``rise`` about ``level``."""
    line = np.zeros_like(x)
    for wave in range(1, 5):
        line += np.sin(x * 3.1 * wave + rng.uniform(0, 6.28)) * rise / wave
    return floats(level + line)


def sky_angle(x: Map, y: Map) -> Map:
    """A wavering wind that turns round every vortex, the moon and the stars."""
    u = 1.0 + 0 * x
    v = 0.35 * np.sin(5.5 * x + 1.5 * y) + 0.2 * np.sin(9 * y + 2 * x)
    # A light outweighs a vortex, or its rings would be torn.
    lights = [(sx, sy, 2.3 * radius, 3) for sx, sy, radius in (MOON, *STARS)]
    for cx, cy, reach, sense in (*VORTICES, *lights):
        dx, dy = x - cx, y - cy
        r = np.sqrt(dx * dx + dy * dy) + 1e-4
        pull = 9 * np.exp(-((r / reach) ** 2) * 0.9)
        u += pull * (-dy * sense - 0.2 * abs(sense) * dx) / r
        v += pull * (dx * sense - 0.2 * abs(sense) * dy) / r
    return floats(np.arctan2(v, u))


def glow(x: Map, y: Map) -> Map:
    """How near the moon or a star is: 1 inside, down through rings to 0 in the open sky."""
    total = np.zeros_like(x)
    for cx, cy, radius in (MOON, *STARS):
        r = np.hypot(x - cx, y - cy) / radius
        rings = 0.11 * np.sin(r * 5.6) * (r > 0.9)
        total = np.maximum(total, np.clip(1.18 - 0.37 * r + rings, 0, 1))
    return floats(total)


def cores(x: Map, y: Map, angle: Map) -> Plan:
    """The discs of the moon and the stars, the moon a little shaded on one side."""
    inside = np.zeros_like(x)
    for cx, cy, radius in ((MOON[0], MOON[1], 0.9 * MOON[2]), *STARS):
        inside = np.maximum(inside, np.hypot(x - cx, y - cy) < 0.62 * radius + 0.003)
    shade = 0.35 * smoothstep(0.02, 0.055, np.hypot(x - MOON[0] + 0.018, y - MOON[1] + 0.012))
    far = np.hypot(x - MOON[0], y - MOON[1]) > 1.2 * MOON[2]
    tone = np.where(far, 0.95, 1.0 - shade)
    return plan_of(inside > 0, tone, angle)


def sky(x: Map, y: Map, rng: np.random.Generator) -> Plan:
    """Swirling bands, darkest at the top corners, paler towards the hills."""
    angle = sky_angle(x, y)
    bands = smear(value_noise(*extent(x), 20, rng), angle)
    broad = fractal_noise(*extent(x), 4, 2, rng)
    tone = 0.20 + 0.17 * bands + 0.30 * (broad - 0.5) + 0.28 * smoothstep(0.35, 0.62, y)
    for cx, cy, reach, _ in VORTICES:
        tone += 0.22 * np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / reach**2) * 1.4)
    tone += 0.20 * np.exp(-(((x - MOON[0]) ** 2 + (y - MOON[1]) ** 2) / 0.05))
    return plan_of(np.ones(x.shape, bool), tone, angle)


def hills(x: Map, y: Map, rng: np.random.Generator) -> tuple[Plan, Plan]:
    """The far mountains and the wooded hills before them."""
    peaks = 0.07 * np.exp(-(((x - 0.62) / 0.13) ** 2)) + 0.05 * np.exp(-(((x - 1.2) / 0.15) ** 2))
    far = floats(ridge(x, 0.635, rng, 0.010) - peaks)
    near = ridge(x, 0.678, rng, 0.018)
    plans = []
    for line, base in ((far, 0.55), (near, 0.42)):
        slope = np.gradient(line, axis=1) * GRID
        depth = ((y - line) / 0.05).clip(0, 2)
        angle = np.arctan(slope) + 0.35 * np.sin(x * 23) * depth
        bands = smear(value_noise(*extent(x), 30, rng), angle, 10)
        tone = base - 0.22 * depth + 0.16 * bands
        plans.append(plan_of((y > line) & (y < 0.735), tone, angle))
    return plans[0], plans[1]


def lake(x: Map, y: Map, rng: np.random.Generator) -> Plan:
    """Dark water with the moon's path and the glow of the sky near the far shore."""
    angle = 0.10 * np.sin(11 * x + 30 * y)
    ripples = smear(value_noise(*extent(x), 44, rng), angle, 14)
    path = np.exp(-(((x - MOON[0]) / (0.022 + 0.25 * (y - 0.70).clip(0, 1))) ** 2))
    tone = 0.24 + 0.12 * ripples + 0.55 * path - 0.5 * (y - 0.72)
    return plan_of(y > 0.722, tone, angle)


def fields(x: Map, y: Map, rng: np.random.Generator) -> Plan:
    """Ploughed land in front, its furrows running towards the lake."""
    line = 0.845 + 0.035 * np.sin(3.6 * x + 0.4) + 0.05 * smoothstep(0.55, 0.15, x)
    angle = np.arctan2(y - 0.70, x - 0.42) + 0.30 * np.sin(7 * x + 9 * y)
    furrows = smear(value_noise(*extent(x), 26, rng), angle)
    tone = (
        0.62 + 0.20 * furrows - 1.2 * (y - line - 0.06).clip(0, 1) - 0.25 * smoothstep(0.8, 1.2, x)
    )
    return plan_of(y > line, tone, angle)


Shape = tuple[float, float, float, float]


def tree(x: Map, y: Map, shape: Shape, rng: np.random.Generator) -> Plan:
    """A cypress like a dark flame, a little lit on the moon's side."""
    middle, top, base, half = shape
    t = ((y - top) / (base - top)).clip(0, 1)
    sway = middle + 0.018 * np.sin(9 * (y - top)) * (1 - t)
    lobes = 1 + 0.16 * np.sin(34 * y + 6 * middle) + 0.12 * np.sin(61 * y)
    width = half * t**0.75 * (1 - 0.45 * t**4) * lobes
    side = (x - sway) / np.maximum(width, 1e-3)
    angle = (
        -np.pi / 2 + 0.55 * side.clip(-1, 1) * (0.4 + 0.6 * np.cos(12 * t)) + 0.3 * np.sin(21 * y)
    )
    licks = smear(value_noise(*extent(x), 40, rng), angle, 12)
    tone = 0.30 + 0.17 * licks - 0.22 * side.clip(-1, 1)
    return plan_of((np.abs(side) < 1) & (y > top), tone, angle)
