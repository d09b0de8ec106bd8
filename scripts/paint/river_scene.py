"""Plan of the river landscape: which part of the scene lies where and how light it is.

Maps are on one fixed grid, whatever size is painted from it.
"""

from dataclasses import dataclass

import numpy as np
from brush import Values, extent, floats
from canvas import Map, fractal_noise, smoothstep, value_noise
from numpy.typing import NDArray

ASPECT = 4 / 3
GRID = 512  # rows of the plan
SHORE = 0.47  # y of the far shore
SUN = (0.56, 0.335)
SKY, TREES, MEADOW, SAIL, GRASS, SAND, FOLIAGE, TRUNK, PARASOL, DRESS = range(10)
REFLECTED = 10  # added to what the water mirrors
POPLARS = ((0.86, 0.14, 0.036), (0.955, 0.07, 0.044), (1.05, 0.17, 0.036), (1.135, 0.11, 0.042))
SAILS = ((0.70, 0.545, 0.190), (0.455, 0.500, 0.105))
LEAVES = (
    (0.10, 0.16, 0.19, 0.15),
    (0.30, 0.09, 0.17, 0.11),
    (0.02, 0.33, 0.10, 0.11),
    (0.155, 0.315, 0.105, 0.085),
)
Zones = NDArray[np.int64]


@dataclass
class Plan:
    """The scene so far: the part at every place, its tone in [0, 1], and the places."""

    zone: Zones
    tone: Map
    x: Map
    y: Map

    def put(self, zone: int, where: NDArray[np.bool_], tone: Values) -> None:
        """Lay one part over what is there."""
        self.zone[where] = zone
        self.tone[where] = np.broadcast_to(tone, where.shape)[where]


