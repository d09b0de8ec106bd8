"""What lives in the woodcut: firs on the shore, the bent pine, reeds and birds."""

import numpy as np
from shapes import Points, curve, shifted, stroke, tapered
from woodblock import WIDE, Blocks
from woodcut_land import SHORE


def fir(blocks: Blocks, x: float, foot: float, high: float, lean: float) -> None:
    """Leave one fir standing on the block: a ragged black spire."""
    steps = max(5, round(high / 0.014))
    t = np.linspace(0, 1, steps * 2)
    reach = 0.23 * high * t**0.9 * np.where(np.arange(steps * 2) % 2, 1.0, 0.55)
    y = foot - high * (1 - t)
    right, left = (
        np.stack([x + lean * (1 - t) + reach, y], 1),
        np.stack([x + lean * (1 - t) - reach, y], 1),
    )
    outline = np.concatenate([right, left[::-1]])
    blocks.shape_of(outline, black=1.0)


def woods(blocks: Blocks) -> None:
    """Line the shore with firs under a dark bank."""
    rng = np.random.default_rng(31)
    bank = SHORE - 0.012 - 0.012 * np.sin(9 * blocks.x + 1)
    blocks.put(blocks.below(blocks.y - bank), black=1.0)
    for x in np.sort(rng.uniform(-0.02, WIDE + 0.02, 70)):
        grove = 0.4 + 0.6 * abs(np.sin(4.3 * x + 0.5)) ** 1.5
        high = (0.04 + 0.1 * grove) * rng.uniform(0.6, 1.1)
        fir(blocks, float(x), SHORE + 0.004, high, float(rng.normal(0, 0.003)))


def pad(blocks: Blocks, centre: Points, size: float, rng: np.random.Generator) -> None:
    """Set one pad of pine needles: a spiky cushion, cut by gouges that fan out from below."""
    count = 38
    a = np.linspace(np.pi * 1.06, -np.pi * 0.06, count)
    spikes = np.where(np.arange(count) % 2, 1.0, 0.84) * rng.uniform(0.92, 1.06, count)
    edge = np.stack([np.cos(a) * size * spikes, -np.sin(a) * size * 0.52 * spikes], 1)
    under = np.stack([np.linspace(1, -1, 12) * size * 0.9, 0.1 * size * rng.uniform(0.2, 1, 12)], 1)
    outline = centre + np.concatenate([edge, under])
    blocks.shape_of(outline, black=1.0)
    for i in range(2, count - 2):
        start, end = rng.uniform(0.22, 0.6), rng.uniform(0.7, 0.88)
        way = edge[i] / spikes[i]
        path = centre + way * np.linspace(start, end, 8)[:, None] + (0, 0.06 * size)
        blocks.shape_of(tapered(path, size * rng.uniform(0.018, 0.04), 0.1, 0.5), ochre=0.25)


def pine(blocks: Blocks) -> None:
    """Bend an old pine in from the left, over a rock."""
    rng = np.random.default_rng(77)
    trunk = curve(
        [(0.13, 1.02), (0.165, 0.86), (0.115, 0.68), (0.17, 0.5), (0.27, 0.36), (0.3, 0.2)], 80
    )
    thick = np.linspace(0.078, 0.012, 80)
    boughs = (
        [(0.13, 0.66), (0.06, 0.6), (0.0, 0.6)],
        [(0.15, 0.54), (0.27, 0.53), (0.36, 0.55)],
        [(0.22, 0.43), (0.13, 0.36), (0.05, 0.35)],
        [(0.28, 0.33), (0.37, 0.31), (0.44, 0.32)],
        [(0.295, 0.25), (0.23, 0.18), (0.16, 0.17)],
    )
    for knots in boughs:
        path = curve(knots, 40)
        blocks.shape_of(stroke(path, np.linspace(0.024, 0.006, 40)), black=1.0)
    blocks.shape_of(stroke(trunk, thick), black=1.0)
    for _ in range(85):  # plates of bark, lit from the right
        i, side = int(rng.integers(2, 70)), rng.uniform(-0.3, 0.44)
        part = shifted(trunk[i : i + 7], side * thick[i], 0)
        width = 0.0056 * (0.3 + max(0.0, side) * 1.6) * rng.uniform(0.5, 1.2)
        blocks.shape_of(tapered(part, width), ochre=0.5)
    for knots in boughs:
        path = curve(knots, 40)
        for at, size in ((39, 0.062), (27, 0.07), (15, 0.052)):
            place = path[at] + rng.normal(0, 0.008, 2) - (0, 0.008)
            pad(blocks, place, size * rng.uniform(0.85, 1.15), rng)
    for x, y, size in (
        (0.3, 0.2, 0.07),
        (0.26, 0.155, 0.055),
        (0.34, 0.17, 0.055),
        (0.3, 0.12, 0.05),
    ):
        pad(blocks, np.array([x, y]), size, rng)


def reeds(blocks: Blocks) -> None:
    """Stand reeds at the right, bowed by the wind, each with a light cut beside it."""
    rng = np.random.default_rng(5)
    for _ in range(34):
        foot = np.array([rng.normal(1.2, 0.075), rng.uniform(0.93, 1.02)])
        high, bow = rng.uniform(0.12, 0.34), rng.uniform(0.02, 0.12)
        knots = [
            tuple(foot),
            (foot[0] - 0.15 * bow, foot[1] - 0.6 * high),
            (foot[0] - bow, foot[1] - high),
        ]
        path = curve(knots, 30)
        blocks.shape_of(tapered(shifted(path, 0.003, 0), 0.006, 0.6, 0.1), ochre=0.3)
        blocks.shape_of(tapered(path, 0.0065, 0.7, 0.1), black=1.0)
        if rng.random() < 0.3:
            blocks.shape_of(tapered(shifted(path[-7:], 0.002, -0.01), 0.015, 0.4, 0.3), black=1.0)


def birds(blocks: Blocks) -> None:
    """Send a few birds across the sky."""
    for x, y, size in (
        (0.74, 0.25, 0.024),
        (0.8, 0.225, 0.019),
        (0.79, 0.275, 0.016),
        (0.86, 0.245, 0.013),
    ):
        for hand in (-1, 1):
            wing = curve(
                [
                    (x, y),
                    (x + hand * 0.5 * size, y - 0.5 * size),
                    (x + hand * size, y - 0.25 * size),
                ],
                20,
            )
            blocks.shape_of(tapered(wing, 0.22 * size, 0.6, 0.1), black=1.0)
