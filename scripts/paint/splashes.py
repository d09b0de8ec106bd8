"""Abstract storm: knife slabs, sweeping dry-brush gestures, thrown lines, splashes, drips.

Large shapes are composed by hand below; the dice only place what falls by chance on a
real canvas too: bristles, drops, drips and spatter.
"""

import numpy as np
from brush import Pyramid, Surface, extent, floats
from canvas import Map, colour, fractal_noise
from gesture import knife_tile, spline, stroke, wide_tile
from liquid import drop, pour, splat
from numpy.typing import NDArray

SEED = 1952
CREAM = "#f1e7d0"
Knots = list[tuple[float, float]]
Gesture = tuple[Knots, float, Map]  # path, width, colours


def shades(codes: str) -> Map:
    """Turn a row of colour codes into a ramp."""
    return np.stack([colour("#" + code) for code in codes.split()])


RED = shades("8e1220 c41e26 de3427 ef6a3a")
ORANGE = shades("d8551c f0822a f7a53c fbd08a")
TEAL = shades("0b4a55 12717a 2a9a98 7cc5b8")
NIGHT = shades("0d0f16 14161f 23242f 3d3a40")
OCHRE = shades("b9832e d9a744 ecc978 f4e2b0")
WHITE = shades("e9dfc8 f6efe0 fffaf0 fdf3dc")
BLUE = shades("173055 254f86 4a7fb0 a3c0cc")

# The scrubbed ground.
SCRUBS: list[Gesture] = [
    ([(-0.05, 0.10), (0.45, 0.06), (1.05, 0.14)], 0.22, WHITE),
    ([(-0.05, 0.90), (0.50, 0.95), (1.05, 0.86)], 0.24, WHITE),
    ([(1.05, 0.60), (0.70, 0.66), (0.30, 0.60)], 0.20, shades("e6d4b0 efe2c4 dccaa8")),
    ([(-0.05, 0.52), (0.25, 0.46), (0.55, 0.50)], 0.26, shades("d3d6c8 e4e2d0 c4cfc6")),
    ([(0.60, -0.05), (0.66, 0.30), (0.60, 0.55)], 0.20, shades("f0d9b4 f4e6cc e8cfa4")),
]
SLABS: list[Gesture] = [
    ([(0.55, 0.20), (0.95, 0.16)], 0.22, TEAL),
    ([(0.70, 0.37), (0.98, 0.35)], 0.12, BLUE),
    ([(0.08, 0.66), (0.40, 0.70)], 0.20, ORANGE),
    ([(0.05, 0.30), (0.07, 0.56)], 0.13, OCHRE),
    ([(0.60, 0.74), (0.90, 0.78)], 0.17, RED),
    ([(0.36, 0.84), (0.62, 0.88)], 0.09, TEAL),
    ([(0.20, 0.13), (0.42, 0.10)], 0.12, shades("d98a7c e8b09a f0cdb8")),
]
GESTURES: list[Gesture] = [
    ([(0.02, 0.98), (0.22, 0.72), (0.48, 0.56), (0.78, 0.50), (1.00, 0.28)], 0.13, RED),
    (
        [(0.30, 0.20), (0.16, 0.38), (0.22, 0.60), (0.46, 0.68), (0.66, 0.58), (0.72, 0.38)],
        0.115,
        NIGHT,
    ),
    ([(0.92, 0.95), (0.78, 0.80), (0.66, 0.52), (0.50, 0.30), (0.30, 0.26)], 0.085, TEAL),
    ([(0.36, 0.42), (0.56, 0.34), (0.74, 0.16), (0.90, 0.06)], 0.10, ORANGE),
    ([(0.12, 0.80), (0.34, 0.90), (0.62, 0.84), (0.96, 0.90)], 0.065, NIGHT),
    ([(0.44, 0.10), (0.50, 0.36), (0.42, 0.62), (0.48, 0.80)], 0.060, NIGHT),
    ([(0.20, 0.52), (0.40, 0.46), (0.60, 0.48)], 0.050, WHITE),
    ([(0.70, 0.30), (0.82, 0.24), (0.93, 0.27)], 0.040, OCHRE),
]
# Nearly dry brushes dragged over the slabs.
SCUMBLES: list[Gesture] = [
    ([(0.97, 0.12), (0.76, 0.16), (0.50, 0.24)], 0.16, WHITE),
    ([(0.02, 0.62), (0.20, 0.66), (0.46, 0.74)], 0.15, shades("c41e26 e0542c f08a3a")),
    ([(0.94, 0.70), (0.78, 0.74), (0.55, 0.82)], 0.14, NIGHT),
    ([(0.04, 0.24), (0.10, 0.42), (0.05, 0.62)], 0.12, TEAL),
    ([(0.66, 0.34), (0.84, 0.40), (1.02, 0.38)], 0.11, ORANGE),
]
LINES_AFTER = 3  # thrown lines lie over this gesture and under the next
# Where paint was flung: place, size, direction of flight, colours.
BURSTS = (
    (0.44, 0.47, 0.050, -0.7, NIGHT),
    (0.76, 0.20, 0.036, -0.5, RED),
    (0.23, 0.76, 0.034, 2.4, RED),
    (0.64, 0.66, 0.030, 0.6, WHITE),
    (0.85, 0.62, 0.024, 0.2, TEAL),
    (0.14, 0.20, 0.026, -2.4, TEAL),
    (0.56, 0.27, 0.022, -1.2, OCHRE),
)


