"""Carve woodblocks, one for each ink, and print them on paper.

A block holds for every pixel how much ink it leaves, 0 to 1. Gouges are cut along the
lines of a field: each is as long, as wide and as sharp as the hand made it.
"""

import cv2
import numpy as np
from canvas import Map, colour, fractal_noise, smoothstep, value_noise
from numpy.typing import NDArray
from shapes import Field, Points, grid, mask_of, mix

WIDE = 4 / 3
PAPER = colour("#f0e4ca")
# In the order of printing: light inks first, the black key block last.
INKS = {"ochre": "#e3b05a", "teal": "#2c6a80", "red": "#c63d22", "black": "#191512"}
GRAIN = {"ochre": 0.3, "teal": 0.42, "red": 0.4, "black": 0.16}  # how much of it shows
BLEED = 0.0005  # ink spreads that far into the paper; hard edges also compress badly
TABLE = 61  # a prime, so that lines and strokes do not fall in step
Cut = float | Field


class Blocks:
    """The blocks of all inks, and the places of their pixels in short sides."""

    def __init__(self, scale: int, rng: np.random.Generator) -> None:
        """Begin with blocks that leave no ink."""
        self.scale, self.rng = scale, rng
        self.shape = (scale, round(scale * WIDE))
        self.x, self.y = grid(*self.shape, scale)
        self.inks = {name: np.zeros(self.shape, np.float32) for name in INKS}
        self.chance = rng.random((TABLE, TABLE, 3), dtype=np.float32)
        self.wobble = fractal_noise(*self.shape, 12, 3, rng) - np.float32(0.5)

    def noise(self, cells: int, octaves: int = 3) -> Map:
        """Give smooth noise over the whole block."""
        return fractal_noise(*self.shape, cells, octaves, self.rng)

    def below(self, depth: Field) -> Map:
        """Cover where ``depth``, in short sides, is above 0, with a smooth edge."""
        return (np.asarray(depth * self.scale, np.float32) + np.float32(0.5)).clip(0, 1)

    def put(self, where: Map, window: tuple[slice, slice] | None = None, **inks: Cut) -> None:
        """Let the blocks leave these inks there, and none of the inks that are not named."""
        part = window or (slice(None), slice(None))
        for name, block in self.inks.items():
            block[part] += (inks.get(name, 0.0) - block[part]) * where

    def shape_of(self, outline: Points, **inks: Cut) -> None:
        """Put inks inside an outline."""
        box, mask = mask_of(outline, self.shape, self.scale)
        if box is not None and mask is not None:
            self.put(mask, box.window, **inks)

    def gouges(
        self,
        lines: Field,
        along: Field,
        width: Cut,
        window: tuple[slice, slice] | None = None,
        wobble: float = 0.6,
    ) -> Map:
        """Cut strokes: one line wherever ``lines`` grows by 1, broken as ``along`` does.

        ``width`` is the share of the room between two lines that is cut away. Strokes
        swell from a sharp start and taper to their end.
        """
        shake = self.wobble[window or (slice(None), slice(None))]
        lines = np.asarray(lines + wobble * shake, np.float32)
        slope = np.hypot(*np.gradient(lines)).clip(1e-4, 0.5) * 2
        i = np.floor(lines).astype(np.int32)
        beside = np.abs(lines - i - 0.5) * 2
        along = along + 3 * self.chance[i % TABLE, 0, 0]
        j = np.floor(along).astype(np.int32)
        luck = self.chance[(i * 5 + j * 11) % TABLE, j % TABLE]
        length = 0.7 + 0.3 * luck[..., 0]
        t = ((along - j - (1 - length) * luck[..., 1]) / length).clip(0, 1)
        half = width * np.sin(np.pi * t**0.75) ** 0.55 * (0.75 + 0.5 * luck[..., 2])
        cut = ((half - beside) / slope + 0.5).clip(0, 1) * (half / slope).clip(0, 1)
        return np.asarray(cut, np.float32)


def grain(blocks: Blocks) -> Map:
    """Draw the grain of a plank: year rings cut lengthwise, bent round two knots."""
    x, y = blocks.x, blocks.y
    bend = 0.16 * value_noise(*blocks.shape, 3, blocks.rng) + 0.02 * blocks.noise(12, 2)
    for kx, ky in ((0.36, 0.3), (1.08, 0.74)):
        near = np.exp(-(((x - kx) / 0.16) ** 2) - ((y - ky) / 0.07) ** 2)
        bend = bend + 0.09 * near * np.sign(y - ky) * (1 - np.exp(-np.abs(y - ky) / 0.02))
    rings = (y + bend) * 42
    late = (rings % 1) ** 4 * (1 - smoothstep(0.9, 1.0, np.asarray(rings % 1, np.float32)))
    columns = blocks.rng.random((300, 7), dtype=np.float32)
    fibres = stretch(columns, blocks.shape)
    return np.asarray(0.9 * late + 0.55 * smoothstep(0.6, 0.9, fibres), np.float32)


def stretch(coarse: Map, shape: tuple[int, int]) -> Map:
    """Blow coarse noise up to a whole block."""
    whole = cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(whole, np.float32)


def printed(blocks: Blocks) -> NDArray[np.float32]:
    """Print all blocks on paper: ink that shows the grain, thin in places, with bare specks."""
    wood, mottle = grain(blocks), blocks.noise(18, 2)
    specks = smoothstep(0.84, 0.92, blocks.noise(180, 1))
    fibre = blocks.noise(60, 2)[..., None]
    picture = np.asarray(PAPER * (0.965 + 0.05 * fibre), np.float32)
    for name, block in blocks.inks.items():
        cover = cv2.GaussianBlur(block, (0, 0), BLEED * blocks.scale)
        thin = GRAIN[name] * (wood * (0.5 + mottle)) + 0.5 * GRAIN[name] * specks
        ink = colour(INKS[name]) * (1.04 - 0.1 * mottle[..., None])
        over = ink if name == "black" else ink * (0.25 + 0.75 * picture / PAPER)
        share = cover * (1 - thin).clip(0, 1) * (0.97 if name == "black" else 0.93)
        picture = mix(picture, np.asarray(over, np.float32), share)
    return picture
