"""Finding faces, with the network that comes with the package.

Wu, Peng and Yu, YuNet: a tiny millisecond-level face detector, Machine Intelligence Research
20, 2023. It runs in OpenCV.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from artstyle.errors import WeightsUnreadable
from artstyle.style import pyramid

MODEL = Path(__file__).parent / "weights" / "face_detection_yunet_2023mar.onnx"
SIDES = (320, 960)  # px, longer sides at which is looked: large faces, then small ones
SCORE = 0.7  # from 0 to 1, from which on it is a face
OVERLAP = 0.3  # of the union, from which on two boxes are one face
MOST = 1000
# The head around the box, which goes from the brows to the chin, in its sizes.
RISE, WIDTH, HEIGHT = 0.05, 0.56, 0.63
SOFT = 0.25  # how far the edge of the mask reaches, in radii


@dataclass(frozen=True, slots=True)
class Face:
    """A box in px of the photo, and how sure it is, from 0 to 1."""

    x: float
    y: float
    width: float
    height: float
    score: float


def find(photo: Tensor) -> list[Face]:
    """The faces in a photo (1, 3, H, W), the surest first; raises `WeightsError`."""
    found = [face for side in SIDES for face in _find(photo, side)]
    found.sort(key=lambda face: -face.score)
    kept: list[Face] = []
    for face in found:
        if all(_shared(face, other) < OVERLAP for other in kept):
            kept.append(face)
    return kept


def mask(photo: Tensor) -> Tensor:
    """1 where the photo (1, 3, H, W) is painted and 0 on faces, with soft edges: (1, 1, H, W)."""
    height, width = pyramid.size_of(photo)
    y, x = torch.arange(height)[:, None] + 0.5, torch.arange(width)[None, :] + 0.5
    painted = torch.ones(height, width)
    for face in find(photo):
        across = (x - face.x - face.width / 2) / (WIDTH * face.width)
        down = (y - face.y - (0.5 - RISE) * face.height) / (HEIGHT * face.height)
        distance = (across.square() + down.square()).sqrt()
        painted = torch.minimum(painted, ((distance - 1) / SOFT).clamp(0, 1))
    return painted[None, None]


def _find(photo: Tensor, side: int) -> Iterator[Face]:
    size = pyramid.size_of(photo)
    scale = min(1.0, side / max(size))
    small = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    pixels = pyramid.target(photo, small)[0].flip(0).permute(1, 2, 0)  # BGR, (H, W, 3)
    rows = _detector(small).detect(np.ascontiguousarray((pixels * 255).round().byte().numpy()))[1]
    for x, y, width, height, *_, score in [] if rows is None else rows.tolist():
        if math.isfinite(x + y + width + height):
            yield Face(x / scale, y / scale, width / scale, height / scale, score)


def _detector(size: pyramid.Size) -> cv2.FaceDetectorYN:
    try:
        model = np.frombuffer(MODEL.read_bytes(), np.uint8)  # OpenCV can't open all paths
    except OSError as error:
        raise WeightsUnreadable(MODEL, str(error.strerror)) from error
    with _silent():
        empty = np.empty(0, np.uint8)
        return cv2.FaceDetectorYN.create("onnx", model, empty, size[::-1], SCORE, OVERLAP, MOST)


@contextmanager
def _silent() -> Iterator[None]:
    """OpenCV 5 warns of a setting that nobody made."""
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)


def _shared(a: Face, b: Face) -> float:
    """The part of the union of two boxes that is in both."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    both = max(0.0, width) * max(0.0, height)
    return both / (a.width * a.height + b.width * b.height - both)
