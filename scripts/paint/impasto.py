"""Moonlit valley in thick oil: a swirling night sky over a lake, fields and cypresses.

Painted back to front, every part in two or three brush sizes, from the plan in
``impasto_scene``.
"""

import impasto_scene as scene
import numpy as np
from brush import Mark, Pyramid, Surface, bristle_tile, floats, look_up, ramp, scatter, stamp
from canvas import Map, colour
from numpy.typing import NDArray

SEED = 1907
THICKNESS = 0.10  # paint height by brush width: as steep as the light still reads as ridges


def palette(*codes: str) -> Map:
    """Turn colour codes into a ramp."""
    return np.stack([colour(code) for code in codes])


SKY = palette(
    "#0a1233", "#122258", "#1a3a86", "#2459ab", "#3f86c2", "#7db8cc", "#c4d9bd", "#f0e3a6"
)
GLOW = palette(
    "#1f56a6", "#4590bd", "#8cc3b4", "#d9d98c", "#f2c64b", "#f0a52f", "#f8dc78", "#fff4cf"
)
FAR = palette("#10183f", "#1d2f6b", "#33528f", "#5a7fa8")
HILL = palette("#0b1a2e", "#12354a", "#1f5a5c", "#4a8a6a", "#9db765")
LAKE = palette("#0b1738", "#153063", "#22579a", "#4c90b5", "#a9cbb0", "#f5d872", "#fff1bd")
FIELD = palette("#11222b", "#1f4537", "#4f7034", "#a08a2c", "#d99a2b", "#f2c760")
TREE = palette("#070c16", "#0d1c22", "#143026", "#24492f", "#55662f", "#8f6a2a")
ACCENTS = palette("#e8963a", "#7a4fa0", "#e9dfb0", "#2f9a9a", "#c8552f")

WALL = palette("#3a3f63", "#c9a878", "#8d8fa3")
ROOF = palette("#1a1730", "#8c3d2b", "#3b2742")
VILLAGE = (0.50, 0.535, 0.585, 0.625, 0.68, 0.71, 0.78)  # x of its houses

# Brush sizes as spacing, length and width: the coarse one covers, the fine one draws.
BROAD = (0.0220, 0.092, 0.0290)
COARSE = (0.0190, 0.078, 0.0220)
MEDIUM = (0.0165, 0.054, 0.0160)
FINE = (0.0135, 0.030, 0.0108)
Size = tuple[float, float, float]
Pair = tuple[float, float]


class Painter:
    """One painting on the way: the surface, the brushes and the dice."""

    def __init__(self, short_side: int) -> None:
        """Prime a canvas and cut the brushes."""
        self.rng = np.random.default_rng(SEED)
        self.surface = Surface(short_side, scene.ASPECT, colour("#16224a"))
        dryness = (0.0, 0.0, 0.0, 0.1, 0.2, 0.3)
        self.tiles: list[Pyramid] = [
            bristle_tile(self.rng, dry, ridges) for dry in dryness for ridges in (5, 6)
        ]

    def press(self, mark: Mark) -> None:
        """Stamp one mark."""
        stamp(self.surface, mark, self.tiles, THICKNESS)

    def touch(self, place: Pair, angle: float, size: Pair, colour_here: Map, tint: Map) -> None:
        """Set one straight dab by hand, with any brush."""
        tile = int(self.rng.integers(len(self.tiles)))
        self.press(Mark(*place, angle, 0, *size, colour_here, tint, tile))

    def cover(
        self,
        plan: scene.Plan,
        colours: Map,
        size: Size,
        *,
        accent: float = 0.03,
        keep: Map | None = None,
    ) -> None:
        """Fill the plan's mask with strokes of one size along its brush direction.

        ``keep`` is the chance of a stroke by place; without it every stroke is painted.
        """
        spacing, length, width = size
        x, y = scatter(spacing, scene.ASPECT, self.rng)
        dice = self.rng.random((4, len(x)), dtype=np.float32)
        noise = floats(self.rng.normal(size=(6, len(x))))
        inside = look_up(plan.mask, x, y) > 0.5
        if keep is not None:
            inside &= dice[0] < look_up(keep, x, y)
        angle = look_up(plan.angle, x, y)
        stretch = floats(length * np.exp(0.22 * noise[0]))
        bend = turning(plan.angle, x, y, stretch)
        # Where the flow turns sharply a long stroke would leave it.
        stretch /= 1 + 0.6 * np.abs(bend)
        tone = look_up(plan.tone, x, y) + 0.075 * noise[1]
        paint = ramp(colours, tone) + 0.018 * noise[2:5].T
        stray = dice[1] < accent
        paint[stray] = 0.6 * ramp(ACCENTS, dice[2, stray]) + 0.4 * paint[stray]
        tint = ramp(colours, tone + 0.10 * noise[5])
        angle += 0.06 * noise[4]
        wide = width * (0.8 + 0.4 * dice[2])
        tile = (dice[3] * len(self.tiles)).astype(int)
        for i in np.flatnonzero(inside):
            place = x[i], y[i], angle[i], bend[i], stretch[i], wide[i]
            self.press(Mark(*place, paint[i], tint[i], tile[i]))


