"""Boxes of AVIF and HEIC, and the colours that they describe."""

import struct

import numpy as np
import pytest
from tests.pictures import pillow, quadrants

from artstyle.pictures.color_spaces import from_cicp
from artstyle.pictures.heif import color_space

PIXELS = np.array([[[255, 0, 0], [0, 128, 255], [90, 90, 90]]], np.uint8)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def described(primaries: int, transfer: int, *before: bytes) -> bytes:
    """A file of these colours, with boxes before the one that says so."""
    colour = box(b"colr", struct.pack(">4sHHHB", b"nclx", primaries, transfer, 6, 0x80))
    inner = box(b"iprp", box(b"ipco", b"".join(before) + colour))
    return box(b"ftyp", b"avif") + box(b"meta", bytes(4) + inner) + box(b"mdat", b"")


def test_display_p3_is_found_behind_other_boxes() -> None:
    profile = box(b"colr", b"prof" + bytes(99))
    found = color_space(described(12, 13, box(b"ispe", bytes(12)), profile))
    expected = from_cicp(12, 13, 0, 1)
    assert found is not None and expected is not None
    assert (found.to_srgb(PIXELS) == expected.to_srgb(PIXELS)).all()


@pytest.mark.parametrize("transfer", [1, 6, 13, 14, 15])
def test_the_curves_of_television_stand_for_that_of_srgb(transfer: int) -> None:
    assert color_space(described(1, transfer)) is None


@pytest.mark.parametrize("numbers", [(2, 2), (0, 0), (1, 255), (22, 13)])
def test_what_isnt_known_is_taken_for_srgb(numbers: tuple[int, int]) -> None:
    assert color_space(described(*numbers)) is None


def test_a_picture_that_describes_srgb_keeps_its_values() -> None:
    data = pillow(quadrants(), "AVIF")
    assert b"nclx" in data and color_space(data) is None


@pytest.mark.parametrize("size", [0, 1, 7, 2**31, 2**32 - 1])
def test_a_box_of_a_wrong_size_ends_the_search(size: int) -> None:
    whole = described(12, 13)
    for kind in (b"meta", b"iprp", b"ipco", b"colr"):
        place = whole.index(kind) - 4
        broken = whole[:place] + struct.pack(">I", size) + whole[place + 4 :]
        found = color_space(broken)
        # a size of 0 means up to the end, so what is inside is still found
        assert (found is not None) == (size == 0)


def test_a_file_that_ends_anywhere_describes_nothing_or_what_it_did() -> None:
    whole = described(12, 13)
    last = whole.index(b"mdat") - 4  # the tree is whole from there on
    assert [bool(color_space(whole[:end])) for end in (last - 1, last)] == [False, True]
    assert all(color_space(whole[:end]) is None for end in range(last))
