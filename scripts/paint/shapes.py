"""Outlines and textures that several painters share, in units of the short side.

A point of one unit is one short side away, so a shape keeps its place and its size in
the picture whatever number of pixels the picture has.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from canvas import Map
from numpy.typing import NDArray

Points = NDArray[np.float64]
Field = NDArray[np.floating[Any]]  # a map as arithmetic leaves it, of either precision
SUBPIXEL_BITS = 4  # OpenCV's polygons take sixteenths of a pixel
FINE = 4  # edges are smoothed by filling at that scale: LINE_AA makes thin shapes a pixel wider


class Box(NamedTuple):
    """A pixel rectangle, half open."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def window(self) -> tuple[slice, slice]:
        """What cuts this rectangle out of a map."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def mix(first: Map, second: Map, share: Map) -> Map:
    """Blend two colours or pictures, by ``share`` of the second at each pixel."""
    return (first + (second - first) * share[..., None]).astype(np.float32)


def grid(height: int, width: int, scale: float) -> tuple[Map, Map]:
    """Give the x and y of every pixel's centre, in units of the short side."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (x + 0.5) / np.float32(scale), (y + 0.5) / np.float32(scale)


def box_grid(box: Box, scale: float) -> tuple[Map, Map]:
    """Give the x and y of the pixels of a box, as row and column that broadcast."""
    x = (np.arange(box.left, box.right, dtype=np.float32) + 0.5) / np.float32(scale)
    y = (np.arange(box.top, box.bottom, dtype=np.float32) + 0.5) / np.float32(scale)
    return x[None, :], y[:, None]


def mask_of(
    points: Points, shape: tuple[int, ...], scale: float
) -> tuple[Box, Map] | tuple[None, None]:
    """Fill a polygon with smooth edges, in the smallest box that holds it."""
    height, width = shape
    pixels = points * scale
    low = np.floor(pixels.min(0)).astype(int) - 1
    high = np.ceil(pixels.max(0)).astype(int) + 2
    box = Box(max(0, low[1]), max(0, low[0]), min(height, high[1]), min(width, high[0]))
    if box.bottom <= box.top or box.right <= box.left:
        return None, None
    size = box.right - box.left, box.bottom - box.top
    fine = np.zeros((size[1] * FINE, size[0] * FINE), np.uint8)
    local = ((pixels - (box.left, box.top)) * FINE - 0.5) * 2**SUBPIXEL_BITS
    outline = np.round(local).astype(np.int32)
    cv2.fillPoly(fine, [outline], (255,), cv2.LINE_8, SUBPIXEL_BITS)
    mask = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
    return box, np.asarray(mask / np.float32(255), np.float32)


def arc(
    centre: tuple[float, float],
    radii: tuple[float, float],
    degrees: tuple[float, float],
    tilt: float = 0.0,
    count: int = 48,
) -> Points:
    """Follow an ellipse's outline from one angle to another; ``tilt`` turns the ellipse."""
    a = np.radians(np.linspace(*degrees, count))
    x, y = radii[0] * np.cos(a), radii[1] * np.sin(a)
    c, s = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    return np.stack([centre[0] + c * x - s * y, centre[1] + s * x + c * y], 1)


def curve(knots: Sequence[tuple[float, float]], count: int = 48) -> Points:
    """Draw a smooth curve through the knots (Catmull-Rom)."""
    k = np.array([knots[0], *knots, knots[-1]], np.float64)
    t = np.linspace(0, len(knots) - 1 - 1e-9, count)
    i, f = t.astype(int), (t % 1)[:, None]
    a, b, c, d = k[i], k[i + 1], k[i + 2], k[i + 3]
    bend = (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3
    return np.asarray(b + ((c - a) * f + bend) / 2)


def shifted(path: Points, right: float, down: float) -> Points:
    """Move a path."""
    return np.asarray(path + np.array([right, down]))


def stroke(path: Points, widths: NDArray[np.float64]) -> Points:
    """Outline a line along the path that is as wide at each point as ``widths`` says."""
    ahead = np.gradient(path, axis=0)
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
    side = normal * widths[:, None] / 2
    return np.concatenate([path + side, (path - side)[::-1]])


def tapered(path: Points, width: float, start: float = 0.1, end: float = 0.1) -> Points:
    """Outline a line that swells in the middle; its ends are those shares of the width."""
    t = np.linspace(0, 1, len(path))
    ends = start + (end - start) * t
    return stroke(path, width * (ends + (1 - ends) * np.sin(np.pi * t) ** 0.7))


def turned(tile: Map, box: Box, angle: float, corner: tuple[float, float]) -> Map:
    """Cut a piece as large as the box out of a texture turned by ``angle`` radians.

    ``corner`` is where the cut begins, in shares of the texture's sides; beyond its
    edge the texture goes on mirrored.
    """
    c, s = np.cos(angle), np.sin(angle)
    origin = corner[0] * tile.shape[1], corner[1] * tile.shape[0]
    inverse = np.array([[c, s, origin[0]], [-s, c, origin[1]]], np.float64)
    size = box.right - box.left, box.bottom - box.top
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(tile, inverse, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(cut, np.float32)
