"""A leaded window with the light behind it: a tree by a river under a sun, in a rose.

The glass is streaky, every piece cut from another sheet and turned its own way; leads are
round and catch a little light, and a dark wash of enamel lies along them.
"""

import cv2
import numpy as np
from canvas import Map, colour, fractal_noise, relief, smoothstep, value_noise
from glass_design import TURNS, Design, Labels
from glass_scene import SUN, window
from numpy.typing import NDArray
from shapes import Box, mask_of, mix, shifted, turned

SEED = 1144
LEADS = (0.0016, 0.0025, 0.005)  # half widths: within a field, around it, around a part
ENAMEL = colour("#140d0a")
LEAD = colour("#2b2c30")
FAR = 1.0  # beyond any distance that matters


def edges(labels: Labels) -> NDArray[np.uint8]:
    """Mark with 0 the pixels where the label changes, with 1 all others."""
    inner = np.ones(labels.shape, np.uint8)
    inner[:, :-1][labels[:, 1:] != labels[:, :-1]] = 0
    inner[:-1][labels[1:] != labels[:-1]] = 0
    return inner


def distance(labels: Labels) -> Map:
    """Measure how far each pixel is from the nearest edge, in short sides."""
    pixels = cv2.distanceTransform(edges(labels), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    scale = labels.shape[0]
    # Steps between pixels would show as a jagged rim on the lead.
    smooth = cv2.GaussianBlur(pixels, (0, 0), 0.6 + 0.0003 * scale)
    return np.asarray(smooth / scale, np.float32)


def lead_height(design: Design, rng: np.random.Generator) -> tuple[Map, Map]:
    """Give the height of the leads over the glass, and the way left to the nearest one."""
    side = design.scale
    height, left = np.zeros((side, side), np.float32), np.full((side, side), FAR, np.float32)
    uneven = 0.85 + 0.3 * value_noise(side, side, 30, rng)
    for labels, half in zip((design.pieces, design.fields, design.parts), LEADS, strict=True):
        away = distance(labels)
        width = half * uneven
        height = np.maximum(height, half * np.sqrt((1 - (away / width) ** 2).clip(0, 1)))
        left = np.minimum(left, away - width)
    return height, left


def streaks(side: int, rng: np.random.Generator) -> Map:
    """Make a sheet of glass with swirling streaks that run across it, in [0, 1]."""
    total = np.zeros((side, side), np.float32)
    for rows, columns, weight in ((9, 3, 0.8), (24, 5, 0.9), (60, 8, 0.8), (130, 12, 0.5)):
        coarse = rng.random((rows, columns), dtype=np.float32)
        total += weight * cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    bend = [(fractal_noise(side, side, 5, 3, rng) - 0.5) * 0.11 * side for _ in range(2)]
    swirled = cv2.remap(total, x + bend[0], y + bend[1], cv2.INTER_LINEAR, None, cv2.BORDER_REFLECT)
    low, high = float(swirled.min()), float(swirled.max())
    return smoothstep(0.2, 0.8, np.asarray((swirled - low) / (high - low), np.float32))


def sheets(design: Design, rng: np.random.Generator) -> Map:
    """Give every piece its streaks, in a direction of its own."""
    side = design.scale
    tile, whole = streaks(side, rng), Box(0, 0, side, side)
    choice = np.array(design.turns)[design.pieces]
    result = np.zeros((side, side), np.float32)
    for i in range(TURNS):
        cut = turned(tile, whole, i * np.pi / TURNS, (0.11 * i, 0.07 * i))
        np.copyto(result, cut, where=choice == i)
    return result


def glass(design: Design, left: Map, rng: np.random.Generator) -> NDArray[np.float32]:
    """Colour the glass and let the light through it, most in the middle of each piece."""
    side = design.scale
    base = np.stack(design.colours)[design.pieces]
    streak = sheets(design, rng)
    deep = 0.66 * base**1.35 * np.stack(design.tints)[design.pieces]
    pale = base + 0.6 * (1 - base) * (0.2 + base)
    picture = mix(deep, pale, streak)
    middle = 0.78 + 0.5 * (1 - np.exp(-left.clip(0, 1) / 0.009))
    outside = 0.8 + 0.45 * fractal_noise(side, side, 3, 3, rng)  # trees and clouds beyond
    outside += 0.4 * np.exp(-((design.polar(SUN)[0] / 0.13) ** 2))
    waves = relief(fractal_noise(side, side, 45, 3, rng), 0.009 * side)
    lit = middle * outside * (0.6 + 0.4 * waves)
    return np.asarray(picture * lit[..., None], np.float32)


def enamel(design: Design, left: Map, rng: np.random.Generator) -> Map:
    """Paint lines on the glass, and a stippled wash that darkens along the leads."""
    side = design.scale
    cover = np.zeros((side, side), np.float32)
    for line in design.lines:
        box, mask = mask_of(line, (side, side), side)
        if box is not None and mask is not None:
            cover[box.window] = np.maximum(cover[box.window], 0.92 * mask)
    stipple = fractal_noise(side, side, 90, 2, rng)
    wash = smoothstep(0.009, 0.0, left + 0.014 * (stipple - 0.25)) * 0.5
    return np.asarray(np.maximum(cover, wash), np.float32)


def bubbles(side: int, rng: np.random.Generator) -> Map:
    """Scatter long little bubbles, which shine and have a dark rim below."""
    shine = np.zeros((side, side), np.float32)
    for _ in range(900):
        x, y, size, turn = rng.random(4)
        radius = 0.0006 + 0.0016 * size**4
        for shift, strength in ((0.0008, -0.35), (0.0, 0.5)):
            angle = np.linspace(0, 2 * np.pi, 16)
            around = np.stack([1.5 * np.cos(angle), np.sin(angle)], 1) * radius
            box, mask = mask_of(shifted(around, x, y + shift * turn), shine.shape, side)
            if box is not None and mask is not None:
                shine[box.window] += strength * mask
    return shine


def halo(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Let bright glass glow over its leads, as it does to the eye in a dark church."""
    side = picture.shape[0]
    bright = cv2.resize(picture**2, (side // 4, side // 4), interpolation=cv2.INTER_AREA)
    near = cv2.GaussianBlur(bright, (0, 0), 0.0016 * side)
    wide = cv2.GaussianBlur(bright, (0, 0), 0.006 * side)
    glow = cv2.resize(0.5 * near + 0.5 * wide, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(1 - (1 - picture.clip(0, 1)) * (1 - 0.22 * glow.clip(0, 1)), np.float32)


def paint(short_side: int) -> NDArray[np.float32]:
    """Paint the window, that many pixels wide and high."""
    rng = np.random.default_rng(SEED)
    design = window(short_side, SEED)
    height, left = lead_height(design, rng)
    picture = glass(design, left, rng)
    picture *= (1 + 0.5 * bubbles(short_side, rng))[..., None]
    picture = mix(picture, np.broadcast_to(ENAMEL, picture.shape), enamel(design, left, rng))
    patina = fractal_noise(short_side, short_side, 60, 3, rng)
    surface = height + 0.0012 * patina
    lit = relief(surface, 0.9 * short_side, elevation=0.8)
    lead = LEAD * (0.35 + 0.9 * patina * lit.clip(0, 2.5) ** 2)[..., None]
    shine = 0.5 * patina * smoothstep(1.08, 1.42, lit)
    lead = lead + shine[..., None] * colour("#b9c4d6")
    over = smoothstep(0.7 / short_side, -0.7 / short_side, left)
    return halo(mix(picture, lead.astype(np.float32), over))
