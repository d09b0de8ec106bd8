"""Cut a stained-glass window into pieces: which piece every pixel belongs to, and its colour.

Pieces are cut along the forms (rings round a sun, bands down a river) as bricks with uneven
joints, and single pieces, such as leaves, are laid over them. Everything is in short sides.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from canvas import Map, colour
from numpy.typing import NDArray
from shapes import Field, Points, grid

Labels = NDArray[np.int32]
Tint = Callable[[int, int], Sequence[str]]  # a brick's row and column to colours to choose from
COLUMNS = 256  # more bricks than any row has
ROWS = 512
TURNS = 9


class Design:
    """The window in the making: pieces, the fields they belong to, colours and brush lines."""

    def __init__(self, scale: int, seed: int) -> None:
        """Begin with an empty square window."""
        self.scale, self.seed = scale, seed
        self.x, self.y = grid(scale, scale, scale)
        self.pieces: Labels = np.zeros((scale, scale), np.int32)
        self.fields: Labels = np.zeros((scale, scale), np.int32)  # within them lead is thin
        self.parts: Labels = np.zeros((scale, scale), np.int32)  # between them lead is heaviest
        self.colours: list[Map] = [colour("#203050")]
        self.tints: list[Map] = [np.ones(3, np.float32)]  # of the streaks in each piece
        self.turns: list[int] = [0]  # which way they run, out of TURNS
        self.lines: list[Points] = []  # painted on the glass in dark enamel
        self.field = self.part = 0

    def polar(self, centre: tuple[float, float]) -> tuple[Map, Map]:
        """Give every pixel's distance from a point, and its direction in turns."""
        dx, dy = self.x - np.float32(centre[0]), self.y - np.float32(centre[1])
        turns = np.arctan2(dy, dx) / np.float32(2 * np.pi) + np.float32(0.5)
        return np.hypot(dx, dy), turns.astype(np.float32)

    def random(self, *key: int) -> np.random.Generator:
        """Give a generator for one piece, the same at every size of the window."""
        return np.random.default_rng((self.seed, *key))

    def lay(self, where: NDArray[np.bool_], cells: Labels, tint: Tint) -> None:
        """Fill a region with the pieces that ``cells`` tells apart, as a field of its own."""
        self.field += 1
        values, inverse = np.unique(cells[where], return_inverse=True)
        self.pieces[where] = (len(self.colours) + inverse).astype(np.int32)
        self.fields[where] = self.field
        self.parts[where] = self.part
        for value in values.tolist():
            self._dye(tint(value // COLUMNS - ROWS // 2, value % COLUMNS), value)

    def piece(self, outline: Points, codes: Sequence[str]) -> None:
        """Lay a single piece over whatever is there."""
        self.field += 1
        corners = [np.round(outline * self.scale - 0.5).astype(np.int32)]
        cv2.fillPoly(self.pieces, corners, (len(self.colours),))
        cv2.fillPoly(self.fields, corners, (self.field,))
        cv2.fillPoly(self.parts, corners, (self.part,))
        self._dye(codes, 0)

    def _dye(self, codes: Sequence[str], value: int) -> None:
        """Choose the next piece's colour; no two sheets of glass are quite alike."""
        rng = self.random(self.field, value)
        chosen = colour(codes[int(rng.integers(len(codes)))])
        sheet = chosen * (1 + 0.16 * rng.standard_normal()) + 0.025 * rng.standard_normal(3)
        self.colours.append(np.asarray(sheet, np.float32).clip(0.02, 1))
        tint = 1 + 0.2 * rng.standard_normal(3)
        self.tints.append(np.asarray(tint, np.float32).clip(0.5, 1.6))
        self.turns.append(int(rng.integers(TURNS)))


def bricks(
    along: Field,
    across: Field,
    counts: Callable[[int], int],
    rng: np.random.Generator,
    closed: bool,
) -> Labels:
    """Number bricks in rows, each row with its own number of uneven, slanted joints.

    ``along`` runs from 0 to 1 in a row and ``across`` counts rows; in a ``closed`` row
    the last brick goes on in the first.
    """
    row = np.floor(across).astype(np.int32)
    cells = np.zeros(row.shape, np.int32)
    for k in range(int(row.min()), int(row.max()) + 1):
        count = counts(k)
        where = row == k
        joints = (np.arange(count) + rng.uniform(-0.36, 0.36, count)) / count
        slant = rng.uniform(-0.3, 0.3) / count
        place = along[where] + slant * (across[where] - k)
        place = (place + rng.random()) % 1 if closed else place
        column = np.searchsorted(joints, place).astype(np.int32)
        cells[where] = (column % count if closed else column) + COLUMNS * (k + ROWS // 2)
    return cells


def nearest(x: Map, y: Map, seeds: Points) -> Labels:
    """Number the cells of the points nearest to each seed."""
    best = np.full(x.shape, np.inf, np.float32)
    cells = np.zeros(x.shape, np.int32)
    for i, (sx, sy) in enumerate(seeds.astype(np.float32)):
        distance = (x - sx) ** 2 + (y - sy) ** 2
        closer = distance < best
        best[closer], cells[closer] = distance[closer], i
    return cells + COLUMNS * (ROWS // 2)