def turning(angles: Map, x: Map, y: Map, length: Map) -> Map:
    """How far the brush direction turns along strokes of that length, in radians."""
    angle = look_up(angles, x, y)
    reach_x, reach_y = 0.4 * length * np.cos(angle), 0.4 * length * np.sin(angle)
    ahead = look_up(angles, x + reach_x, y + reach_y)
    behind = look_up(angles, x - reach_x, y - reach_y)
    # Through the complex plane: a turn past pi is a turn the other way.
    return floats(np.angle(np.exp(1j * (ahead - behind))) * 1.2)


def paint_sky(painter: Painter, x: Map, y: Map) -> None:
    """The sky in three sizes, then the moon and the stars over it."""
    plan = scene.sky(x, y, painter.rng)
    painter.cover(plan, SKY, BROAD)
    painter.cover(plan, SKY, COARSE)
    light = scene.glow(x, y)
    painter.cover(plan, SKY, MEDIUM, keep=0.75 * plan.tone)
    painter.cover(plan, SKY, FINE, keep=0.3 * plan.tone)
    # The halo thins out into the sky instead of ending at a line.
    halo = scene.Plan((light > 0.02).astype(np.float32), light, plan.angle)
    painter.cover(halo, GLOW, COARSE, accent=0, keep=2.5 * light - 0.2)
    painter.cover(halo, GLOW, MEDIUM, accent=0, keep=3 * light)
    painter.cover(halo, GLOW, FINE, accent=0.02, keep=0.7 * light)
    for size in (MEDIUM, FINE, FINE):
        painter.cover(scene.cores(x, y, plan.angle), GLOW, size, accent=0)
    # One last thick touch closes the middle of every ring.
    for cx, cy, radius in scene.STARS:
        turn = float(painter.rng.uniform(0, 3.1))
        painter.touch((cx, cy), turn, (0.85 * radius, 0.5 * radius), GLOW[-1], GLOW[-2])


def paint_house(painter: Painter, x: float, y: float, size: float) -> None:
    """Three touches of wall, two of roof."""
    wall, roof = (ramp(colours, painter.rng.random(3)) for colours in (WALL, ROOF))
    for i in range(3):
        place = x, y + (0.007 * i - 0.005) * size
        painter.touch(place, 0.03, (0.028 * size, 0.010), wall[i], wall[i] * 0.8)
    for lean in (-1, 1):
        place = x + lean * 0.008 * size, y - 0.014 * size
        painter.touch(place, lean * 0.6, (0.028 * size, 0.011), roof[lean], roof[lean] * 0.7)


def paint_village(painter: Painter) -> None:
    """A few houses on the far shore, their lit windows and the lights' trails in the water."""
    rng = painter.rng
    for x in VILLAGE:
        y = 0.722 + rng.uniform(-0.006, 0.004)
        paint_house(painter, x, y, rng.uniform(0.8, 1.25))
        lamp = ramp(GLOW, rng.uniform(0.6, 0.85, 1))[0]
        painter.touch((x + rng.uniform(-0.006, 0.006), y + 0.001), 1.57, (0.012, 0.007), lamp, lamp)
        for step in range(rng.integers(4, 9)):
            fade = 1 - 0.09 * step
            place = x + rng.normal(0, 0.006), 0.745 + 0.010 * step + rng.normal(0, 0.002)
            size = rng.uniform(0.014, 0.034), 0.0085
            sheen = lamp * fade + LAKE[1] * (1 - fade)
            painter.touch(place, rng.normal(0, 0.08), size, sheen, ACCENTS[0] * fade)


def paint(short_side: int) -> NDArray[np.float32]:
    """Paint the valley with that short side."""
    painter = Painter(short_side)
    x, y = scene.coordinates()
    paint_sky(painter, x, y)
    far, near = scene.hills(x, y, painter.rng)
    for size in (COARSE, MEDIUM):
        painter.cover(far, FAR, size)
    for size in (MEDIUM, FINE):
        painter.cover(near, HILL, size)
    water = scene.lake(x, y, painter.rng)
    for size in (COARSE, MEDIUM, FINE):
        painter.cover(water, LAKE, size)
    paint_village(painter)
    land = scene.fields(x, y, painter.rng)
    for size in (COARSE, MEDIUM, FINE):
        painter.cover(land, FIELD, size, accent=0.05)
    for shape in scene.TREES:
        plan = scene.tree(x, y, shape, painter.rng)
        for size in (COARSE, MEDIUM, FINE):
            painter.cover(plan, TREE, size, accent=0.02)
    return painter.surface.lit(0.9, soft=0.0007)