def burst(
    surface: Surface, place: tuple[float, float, float, float, Map], rng: np.random.Generator
) -> None:
    """A splash and the drops that flew out of it, most of them onwards."""
    x, y, size, flight, colours = place
    for _ in range(70):
        turn = flight + rng.normal() * 0.9
        far = size * (1.2 + rng.gamma(1.5, 2.2))
        drop_size = size * min(0.30, 0.035 + 0.10 * rng.pareto(2.2)) / (1 + 0.02 * far / size)
        end = x + far * np.cos(turn), y + far * np.sin(turn)
        shape = drop(*end, drop_size, rng, flight=turn, tail=rng.gamma(1.2, 1.6))
        pour(surface, shape, colours[rng.integers(len(colours) - 1)], 0.0022)
    pour(surface, splat(x, y, size, rng), colours[1], 0.0028)


def drips(surface: Surface, rng: np.random.Generator) -> None:
    """Paint that ran down from the gestures, thin above and round at its foot."""
    for knots, width, colours in GESTURES[:6]:
        path = spline(knots)
        for _ in range(5):
            x, y = path[rng.integers(5, 90)] + (0, 0.40 * width)
            long, half = rng.gamma(2.2, 0.055), rng.uniform(0.0016, 0.0042)
            down = np.linspace(0, 1, 60)
            foot = 0.9 * np.exp(-(((down - 0.97) / 0.05) ** 2))
            body = half * (0.75 + 0.35 * np.exp(-down * 9) + foot)
            body *= np.sqrt(np.clip(np.minimum(down * 4, (1 - down) * 30) + 0.02, 0, 1))
            sway = x + 0.0015 * np.sin(down * 7 + rng.uniform(0, 6))
            left = np.stack([sway - body, y + long * down], 1)
            right = np.stack([sway + body, y + long * down], 1)[::-1]
            pour(surface, floats(np.vstack([left, right])), colours[1], 0.0022)


def thrown_lines(surface: Surface, tile: Pyramid, rng: np.random.Generator) -> None:
    """Long thin loops of liquid paint, swelling and thinning on their way."""
    for colours in (NIGHT, WHITE, NIGHT, RED, OCHRE, NIGHT, TEAL):
        x, y, turn = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0, 6.28)
        knots: Knots = []
        for _ in range(rng.integers(6, 10)):
            knots.append((x, y))
            turn += rng.normal()
            # It turns back before it leaves the canvas.
            turn += 0.9 * np.sign(np.sin(np.arctan2(0.5 - y, 0.5 - x) - turn))
            x, y = x + 0.13 * np.cos(turn), y + 0.13 * np.sin(turn)
        path = spline(knots, 240)
        swell = np.interp(np.linspace(0, 30, 241), np.arange(31), rng.gamma(3, 0.0016, 31))
        stroke(surface, path, floats(0.0035 + swell), tile=tile, colours=colours[:2], thick=0.0028)


def spatter(surface: Surface, rng: np.random.Generator) -> None:
    """Fine drops all over, thickest along the gestures."""
    for knots, width, colours in GESTURES:
        path = spline(knots)
        for _ in range(110):
            x, y = path[rng.integers(len(path))] + rng.normal(size=2) * 1.3 * width
            size = min(0.006, 0.0007 + 0.0007 * rng.pareto(1.6))
            flight, tail = rng.uniform(0, 6.28), rng.gamma(1, 0.7)
            shape = drop(x, y, size, rng, flight=flight, tail=tail)
            pour(surface, shape, colours[rng.integers(len(colours) - 1)], 0.0016)


def sweep(surface: Surface, gesture: Gesture, tile: Pyramid, thick: float) -> None:
    """One gesture: the brush spreads under pressure and narrows as it lifts."""
    knots, width, colours = gesture
    path = spline(knots)
    t = np.linspace(0, 1, len(path))
    widths = floats(width * (0.85 + 0.25 * np.sin(np.pi * t) - 0.15 * t**4))
    stroke(surface, path, widths, tile=tile, colours=colours, thick=thick)


def paint(short_side: int) -> NDArray[np.float32]:
    """Paint the storm with that short side."""
    rng = np.random.default_rng(SEED)
    surface = Surface(short_side, 1.0, colour(CREAM))
    stain = fractal_noise(*extent(surface.height), 3, 3, rng)[..., None]
    surface.colour += (stain - 0.5) * 0.10 * (colour("#e0b070") - colour("#9fc0c0"))
    for gesture in SCRUBS:
        sweep(surface, gesture, wide_tile(rng, 0.0, 0.75), 0.002)
    for gesture in SLABS:
        sweep(surface, gesture, knife_tile(rng), 0.004)
    for gesture in SCUMBLES:
        sweep(surface, gesture, wide_tile(rng, 0.0, 1.05), 0.003)
    for i, gesture in enumerate(GESTURES):
        sweep(surface, gesture, wide_tile(rng, 0.12, 0.80), 0.0045)
        if i == LINES_AFTER:
            thrown_lines(surface, wide_tile(rng, 1.0, 0.0), rng)
    drips(surface, rng)
    for place in BURSTS:
        burst(surface, place, rng)
    spatter(surface, rng)
    return surface.lit(0.65, gloss=0.3, soft=0.0006)
