"""Colour spaces that a file describes by numbers, and the way from them to sRGB.

IEC 61966-2-1 (sRGB), ITU-T H.273 (the numbers of cICP), ITU-R BT.1886 (how screens show BT.709 and
BT.2020), SMPTE ST 2084 (PQ), ITU-R BT.2100 (HLG), SMPTE ST 2094-50 (a higher dynamic range on an
ordinary screen); matrices from chromaticities as in SMPTE RP 177, adaptation to D65 by Bradford's
method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Curve = Callable[[Values], Values]  # from encoded values in [0, 1] to linear light

D65 = (0.3127, 0.3290)
SRGB = (*D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)  # white, red, green, blue: x and y of each
PRIMARIES = {
    1: SRGB,
    5: (*D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
BT2020 = 9
USUAL_GAMMA = 0.45455  # what programs write to mean sRGB
NEAR = 0.005
SDR_WHITE = 203.0  # cd/m², of white in a picture with a higher dynamic range (ITU-R BT.2408)
HDR_PEAK = 1000 / SDR_WHITE  # the brightest light that such a picture is expected to hold
_KNEE = 0.65  # how sharply the range bends between the two
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


@dataclass(frozen=True, eq=False)
class ColorSpace:
    """How to linearise encoded values, and the matrix (3, 3) from there to linear sRGB.

    If light may be brighter than white, the matrix leads to BT.2020, and `dimmed` from there on.
    """

    linear: Curve
    matrix: NDArray[Any]
    dimmed: Curve | None = None

    def to_srgb(self, pixels: NDArray[Any]) -> NDArray[np.uint16]:
        """Convert integers (H, W, 3) to sRGB at 16 bits."""
        peak = np.iinfo(pixels.dtype).max
        table = self.linear(np.arange(peak + 1, dtype=np.float32) / np.float32(peak))
        light = table[pixels] @ self.matrix.T.astype(np.float32)
        if self.dimmed:
            light = self.dimmed(light.clip(0))
        sixteen: NDArray[np.uint16] = np.rint(_encoded(light.clip(0, 1)) * 65535).astype(np.uint16)
        return sixteen


def from_gamma(gamma: float, points: Sequence[float] | None) -> ColorSpace | None:
    """The space of PNG's gAMA, and cHRM if there is one; None for sRGB and for nonsense."""
    if not 0.1 < gamma < 10:
        return None
    points = points or SRGB
    usual = abs(gamma - USUAL_GAMMA) < NEAR
    if usual and np.allclose(points, SRGB, atol=NEAR):
        return None
    try:
        matrix = _matrix(points)
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None
    exponent = np.float32(1 / gamma)
    return ColorSpace(_srgb if usual else lambda x: x**exponent, matrix)


def from_cicp(primaries: int, transfer: int, matrix: int, full_range: int) -> ColorSpace | None:
    """The space of PNG's cICP; None if it isn't one of RGB in full range that is known here."""
    if matrix != 0 or full_range != 1 or primaries not in PRIMARIES or transfer not in CURVES:
        return None
    dimmed = DIMMED.get(transfer)
    to = PRIMARIES[BT2020] if dimmed else SRGB
    return ColorSpace(CURVES[transfer], _matrix(PRIMARIES[primaries], to), dimmed)


def _matrix(points: Sequence[float], to: Sequence[float] = SRGB) -> NDArray[Any]:
    """From linear values of these chromaticities to linear sRGB or others, white to white."""
    there, here = _to_xyz(points), _to_xyz(to)
    matrix: NDArray[Any] = np.linalg.inv(here) @ _adaptation(points[:2]) @ there
    return matrix


def _to_xyz(points: Sequence[float]) -> NDArray[Any]:
    white, *corners = (points[i : i + 2] for i in range(0, 8, 2))
    columns = np.array([_xyz(corner) for corner in corners]).T
    return columns * np.linalg.solve(columns, _xyz(white))


def _adaptation(white: Sequence[float]) -> NDArray[Any]:
    there, here = (_BRADFORD @ _xyz(each) for each in (white, D65))
    adapted: NDArray[Any] = np.linalg.inv(_BRADFORD) @ np.diag(here / there) @ _BRADFORD
    return adapted


def _xyz(point: Sequence[float]) -> NDArray[Any]:
    x, y = point
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _srgb(x: Values) -> Values:
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** np.float32(2.4))


def _encoded(light: Values) -> Values:
    """From linear light to sRGB's values."""
    power = 1.055 * light ** np.float32(1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, 12.92 * light, power).clip(0, 1)


def _pq(x: Values) -> Values:
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = x.astype(np.float64) ** (1 / m2)
    light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return (light * 10_000 / SDR_WHITE).astype(np.float32)


def _hlg(x: Values) -> Values:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(x <= 0.5, x * x / 3, (np.exp((x - c) / a) + b) / 12).astype(np.float32)


def _pq_dimmed(light: Values) -> Values:
    dimmed = light * _compression(light.max(-1, keepdims=True))
    srgb: Values = dimmed @ _matrix(PRIMARIES[BT2020]).T.astype(np.float32)
    return srgb


def _hlg_dimmed(scene: Values) -> Values:
    """BT.2100 has a system gamma from the scene's light to a screen's."""
    luminance = scene @ np.array((0.2627, 0.6780, 0.0593), np.float32)
    return _pq_dimmed(scene * luminance[..., None] ** np.float32(0.2) * np.float32(HDR_PEAK))


def _compression(light: Values) -> Values:
    """What to multiply with so that HDR_PEAK becomes white: a half up to what was white.

    Above that, a parabola from (1, 1/2) to (HDR_PEAK, 1) bends the line.
    """
    bend = 1 + _KNEE
    a, b, c = HDR_PEAK - 2 * bend + 1, bend - 1, 1 - light.clip(1, HDR_PEAK)
    t = (np.sqrt(b * b - a * c) - b) / a  # where the parabola reaches this light
    toned = (1 - t) ** 2 / 2 + t * (1 - t) * bend + t * t
    factor: Values = (toned / np.maximum(light, 1)).astype(np.float32)
    return factor


@cache
def _power(exponent: float) -> Curve:
    return lambda x: x ** np.float32(exponent)


SRGB_TRANSFER, PQ, HLG = 13, 16, 18
SCREEN = (1, 6, 14, 15)  # BT.709, BT.601 and BT.2020, as BT.1886 shows them
DIMMED: dict[int, Curve] = {PQ: _pq_dimmed, HLG: _hlg_dimmed}
CURVES: dict[int, Curve] = {
    **dict.fromkeys(SCREEN, _power(2.4)),
    4: _power(2.2),
    5: _power(2.8),
    8: lambda x: x,
    SRGB_TRANSFER: _srgb,
    PQ: _pq,
    HLG: _hlg,
}