def distant(plan: Plan, rng: np.random.Generator) -> None:
    """The sky with its low sun, the far wood, the meadow and the poplars."""
    x, y, shape = plan.x, plan.y, extent(plan.x)
    clouds = fractal_noise(*shape, 3, 4, rng)
    streaks = fractal_noise(shape[0], shape[1] // 3, 7, 3, rng)
    streaks = np.repeat(streaks, 4, axis=1)[:, : shape[1]]
    glow = np.exp(-(((x - SUN[0]) / 0.55) ** 2) - ((y - SUN[1]) / 0.20) ** 2)
    disc = smoothstep(0.058, 0.040, np.hypot(x - SUN[0], y - SUN[1]))
    tone = 0.16 + 0.42 * smoothstep(0.35, 0.8, 0.6 * clouds + 0.4 * streaks) + 0.5 * glow + disc
    plan.put(SKY, np.ones(shape, bool), tone)
    clumps = fractal_noise(*shape, 14, 3, rng)
    line = 0.395 + 0.05 * np.sin(5 * x + 1.0) + 0.06 * (value_noise(*shape, 9, rng) - 0.5)
    line -= 0.05 * smoothstep(0.25, 0.0, x)
    near_sun = np.exp(-(((x - SUN[0]) / 0.25) ** 2))
    tone = 0.15 + 0.6 * clumps - 2.2 * (y - line).clip(0, 0.1) + 0.3 * near_sun
    plan.put(TREES, y > line, tone)
    plan.put(MEADOW, y > 0.448 + 0.008 * np.sin(9 * x), (0.55 + 0.5 * (clumps - 0.4)))
    for middle, top, half in POPLARS:
        t = ((y - top) / (0.465 - top)).clip(0, 1)
        width = half * np.sqrt(t) * (1.05 - 0.45 * t**3) * (0.75 + 0.5 * clumps)
        side = (x - middle) / np.maximum(width, 1e-3)
        tone = 0.10 + 0.62 * clumps - 0.28 * side.clip(-1, 1)
        plan.put(TREES, (np.abs(side) < 1) & (y > top) & (y < 0.465), tone)


def boats(plan: Plan) -> None:
    """Two sailing boats; the water mirrors their sails."""
    x, y = plan.x, plan.y
    for middle, foot, tall in SAILS:
        up = (foot - y) / tall
        jib = (x > middle - 0.24 * tall * (1 - up)) & (x < middle - 0.02 * tall)
        main = (x > middle) & (x < middle + 0.40 * tall * (1 - up))
        plan.put(SAIL, (jib | main) & (up > 0.06) & (up < 1), np.where(main, 0.85, 0.45))
        hull = (np.abs(x - middle - 0.05 * tall) < 0.36 * tall) & (np.abs(y - foot) < 0.05 * tall)
        plan.put(TRUNK, hull, np.full_like(x, 0.3))


def water(plan: Plan, rng: np.random.Generator) -> None:
    """Mirror everything above the shore into the river, broken by ripples."""
    x, y, shape = plan.x, plan.y, extent(plan.x)
    flat = np.repeat(value_noise(shape[0], shape[1] // 8, 60, rng), 9, axis=1)[:, : shape[1]]
    depth = (y - SHORE).clip(0, 1)
    up = SHORE - depth * (0.9 + 0.12 * flat)
    across = x + 0.05 * (flat - 0.5) * smoothstep(0, 0.2, depth)
    row = (up * GRID).clip(0, GRID - 1).astype(int)
    column = (across * GRID).clip(0, shape[1] - 1).astype(int)
    tone = plan.tone[row, column] * 0.92 - 0.04 + 0.26 * (flat - 0.5)
    path = np.exp(-(((x - SUN[0]) / (0.03 + 0.12 * depth)) ** 2)) * (flat > 0.45)
    river = y > SHORE + 0.004 * np.sin(13 * x)
    zone = plan.zone[row, column] + REFLECTED
    keep = (plan.zone == SAIL) | (plan.zone == TRUNK)  # boats float on it
    plan.zone[river & ~keep] = zone[river & ~keep]
    plan.tone[river & ~keep] = (tone + 0.55 * path)[river & ~keep]


def bank(plan: Plan, rng: np.random.Generator) -> None:
    """The near bank with its path, the big tree in the corner and a walker."""
    x, y, shape = plan.x, plan.y, extent(plan.x)
    clumps = fractal_noise(*shape, 12, 3, rng)
    edge = 0.985 - 0.33 * smoothstep(0.55, 1.3, x) - 0.20 * smoothstep(0.42, 0.0, x)
    edge = edge + 0.03 * (value_noise(*shape, 10, rng) - 0.5)
    shade = 0.45 * np.exp(-(((x - 0.12) / 0.30) ** 2)) + 0.25 * smoothstep(0.03, 0.0, y - edge)
    tone = 0.62 + 0.55 * (clumps - 0.5) - shade
    plan.put(GRASS, y > edge, tone)
    path = np.abs(y - edge - 0.105 - 0.03 * np.sin(6 * x)) < 0.030 * smoothstep(0.55, 1.2, x)
    plan.put(SAND, path & (y > edge), (0.65 + 0.5 * (clumps - 0.5)))
    lean = 0.115 + 0.035 * np.sin(4 * y) + 0.02 * (1 - y)
    half = 0.026 + 0.03 * smoothstep(0.75, 1.0, y)
    trunk = (np.abs(x - lean) < half) & (y > 0.2) & (y < 0.93)
    lit = 0.5 + 0.28 * (x - lean) / half + 0.4 * (clumps - 0.5) - 0.4 * smoothstep(0.55, 0.32, y)
    plan.put(TRUNK, trunk, lit)
    inside = np.zeros(shape, np.float32)
    for cx, cy, wide, high in LEAVES:
        inside = np.maximum(inside, 1.3 - np.hypot((x - cx) / wide, (y - cy) / high))
    ragged = fractal_noise(*shape, 9, 3, rng)
    leaf = (inside + 0.9 * (ragged - 0.5) > 0.28) & (inside > 0.05)
    light = 0.10 + 0.75 * ragged + 0.25 * smoothstep(0.1, 0.45, x) - 0.25 * inside
    plan.put(FOLIAGE, leaf, light)
    walker(plan)


def walker(plan: Plan) -> None:
    """Somebody under a red parasol on the path."""
    x, y = plan.x - 1.045, plan.y - 0.775
    shadow = (np.abs(y - 0.048) < 0.012) & (np.abs(x + 0.04) < 0.07)
    plan.put(GRASS, shadow, np.full_like(x, 0.05))
    dress = (np.abs(x) < 0.014 + 0.22 * y.clip(0, 0.05)) & (y > -0.055) & (y < 0.052)
    plan.put(DRESS, dress, (0.45 - 14 * x))
    head = np.hypot(x, y + 0.066) < 0.013
    plan.put(SAND, head, np.full_like(x, 0.7))
    dome = (np.hypot(x / 1.25, y + 0.072) < 0.048) & (y < -0.072)
    plan.put(PARASOL, dome, (0.5 - 7 * x))


def river_plan(rng: np.random.Generator) -> Plan:
    """Compose the landscape from back to front."""
    rows, columns = floats(np.mgrid[0:GRID, 0 : round(GRID * ASPECT)])
    zone = np.zeros(rows.shape, np.int64)
    plan = Plan(zone, np.zeros_like(rows), (columns + 0.5) / GRID, (rows + 0.5) / GRID)
    distant(plan, rng)
    boats(plan)
    water(plan, rng)
    bank(plan, rng)
    return plan
