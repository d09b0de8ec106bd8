"""A woodcut in four inks: a peak over a lake at sunset, between a bent pine and reeds."""

import numpy as np
from numpy.typing import NDArray
from woodblock import Blocks, printed
from woodcut_land import clouds, frame, lake, mountains, rocks, sky
from woodcut_life import birds, pine, reeds, woods

SEED = 2
# From the farthest to the nearest.
SCENE = (sky, clouds, birds, mountains, woods, lake, rocks, reeds, pine, frame)


def paint(short_side: int) -> NDArray[np.float32]:
    """Carve and print the picture, that many pixels high."""
    blocks = Blocks(short_side, np.random.default_rng(SEED))
    for carve in SCENE:
        carve(blocks)
    return printed(blocks)
