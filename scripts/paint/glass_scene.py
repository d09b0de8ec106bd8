"""The stained-glass window's picture: a tree by a river under a sun, in a rose of petals."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from glass_design import Design, bricks, nearest
from shapes import Points, arc, curve, stroke, tapered

CENTRE = (0.5, 0.5)
SUN = (0.64, 0.335)
MEDALLION, BEADS, PETALS = 0.385, 0.405, 0.47  # outer radii, from the middle outwards
BORDER = 0.024
PETAL_COUNT = 16
GOLDS = ("#ffd24a", "#ffb52e", "#ffe48a")
RUBIES = ("#c4122f", "#a30d2a", "#e0303a")
BLUES = ("#123a9c", "#0e2a78", "#1f5bc4", "#173f86")
GREENS = ("#1f8a3c", "#0f6b3a", "#5fae2c", "#2f9d5a", "#137a5c")
AUTUMN = ("#e8a21c", "#d9541e", "#b3202a", "#86b82c", "#3b9a3a", "#f0c63a", "#1f7f3f")
SKY = (
    ("#fff0b0", "#ffe27a"),
    ("#ffcf5a", "#ffb648"),
    ("#ff9a3c", "#f77f3a"),
    ("#ef5f4a", "#e0486a"),
    ("#b23a86", "#8e3a9e"),
    ("#5a3fb0", "#4a55c8"),
    ("#2a58c4", "#2f76d8"),
    ("#1a46a4", "#2264c0"),
    ("#123488", "#1a4a9c"),
)


def sky(design: Design) -> None:
    """Cut the sky into wavering rings round the sun, gold near it and blue far off."""
    r, turn = design.polar(SUN)
    angle = turn * 2 * np.pi
    waver = 1 + 0.1 * np.sin(3 * angle + 1) + 0.05 * np.sin(7 * angle + 9 * r)
    rows = (r * waver - 0.055) / (0.044 + 0.03 * r)
    cells = bricks(turn, rows, lambda k: max(9, 11 + 2 * k), design.random(1), closed=True)
    inside = design.polar(CENTRE)[0] < MEDALLION
    design.lay(inside, cells, lambda row, _: SKY[min(max(row, 0), len(SKY) - 1)])


def sun(design: Design) -> None:
    """Set the sun: a ring of rays round a bright disk."""
    r, turn = design.polar(SUN)
    ray = 0.078 + 0.016 * np.abs((turn * 18 % 1) * 2 - 1)
    cells = bricks(turn, np.zeros_like(r), lambda _: 18, design.random(2), closed=True)
    design.lay(r < ray, cells, lambda _row, column: GOLDS if column % 2 else ("#ff9a22",))
    cells = bricks(turn, np.zeros_like(r), lambda _: 5, design.random(3), closed=True)
    design.lay(r < 0.056, cells, lambda *_: ("#fff2b8", "#ffe890"))
    design.piece(arc(SUN, (0.022, 0.022), (0, 360)), ("#fffbe0",))
    for degrees in range(0, 360, 10):
        spoke = arc(SUN, (1, 1), (degrees, degrees + 1), count=2)[0] - SUN
        design.lines.append(tapered(SUN + spoke * np.linspace(0.03, 0.05, 8)[:, None], 0.0028))


def hills(design: Design) -> None:
    """Lay three hills, each in bands that follow its ridge."""
    x, y = design.x, design.y
    inside = design.polar(CENTRE)[0] < MEDALLION
    ridges = (
        (0.5 - 0.05 * np.sin(7 * x + 0.4), ("#3a6aa8", "#4a7fb8", "#5a5ab0", "#6a8fc8")),
        (0.56 + 0.045 * np.sin(6.5 * x + 2.4), ("#2f9d6a", "#1f8a5c", "#6fb85a", "#138070")),
        (0.655 - 0.06 * np.sin(5 * x - 0.6), ("#5fae2c", "#86b82c", "#2f8a3c", "#b8c83a")),
    )
    for i, (ridge, codes) in enumerate(ridges):
        depth = (y - ridge) / (0.04 + 0.014 * i) + 0.42 * np.sin(11 * x + 2 * i)
        cells = bricks(x, np.asarray(depth), lambda _: 8, design.random(4, i), closed=False)
        design.lay(inside & (y > ridge), cells, lambda *_, codes=codes: codes)


def river(design: Design) -> None:
    """Wind a river down from the hills, wider as it comes nearer, in streaming bands."""
    x, y = design.x, design.y
    down = ((y - 0.53) / 0.36).clip(0, 1)
    middle = 0.63 + 0.1 * np.sin(5.2 * down + 0.3) * (0.35 + down) - 0.12 * down
    half = 0.012 + 0.115 * down**1.3
    across = (x - middle) / half
    inside = (design.polar(CENTRE)[0] < MEDALLION) & (np.abs(across) < 1) & (y > 0.53)
    lanes = (across + 1) * 2 + 0.28 * np.sin(40 * down**0.7)
    along = down**0.62
    cells = bricks(along, lanes, lambda _: 8, design.random(5), closed=False)
    water = ("#2a9fd8", "#5cc8e8", "#1a6fc0", "#b8ecf4", "#1f84b8", "#3fb8c8")
    design.lay(inside, cells, lambda *_: water)
    rng = design.random(6)
    for _ in range(24):
        t = rng.uniform(0.3, 0.88)
        mid = 0.63 + 0.1 * np.sin(5.2 * t + 0.3) * (0.35 + t) - 0.12 * t
        left = mid + rng.uniform(-0.8, 0.5) * (0.012 + 0.115 * t**1.3)
        long, top = 0.025 + 0.03 * t, 0.53 + 0.36 * t
        knots = [(left + long * k / 4, top + 0.0035 * (-1) ** k) for k in range(5)]
        design.lines.append(tapered(curve(knots), 0.0022))


def leaf(
    design: Design, root: Points, tip: Points, fat: float, codes: Sequence[str] = AUTUMN
) -> None:
    """Lay one leaf and paint its veins."""
    t = np.linspace(0, 1, 24)
    side = np.array([root[1] - tip[1], tip[0] - root[0]])
    path = root + (tip - root) * t[:, None] + 0.12 * side * np.sin(np.pi * t)[:, None]
    long = float(np.linalg.norm(side))
    design.piece(stroke(path, fat * long * np.sin(np.pi * t**0.8) ** 0.8), codes)
    design.lines.append(tapered(path[1:-2], 0.002, 0.6, 0.2))
    for i in (6, 10, 14, 18):
        for hand in (-1, 1):
            end = path[i] + (path[i + 3] - path[i]) + hand * side * fat * 0.28
            design.lines.append(tapered(path[i] + (end - path[i]) * t[:12, None] * 2, 0.0013))


def tree(design: Design) -> None:
    """Grow a tree at the left: a trunk in bent lengths, boughs, and leaves all over."""
    bark = ("#7a3f1c", "#8f5424", "#5f2f1a", "#a8682c")
    rng = design.random(7)
    boughs = (
        [(0.335, 0.87), (0.36, 0.7), (0.335, 0.57), (0.36, 0.45), (0.35, 0.3)],
        [(0.345, 0.6), (0.29, 0.5), (0.235, 0.45), (0.19, 0.43)],
        [(0.35, 0.52), (0.42, 0.44), (0.49, 0.42), (0.535, 0.43)],
        [(0.355, 0.44), (0.3, 0.36), (0.275, 0.28)],
        [(0.36, 0.42), (0.42, 0.33), (0.44, 0.23)],
    )
    for i, knots in enumerate(boughs):
        path = curve(knots, 60)
        thick = np.linspace(0.062 if i == 0 else 0.026, 0.008, 60)
        if i == 0:
            thick[:12] += np.linspace(0.05, 0, 12) ** 1.3  # the foot spreads
        cuts = [0, 15, 27, 38, 48, 59] if i == 0 else [0, 22, 42, 59]
        for a, b in pairwise(cuts):
            design.piece(stroke(path[a : b + 1], thick[a : b + 1]), bark)
        for shift in (-0.25, 0.0, 0.27):
            design.lines.append(tapered(path[2:-8] + (shift * thick[2:-8, None]) * (1, 0), 0.002))
    for i, knots in enumerate(boughs):
        path = curve(knots, 60)
        for at in np.linspace(24 if i else 38, 58, 5 if i else 4):
            for hand in (-1, 1):
                way = path[int(at)] - path[int(at) - 4]
                turn = np.arctan2(way[1], way[0]) + hand * rng.uniform(0.55, 1.25)
                root = path[int(at)] + 0.006 * np.array([np.cos(turn), np.sin(turn)])
                long = rng.uniform(0.06, 0.09)
                tip = root + long * np.array([np.cos(turn), np.sin(turn)])
                leaf(design, root, tip, rng.uniform(0.46, 0.58))


def frame(design: Design) -> None:
    """Fill the corners and the border round the rose."""
    rng = design.random(8)
    places = [np.array([i + 0.5, j + 0.5]) / 17 for i in range(17) for j in range(17)]
    seeds = np.array([p + rng.uniform(-0.022, 0.022, 2) for p in places])
    seeds = seeds[np.hypot(*(seeds - 0.5).T) > PETALS - 0.03]
    everywhere = np.ones(design.x.shape, bool)
    corner = (*BLUES, "#2a2f9c", "#3a1f8a", "#1a7a9c")
    design.lay(everywhere, nearest(design.x, design.y, seeds), lambda *_: corner)
    for cx, cy in ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)):
        for degrees in range(0, 360, 60):
            petal = arc((cx, cy), (0.031, 0.031), (degrees, degrees + 1), count=2)[0]
            design.piece(arc((petal[0], petal[1]), (0.017, 0.017), (0, 360)), RUBIES)
            design.lines.append(tapered(arc((petal[0], petal[1]), (0.008, 0.008), (0, 350)), 0.003))
        design.piece(arc((cx, cy), (0.017, 0.017), (0, 360)), GOLDS)
    design.part += 1
    edge = np.minimum(np.minimum(design.x, 1 - design.x), np.minimum(design.y, 1 - design.y))
    sideways = np.abs(design.x - 0.5) > np.abs(design.y - 0.5)
    along = np.where(sideways, design.y, design.x)
    cells = bricks(along, sideways.astype(np.float32), lambda _: 25, rng, closed=False)
    design.lay(edge < BORDER, cells, lambda _, column: (GOLDS, RUBIES, GREENS)[column % 3])


def rose(design: Design) -> None:
    """Ring the medallion with petals and with beads."""
    r, turn = design.polar(CENTRE)
    design.part += 1
    wave = np.abs(np.sin(turn * PETAL_COUNT * np.pi))
    lobes = PETALS - 0.03 + 0.03 * np.sqrt(wave)
    ring = bricks(turn, np.zeros_like(r), lambda _: 48, design.random(9), closed=True)
    design.lay(r < lobes, ring, lambda _, column: RUBIES if column % 2 else ("#6a1f8a", "#4a1f9c"))
    for i in range(PETAL_COUNT):
        degrees = (i + 0.5) * 360 / PETAL_COUNT
        way = arc((0, 0), (1, 1), (degrees, degrees + 1), count=2)[0]
        foot, tip = CENTRE + way * (BEADS + 0.006), CENTRE + way * (PETALS - 0.012)
        leaf(design, foot, tip, 0.72, GOLDS if i % 2 else GREENS)
        for hand in (-1, 1):  # a berry on either side of the leaf
            x, y = CENTRE + way * 0.446 + hand * 0.032 * np.array([-way[1], way[0]])
            design.piece(arc((x, y), (0.0095, 0.0095), (0, 360)), ("#f4f0d8", "#8fd8e8"))
    design.part += 1
    beads = bricks(turn, np.zeros_like(r), lambda _: 60, design.random(10), closed=True)
    design.lay(r < BEADS, beads, lambda _, column: GOLDS if column % 2 else ("#f4f0d8", "#cfe8e0"))
    design.part += 1


def window(scale: int, seed: int) -> Design:
    """Put the whole window together, from the frame to the leaves."""
    design = Design(scale, seed)
    frame(design)
    rose(design)
    sky(design)
    sun(design)
    hills(design)
    river(design)
    tree(design)
    return design
