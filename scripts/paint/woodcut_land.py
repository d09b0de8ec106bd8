"""What lies still in the woodcut: sky, mountains, water, rocks, and the frame round them."""

import numpy as np
from canvas import Map, smoothstep
from woodblock import WIDE, Blocks

SUN, SUN_RADIUS = (1.0, 0.27), 0.118
SHORE = 0.665
MARGIN = 0.036
# Skylines, as knots from left to right.
FAR = [(0, 0.5), (0.17, 0.4), (0.3, 0.52), (0.8, 0.55), (0.93, 0.47), (1.06, 0.53), (1.2, 0.46)]
FAR += [(1.34, 0.54)]
PEAK = [(0.12, 0.68), (0.3, 0.52), (0.41, 0.36), (0.47, 0.27), (0.53, 0.185), (0.57, 0.215)]
PEAK += [(0.64, 0.33), (0.71, 0.39), (0.8, 0.5), (0.98, 0.68)]


def ridge(x: Map, knots: list[tuple[float, float]], rough: Map) -> Map:
    """Give a skyline's height at every x, through the knots and a little broken."""
    xs, ys = np.array(knots).T
    return np.asarray(np.interp(x, xs, ys) + rough, np.float32)


def sky(blocks: Blocks) -> None:
    """Cut rings of light round the sun, wide near it, hairlines in the far corner."""
    dx, dy = blocks.x - SUN[0], blocks.y - SUN[1]
    r = np.hypot(dx, dy)
    turn = np.arctan2(dx, -dy)  # jumps straight below the sun, where little sky is left
    waver = 0.012 * np.sin(5 * turn) + 0.01 * np.sin(3 * turn + 9 * r)
    width = (1.12 - 0.95 * r).clip(0.16, 0.98) - 0.25 * smoothstep(0.2, 0.0, blocks.y)
    cut = blocks.gouges((r + waver) * 46, turn * (1.2 + 1.8 * r), width)
    glow = smoothstep(0.02, 0.6, blocks.y)
    blocks.put(np.ones_like(r), teal=1 - cut, ochre=0.25 + 0.75 * glow)
    streaks = blocks.gouges(blocks.y * 50, blocks.x * 6, 0.1 + 1.3 * (blocks.y - 0.3).clip(0, 0.4))
    disk = blocks.below(SUN_RADIUS - r)
    blocks.put(disk, red=1 - streaks, ochre=1.0)


def clouds(blocks: Blocks) -> None:
    """Lay long banks of cloud, bare above and hatched below."""
    for cx, cy, size, count in ((0.62, 0.14, 0.1, 5), (1.17, 0.4, 0.11, 5), (0.86, 0.085, 0.07, 4)):
        flat = np.full_like(blocks.x, -1.0)
        for i in range(count):
            x = cx + size * (i - (count - 1) / 2) * 0.72
            high = size * (0.34 - 0.075 * abs(i - (count - 1) / 2) + 0.06 * ((i * 7) % 3 - 1))
            bump = 1 - np.hypot((blocks.x - x) / (size * 0.62), (blocks.y - cy) / high)
            flat = np.maximum(flat, bump * high)
        flat = np.minimum(flat, cy + 0.012 + 0.01 * np.sin(40 * blocks.x) - blocks.y)
        low = smoothstep(cy - 0.02, cy + 0.016, blocks.y)
        hatch = 1 - blocks.gouges(blocks.y * 110, blocks.x * 9, 1.35 - 1.0 * low)
        rim = 1 - blocks.below(flat - 0.0028)
        blocks.put(blocks.below(flat), black=np.maximum(rim, hatch * (low > 0.02)), ochre=0.12)


def flanks(blocks: Blocks, top: tuple[float, float], folds: float, shade: float) -> tuple[Map, Map]:
    """Carve a mountain's folds, which spread from its top; return gouges and light sides."""
    rough = blocks.noise(9, 4) - 0.5
    dx, dy = blocks.x - top[0] + 0.07 * rough, (blocks.y - top[1]).clip(0, 2) + 0.05
    fan = np.arctan2(dx, dy) * folds + 2.2 * rough
    part = np.asarray(fan % 1, np.float32)
    slope = np.hypot(*np.gradient(fan)).clip(1e-4, 1)
    crease = np.minimum(part - 0.42 + shade * (dx / 0.02).clip(-1, 1), 1 - part)
    light = (crease / slope + 0.5).clip(0, 1)
    down_right = (blocks.x * 0.8 - blocks.y * 0.6) * 66 + 3 * rough
    down_left = (blocks.x * 0.75 + blocks.y * 0.66) * 72 + 3 * rough
    length = blocks.y * 11 + 4 * rough
    lit = blocks.gouges(down_right, length, 1.2 - 0.75 * smoothstep(0.42, 1.0, 1.42 - part))
    dark = blocks.gouges(down_left, length * 1.3, 0.62 * smoothstep(0.12, 0.5, part) - 0.02)
    return np.asarray(dark + (lit - dark) * light, np.float32), np.asarray(light, np.float32)


