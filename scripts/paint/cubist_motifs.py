"""The composition of the cubist picture: what stands where, and in which order it is painted."""

from collections.abc import Iterator

import numpy as np
from canvas import colour
from cubist_facets import (
    CHALK,
    DIRECTIONS,
    TALL,
    UMBER,
    Facet,
    Line,
    facet_at,
    figure_point,
    line_along,
    shades,
    straight,
)
from shapes import Points, arc, curve, shifted

Part = Facet | Line
GUITAR = (0.5, 0.87)


def ring(
    centre: tuple[float, float],
    radii: tuple[float, float],
    degrees: tuple[float, float],
    depth: float,
    paints: tuple[str, str],
    *,
    fade: float = 0.8,
    line: float = 0.006,
    tilt: float = 0.0,
) -> Iterator[Part]:
    """Shade a curved band that is dark at its outline, and draw the outline.

    ``depth`` is the band's width as a share of the radii: below 1 it lies within the
    outline and rounds the thing, above 1 it lies outside and is the thing's shadow.
    """
    outer = arc(centre, radii, degrees, tilt)
    inner = arc(centre, (radii[0] * (1 - depth), radii[1] * (1 - depth)), degrees, tilt)
    outline = np.concatenate([outer, inner[::-1]])
    dark, light = colour(paints[0]), colour(paints[1])
    if depth > 0:  # measured outwards from the centre, so the first colour is the inner one
        dark, light = light, dark
    middle = outer[len(outer) // 2] - centre
    angle = float(np.arctan2(middle[1], middle[0]))
    yield Facet(outline, dark, light, angle, fade if depth < 0 else 0.0, centre)
    yield line_along(outer, line, 0.95)


def guitar() -> Iterator[Part]:
    """Break a guitar into arcs that do not quite meet, a hole, a bridge and a neck."""
    x, y = GUITAR
    wood, shade = ("#3a2412", "#d8a458"), ("#1d1611", "#7a5a34")
    yield from ring((x - 0.02, y + 0.1), (0.22, 0.18), (75, 190), 0.5, wood, line=0.008)
    yield from ring((x + 0.03, y + 0.12), (0.22, 0.17), (-35, 70), 0.45, wood, line=0.006)
    yield from ring(
        (x + 0.05, y + 0.13), (0.235, 0.18), (-30, 60), -0.2, shade, fade=0.9, line=0.004
    )
    yield from ring((x - 0.03, y - 0.1), (0.15, 0.12), (165, 275), 0.55, wood, line=0.007)
    yield from ring((x + 0.05, y - 0.11), (0.15, 0.13), (-85, 25), 0.5, ("#2a3038", "#c9b587"))
    yield from ring((x + 0.012, y), (0.064, 0.064), (0, 360), 0.99, ("#1d1611", "#3a2a1b"))
    yield from ring((x - 0.002, y + 0.006), (0.083, 0.083), (120, 330), 0.2, ("#4a3119", "#e9d9ad"))
    bridge = straight(np.array([x - 0.08, y + 0.19]), np.array([x + 0.09, y + 0.17]))
    yield line_along(bridge, 0.018, 0.95, colour("#241810"), 0.8)
    yield line_along(shifted(bridge, 0, 0.016), 0.005, 0.8, CHALK, 0.8)


def neck() -> Iterator[Part]:
    """Lay the neck up to the left, with frets, strings and pegs."""
    a, b = np.array([0.53, 0.83]), np.array([0.265, 0.4])
    way = (b - a) / np.linalg.norm(b - a)
    side = np.array([-way[1], way[0]]) * 0.026
    outline = np.stack([a - side, a + side, b + side * 0.8, b - side * 0.8])
    angle = float(np.arctan2(side[1], side[0]))
    yield Facet(outline, colour("#241810"), colour("#a4703a"), angle, 0.15)
    yield line_along(straight(a - side, b - side), 0.006, 1.0)
    for place in np.array([0.12, 0.24, 0.35, 0.45, 0.54, 0.62, 0.7, 0.77, 0.83, 0.89, 0.94]):
        middle = a + (b - a) * place
        yield line_along(straight(middle - side, middle + side), 0.004, 0.9, CHALK, 0.7)
    for share in (-0.6, -0.2, 0.2, 0.6):
        foot = np.array([0.505 - 0.02 * share, 1.05]) + side * share
        yield line_along(straight(foot, b + side * share), 0.0022, 0.85, CHALK, 0.6)
    for place in (0.0, 0.055, 0.11):
        for hand in (-1, 1):
            peg = b + way * (0.01 + place) + side * hand
            yield line_along(straight(peg, peg + side * hand * 0.9), 0.012, 1.0, UMBER, 0.6)


def bottle() -> Iterator[Part]:
    """Stand a bottle at the right, one shoulder higher than the other."""
    left = curve([(0.79, 0.36), (0.792, 0.52), (0.77, 0.6), (0.74, 0.68), (0.742, 1.02)])
    right = curve([(0.84, 0.37), (0.842, 0.54), (0.87, 0.61), (0.888, 0.7), (0.89, 0.98)])
    body = np.concatenate([left, right[::-1]])
    yield Facet(body, colour("#20302f"), colour("#7f8f84"), 0.1, 0.75)
    yield line_along(left, 0.007, 0.95)
    yield line_along(right, 0.0045, 0.9)
    yield line_along(shifted(left[6:34], 0.02, 0.012), 0.008, 0.75, CHALK)
    yield from ring((0.815, 0.365), (0.028, 0.011), (0, 360), 0.9, ("#1d1611", "#5c6a72"))
    yield from ring((0.815, 0.99), (0.075, 0.026), (-10, 200), 0.7, ("#1d1611", "#8d8470"))
    label = np.array([[0.75, 0.78], [0.87, 0.76], [0.872, 0.87], [0.752, 0.89]])
    yield Facet(label, colour("#8a3a20"), colour("#d9a860"), -0.4, 0.2)


def glass() -> Iterator[Part]:
    """Set a stemmed glass at the left, seen from the side and from above at once."""
    yield from ring((0.19, 0.82), (0.072, 0.024), (0, 360), 0.85, ("#39444d", "#e9d9ad"))
    bowl = curve([(0.118, 0.82), (0.13, 0.9), (0.182, 0.945), (0.19, 1.05), (0.186, 1.06)])
    yield line_along(bowl, 0.006, 0.95)
    yield line_along(bowl * (-1, 1) + (0.385, -0.015), 0.004, 0.9)
    yield from ring((0.188, 1.065), (0.06, 0.02), (-160, 100), 0.8, ("#1d1611", "#aab3b1"))


def head() -> Iterator[Part]:
    """Build a bowed head of a skull's arc, a nose's wedge, one eye and a moustache."""
    skull = ("#2b1f16", "#dcc48c")
    yield from ring((0.5, 0.26), (0.1, 0.13), (150, 275), 0.7, skull, line=0.008)
    yield from ring((0.53, 0.25), (0.1, 0.125), (-80, 40), 0.55, ("#2a3038", "#aab3b1"))
    nose = np.array([[0.475, 0.2], [0.5, 0.205], [0.535, 0.325], [0.465, 0.33]])
    yield Facet(nose, colour("#3a2412"), colour("#efe4c6"), np.pi, 0.1)
    yield line_along(nose[1:3], 0.006, 1.0)
    yield line_along(nose[2:4], 0.004, 0.9)
    yield from ring((0.445, 0.235), (0.03, 0.014), (0, 360), 0.6, ("#1d1611", "#e9d9ad"), tilt=-12)
    yield from ring((0.446, 0.236), (0.009, 0.01), (0, 360), 0.99, ("#1a110b", "#1a110b"))
    yield line_along(arc((0.55, 0.245), (0.034, 0.02), (185, 350)), 0.007)
    yield line_along(curve([(0.43, 0.36), (0.47, 0.345), (0.5, 0.352), (0.55, 0.375)]), 0.014)
    yield line_along(curve([(0.46, 0.395), (0.5, 0.405), (0.53, 0.395)]), 0.006)
    yield from ring((0.5, 0.43), (0.06, 0.04), (20, 170), 0.8, ("#3a2a1b", "#c9b587"))


def scaffold(rng: np.random.Generator) -> Iterator[Line]:
    """Draw the long lines that hold the planes together."""
    for _ in range(30):
        middle = figure_point(rng, 1.3)
        turn = np.radians(DIRECTIONS[int(rng.integers(len(DIRECTIONS)))])
        reach = rng.uniform(0.08, 0.3) * np.array([np.cos(turn), np.sin(turn)])
        weight = rng.choice([0.0018, 0.003, 0.0055])
        yield line_along(straight(middle - reach, middle + reach), weight, 0.85)


def backdrop(rng: np.random.Generator) -> Iterator[Part]:
    """Fill the canvas with broad planes from corner to corner."""
    places: list[Points] = [
        np.array([x, y]) for y in np.arange(0.0, TALL + 0.1, 0.17) for x in np.arange(0, 1.1, 0.18)
    ]
    for i in rng.permutation(len(places)):
        yield from facet_at(places[i] + rng.normal(0, 0.05, 2), 0.46, 0.5, rng)


def curves(rng: np.random.Generator) -> Iterator[Part]:
    """Echo the guitar and the shoulders in loose arcs over the figure."""
    for _ in range(8):
        x, y = figure_point(rng, 0.9)
        start, reach = rng.uniform(0, 360), rng.uniform(70, 170)
        size = rng.uniform(0.03, 0.13)
        dark, light = shades(rng, 0.6)
        codes = tuple("#" + bytes((c * 255).astype(np.uint8)).hex() for c in (dark, light))
        degrees = (start, start + reach)
        yield from ring(
            (x, y), (size, size), degrees, -0.22, (codes[0], codes[1]), fade=1.0, line=0.004
        )


def composition(rng: np.random.Generator) -> Iterator[Part]:
    """Go from the background over the figure's planes to its objects and last accents."""
    yield from backdrop(rng)
    for _ in range(46):
        yield from facet_at(figure_point(rng, 1.25), rng.uniform(0.18, 0.3), 0.8, rng)
    yield from bottle()
    for _ in range(80):
        yield from facet_at(figure_point(rng, 1.0), rng.uniform(0.09, 0.17), 0.8, rng)
    yield from guitar()
    yield from head()
    yield from glass()
    yield from neck()
    for _ in range(60):
        yield from facet_at(figure_point(rng, 0.95), rng.uniform(0.045, 0.1), 0.95, rng)
    yield from curves(rng)
    yield from scaffold(rng)
