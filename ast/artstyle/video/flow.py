"""Optical flow between two frames, and where it can be trusted.

DIS flow (Kroeger et al., arXiv 1603.03590) in both directions, and the tests of Ruder et al.,
Artistic Style Transfer for Videos, arXiv 1604.08610, section 4, by Sundaram et al.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from artstyle.style import colors

Grey = NDArray[np.uint8]  # (H, W)
Image = NDArray[np.float32]  # (H, W) or (H, W, C)
Flow = NDArray[np.float32]  # (H, W, 2): how far to the right and down, in pixels
Mask = NDArray[np.bool_]  # (H, W)

AGREEMENT = 0.01, 0.5  # how far both ways may be apart: a share of their squares, and px²
BOUNDARY = 0.01, 0.002  # how steep the flow may be: a share of its square, and a constant
SPECK = 6  # px²; what is smaller isn't uncovered, only unsure


@dataclass(frozen=True, slots=True)
class Motion:
    """How a frame came about from the one before it."""

    back: Flow  # from every pixel of this frame to where it was in the one before
    seen: Mask  # what was in the frame before
    sure: Mask  # what was, away from the edges of moving things


def grey(picture: Tensor) -> Grey:
    """What flow is measured on: (1, 3, H, W) -> (H, W)."""
    rounded: Grey = np.rint(colors.luminance(picture)[0, 0].numpy().clip(0, 1) * 255)
    return rounded.astype(np.uint8)


def between(before: Grey, after: Grey) -> Motion:
    """The motion from one frame to the next, of the same size."""
    there, back = _flow(before, after), _flow(after, before)
    agree, inside = _agree(warp(there, back), back), _inside(back)
    return Motion(back, _without_specks(agree) & inside, agree & inside & ~_boundary(back))


def warp(picture: Image, back: Flow) -> Image:
    """Move a picture: every pixel is taken from where the flow leads. No flow changes nothing."""
    x, y = np.moveaxis(back + grid(back), -1, 0)
    moved = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def grid(like: Flow) -> Flow:
    """The place of every pixel, as x and y."""
    height, width = like.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack((x, y), -1)


def _flow(before: Grey, after: Grey) -> Flow:
    method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    still = np.zeros((*before.shape, 2), np.float32)
    return np.asarray(method.calc(before, after, still), np.float32)


def _agree(there: Flow, back: Flow) -> Mask:
    """Where going back and forth ends near its beginning."""
    share, least = AGREEMENT
    agree: Mask = _squares(there + back) <= share * (_squares(there) + _squares(back)) + least
    return agree


def _without_specks(agree: Mask) -> Mask:
    """The same mask without its small holes."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~agree).astype(np.uint8))
    small = stats[:, cv2.CC_STAT_AREA] < SPECK
    small[0] = False  # what agrees
    filled: Mask = agree | small[labels]
    return filled


def _inside(back: Flow) -> Mask:
    """Where the flow doesn't lead out of the picture."""
    height, width = back.shape[:2]
    places = back + grid(back)
    right_below = np.array((width - 0.5, height - 0.5), np.float32)
    inside: Mask = np.all((places >= -0.5) & (places <= right_below), axis=-1)
    return inside


def _boundary(back: Flow) -> Mask:
    """Where the flow changes steeply: the edges of moving things, which are seldom exact."""
    share, least = BOUNDARY
    steepness = sum(_squares(np.gradient(back, axis=axis)) for axis in (0, 1))
    boundary: Mask = steepness > share * _squares(back) + least
    return boundary


def _squares(flow: NDArray[Any]) -> Image:
    squares: Image = np.square(flow).sum(-1)
    return squares