def mountains(blocks: Blocks) -> None:
    """Raise a far range in teal, and before it the peak in black with snow on it."""
    x, y = blocks.x, blocks.y
    rough = (blocks.noise(20, 4) - 0.5) * 0.05
    far = ridge(x, FAR, rough)
    cut, _ = flanks(blocks, (0.55, 0.1), 10, 0.0)
    rim = 1 - blocks.below(y - far - 0.003)
    mist = smoothstep(0.54, 0.67, y)
    teal = 1 - np.maximum(cut * 0.9, blocks.gouges(y * 60, x * 5, 1.1 * mist))
    blocks.put(blocks.below(y - far), teal=teal, black=rim, ochre=0.5)
    peak = ridge(x, PEAK, rough)
    cut, light = flanks(blocks, (0.535, 0.16), 5.5, 0.1)
    snowline = 0.37 + 0.09 * np.sin(31 * x) * np.sin(13 * x + 1) + 3 * rough
    crisp = blocks.gouges(
        (x * 0.8 - y * 0.6) * 66, y * 11, 1.5 - 40 * (y - snowline + 0.02).clip(0, 1)
    )
    snow = np.maximum(blocks.below(snowline - 0.02 - y), crisp) * light
    black = np.maximum(1 - cut, 1 - blocks.below(y - peak - 0.0035))
    black = black * (1 - snow * blocks.below(y - peak - 0.0035))
    # Mist at the foot, so that the wood stands out against it.
    clear = 1 - blocks.gouges(y * 56, x * 4, 1.7 * smoothstep(0.5, 0.645, y))
    teal = (1 - snow) * light * smoothstep(0.3, 0.5, y) * (0.35 + 0.65 * clear)
    blocks.put(blocks.below(y - peak), black=black * clear, teal=teal * 0.9, ochre=0.15)


def lake(blocks: Blocks) -> None:
    """Comb the water into swelling lines, with the sun's path broken across it."""
    x, y = blocks.x, blocks.y
    depth = (y - SHORE).clip(0, 1)
    swell = 0.0016 + 0.035 * depth
    waves = swell * (
        np.sin(x * 21 / (0.5 + 1.4 * depth) + 40 * depth) + 0.6 * np.sin(x * 37 + 25 * depth)
    )
    lines = np.sqrt((depth + 0.5 * waves).clip(1e-5, 1)) * 40
    calm = blocks.noise(5, 3)
    cut = blocks.gouges(lines, x * 5 + 3 * calm, 0.15 + 0.95 * calm, wobble=0.3)
    dark = blocks.gouges(
        lines + 0.5, x * 4 + 2 * calm, 1.3 - 1.15 * smoothstep(0.05, 0.3, depth) * (1.2 - calm)
    )
    path = smoothstep(1.0, 0.3, np.abs(x - SUN[0] + 0.15 * depth) / (0.1 + 0.28 * depth))
    sparkle = blocks.gouges(lines + 0.25, x * 9, 1.15 * path - 0.05, wobble=0.3)
    shade = smoothstep(0.1, 0.0, depth)  # the wood is mirrored near the shore
    black = np.maximum((1 - dark) * (1 - sparkle), shade * (1 - cut))
    teal = (1 - cut) * (1 - sparkle)
    blocks.put(
        blocks.below(y - SHORE), teal=teal, black=black, red=sparkle * path, ochre=0.35 * path
    )


def rocks(blocks: Blocks) -> None:
    """Pile rocks in the corners, black with cuts down their lit faces."""
    x, y = blocks.x, blocks.y
    rough = (blocks.noise(10, 4) - 0.5) * 0.07
    left = ridge(
        x, [(0, 0.83), (0.07, 0.855), (0.2, 0.86), (0.3, 0.91), (0.42, 0.94), (0.56, 1.05)], rough
    )
    right = ridge(x, [(0.86, 1.1), (1.0, 0.985), (1.1, 0.93), (1.19, 0.945), (1.34, 0.88)], rough)
    top = np.minimum(left, right)
    cut, light = flanks(blocks, (0.6, 0.4), 13, 0.0)
    depth = y - top
    face = cut * light * smoothstep(0.13, 0.0, depth)
    blocks.put(blocks.below(depth), black=1 - face, ochre=0.6)
    rim = blocks.below(depth - 0.004) * blocks.below(0.0075 + 0.05 * rough - depth)
    blocks.put(rim.astype(np.float32), ochre=0.3)


def frame(blocks: Blocks) -> None:
    """Leave the paper's margin bare beyond the block's worn edge."""
    worn = 0.004 * (blocks.noise(26, 3) - 0.5)
    x, y = blocks.x, blocks.y
    edge = np.minimum(np.minimum(x, WIDE - x), np.minimum(y, 1 - y)) - MARGIN + worn
    line = blocks.below(edge) * (1 - blocks.below(edge - 0.0055))
    blocks.put(line.astype(np.float32), black=1.0)
    blocks.put(1 - blocks.below(edge))
