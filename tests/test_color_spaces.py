"""Colours that a PNG describes by numbers."""

import struct
import zlib

import numpy as np
import pytest
from tests.pictures import chunk, flat, pillow, srgb

from artstyle.pictures.color_spaces import CURVES, PRIMARIES, SRGB, from_cicp, from_gamma
from artstyle.pictures.read import load

P3 = [0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060]


def described(colour: tuple[int, int, int], **chunks: bytes) -> list[float]:
    """What a PNG of one colour with these chunks becomes, from 0 to 255."""
    data = pillow(flat("RGB", colour), "PNG")
    place = data.index(b"IDAT") - 4
    more = b"".join(chunk(name.encode(), content) for name, content in chunks.items())
    picture = load(data[:place] + more + data[place:])
    return [round(255 * value, 4) for value in picture[0, :, 3, 3].tolist()]


def gamma(value: float) -> bytes:
    return struct.pack(">I", round(value * 100_000))


def corners(points: list[float]) -> bytes:
    return struct.pack(">8I", *(round(point * 100_000) for point in points))


def test_linear_values_become_brighter() -> None:
    # sRGB of 0.5 is 1.055·0.5^(1/2.4) − 0.055 = 0.7354
    assert described((128, 0, 255), gAMA=gamma(1)) == pytest.approx([188, 0, 255], abs=0.5)


def test_the_usual_gamma_means_srgb_and_costs_nothing() -> None:
    for chunks in ({"gAMA": gamma(0.45455)}, {"gAMA": gamma(0.45455), "cHRM": corners(list(SRGB))}):
        assert described((10, 99, 201), **chunks) == [10, 99, 201]


def test_srgb_and_profiles_override_gamma() -> None:
    assert described((128, 9, 9), sRGB=b"\0", gAMA=gamma(1)) == [128, 9, 9]
    profile = b"x\0\0" + zlib.compress(srgb())
    assert described((128, 9, 9), iCCP=profile, gAMA=gamma(1)) == [128, 9, 9]


def test_nonsense_is_ignored() -> None:
    for content in (gamma(0), gamma(99), b"", bytes(9)):
        assert described((128, 9, 9), gAMA=content) == [128, 9, 9]
    flat_corners = corners([0.3] * 8)  # all in one point
    assert described((128, 9, 9), gAMA=gamma(1), cHRM=flat_corners) == [128, 9, 9]


def test_a_wider_gamut_becomes_more_saturated() -> None:
    # CSS Color 4: color(display-p3 0.5 0.25 0.25) is about rgb(136, 59, 62)
    wide = {"gAMA": gamma(0.45455), "cHRM": corners(P3)}
    assert described((128, 64, 64), **wide) == pytest.approx([136.6, 60.4, 62.7], abs=1.5)
    assert described((128, 128, 128), **wide) == pytest.approx([128] * 3, abs=0.1)
    assert described((0, 255, 0), **wide) == [0, 255, 0]  # outside of sRGB, clipped


def test_cicp_overrides_everything() -> None:
    same = described((128, 64, 64), gAMA=gamma(0.45455), cHRM=corners(P3))
    cicp = described((128, 64, 64), cICP=bytes((12, 13, 0, 1)), gAMA=gamma(1))
    assert cicp == pytest.approx(same, abs=0.1)
    assert described((128, 9, 9), cICP=bytes((1, 13, 0, 1)), gAMA=gamma(1)) == [128, 9, 9]


@pytest.mark.parametrize("numbers", [(12, 13, 1, 1), (12, 13, 0, 0), (2, 13, 0, 1), (1, 2, 0, 1)])
def test_unknown_cicp_falls_back_to_the_rest(numbers: tuple[int, ...]) -> None:
    assert from_cicp(*numbers) is None
    told = described((128, 0, 255), cICP=bytes(numbers), gAMA=gamma(1))
    assert told == pytest.approx([188, 0, 255], abs=0.5)


@pytest.mark.parametrize("primaries", PRIMARIES)
@pytest.mark.parametrize("transfer", CURVES)
def test_greys_stay_grey_and_in_order(primaries: int, transfer: int) -> None:
    space = from_cicp(primaries, transfer, 0, 1)
    assert space is not None
    ramp = np.repeat(np.arange(0, 65536, 255, dtype=np.uint16), 3).reshape(1, -1, 3)
    seen = space.to_srgb(ramp)[0].astype(int)
    assert np.ptp(seen, axis=1).max() <= 8  # of 65535
    assert (np.diff(seen[:, 1]) >= 0).all()
    assert seen[0].max() == 0
    assert seen[-1].min() > 65000


def test_white_of_high_dynamic_range_is_half_of_the_brightest_light() -> None:
    # PQ 0.5807 is 203 cd/m², the white of text and paper; HLG 0.75 is the same
    for transfer, value in ((16, 0.5807), (18, 0.75)):
        space = from_cicp(9, transfer, 0, 1)
        assert space is not None
        level = np.full((1, 1, 3), round(65535 * value), np.uint16)
        encoded = space.to_srgb(level)[0, 0, 0] / 65535
        assert ((encoded + 0.055) / 1.055) ** 2.4 == pytest.approx(0.5, abs=0.003)


def test_only_the_brightest_of_a_pixels_channels_decides_how_much_it_is_dimmed() -> None:
    space = from_cicp(9, 16, 0, 1)
    assert space is not None
    # PQ 0.7518 is 1000 cd/m², from which on all is as bright as can be; a tenth of it is 0.5081
    red = space.to_srgb(np.round(65535 * np.array([[[0.7518, 0.5081, 0.5081]]])).astype(np.uint16))
    light = (((red[0, 0] / 65535) + 0.055) / 1.055) ** 2.4
    # ITU-R BT.2087: BT.2020's red is 1.66, −0.12, −0.02 in sRGB, where that is cut off
    assert light == pytest.approx([1, 0, 0.1 - 0.9 * 0.0182], abs=0.004)


def test_gammas_are_powers() -> None:
    space = from_gamma(1 / 1.8, None)
    assert space is not None
    assert space.linear(np.array([0.5], np.float32))[0] == pytest.approx(0.5**1.8)
