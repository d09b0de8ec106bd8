"""Decoded pixels as whole numbers, and what is done with them strip by strip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.unsignedinteger[Any]]
"""(H, W, 3) sRGB, or (H, W, 4) with alpha that the colours aren't multiplied by; 8 or 16 bits."""
Planes = NDArray[np.float32]  # (C, H, W) in [0, 1]

DEPTH = 65535
STRIP = 1 << 20  # pixels that are converted at a time


def strips(height: int, width: int, multiple: int = 1) -> Iterator[slice]:
    """Slices of rows that together are the whole picture, each a multiple but for the last."""
    rows = max(1, STRIP // width // multiple) * multiple
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def unit(pixels: NDArray[Any], peak: int | None = None) -> Planes:
    """Scale whole numbers to [0, 1]: (H, W, C) -> (C, H, W)."""
    planes = np.empty((pixels.shape[2], *pixels.shape[:2]), np.float32)
    peak = peak or int(np.iinfo(pixels.dtype).max)
    np.divide(pixels.transpose(2, 0, 1), np.float32(peak), out=planes)
    return planes


def sixteen(planes: NDArray[Any]) -> NDArray[np.uint16]:
    """Round to the values that 16 bits can hold: (C, H, W) -> (H, W, C)."""
    rounded: NDArray[np.uint16] = np.rint(planes * np.float32(DEPTH)).astype(np.uint16)
    return rounded.transpose(1, 2, 0)


def planes_of(pixels: Pixels, factor: int = 1) -> Planes:
    """The same as float32: (H, W, C) -> (C, H, W), with blocks of so many pixels averaged."""
    height, width, channels = pixels.shape
    planes = np.empty((channels, -(-height // factor), -(-width // factor)), np.float32)
    for rows in strips(height, width, factor):
        part = unit(pixels[rows]) if factor == 1 else averaged(pixels[rows], factor)
        planes[:, rows.start // factor : rows.start // factor + part.shape[1]] = part
    return planes


def averaged(pixels: Pixels, factor: int) -> Planes:
    """Average blocks of pixels, (H, W, C) -> (C, ⌈H/factor⌉, ⌈W/factor⌉) in [0, 1].

    Colours count by their alpha. The last blocks are completed with the pixels at the edge.
    """
    import cv2

    height, width, channels = pixels.shape
    size = -(-width // factor), -(-height // factor)
    values: NDArray[Any] = unit(pixels).transpose(1, 2, 0)
    if channels == 4:
        values[..., :3] *= values[..., 3:]
    below, right = size[1] * factor - height, size[0] * factor - width
    whole = cv2.copyMakeBorder(values, 0, below, 0, right, cv2.BORDER_REPLICATE)
    means: NDArray[Any] = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    if channels == 4:
        means[..., :3] /= np.where(means[..., 3:] > 0, means[..., 3:], 1)
    return means.transpose(2, 0, 1)


def shortened(pixels: Pixels) -> Pixels:
    """The same without an alpha that is opaque throughout, in 8 bits if they hold it exactly."""
    height, width, channels = pixels.shape
    peak = np.iinfo(pixels.dtype).max
    if channels == 4 and all((pixels[rows, :, 3] == peak).all() for rows in strips(height, width)):
        pixels, channels = pixels[..., :3], 3
    if pixels.dtype == np.uint8:
        return pixels
    if any((pixels[rows] % 257).any() for rows in strips(height, width)):
        return pixels
    eight = np.empty(pixels.shape, np.uint8)
    for rows in strips(height, width):
        eight[rows] = pixels[rows] // 257
    return eight


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn and mirror as an EXIF orientation, 1 to 8, says."""
    pixels = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    rows, columns = (-1 if orientation in each else 1 for each in ((3, 4, 7, 8), (2, 3, 6, 7)))
    return pixels[::rows, ::columns]


def joined(colours: Pixels, alpha: Pixels) -> Pixels:
    """Colours and alpha at the higher of their depths."""
    if not alpha.shape[2]:
        return colours
    deep = np.uint16 in (colours.dtype, alpha.dtype)
    parts = [
        part * np.uint16(257) if deep and part.dtype == np.uint8 else part
        for part in (colours, alpha)
    ]
    return np.concatenate(parts, axis=2)
