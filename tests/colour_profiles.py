"""Colour profiles made by hand (ICC.1:2001-04), as cameras, displays and print shops write them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from PIL import Image, ImageCms

D50 = (0.9642, 1.0, 0.8249)
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
# x and y of white, red, green and blue, as PNG's cHRM has them
DISPLAY_P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
ADOBE_RGB = (0.3127, 0.3290, 0.640, 0.330, 0.210, 0.710, 0.150, 0.060)
PROPHOTO = (0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001)
STEPS = 5  # of each ink in a table


def rgb_profile(points: Sequence[float], gamma: float) -> bytes:
    """A matrix and one curve for three channels."""
    white, *corners = (np.array((x / y, 1, (1 - x - y) / y)) for x, y in _pairs(points))
    columns = np.stack(corners, 1)
    to_xyz = columns * np.linalg.solve(columns, white)
    to_d50 = np.diag((BRADFORD @ D50) / (BRADFORD @ white))  # the white that profiles have
    adapted = np.linalg.inv(BRADFORD) @ to_d50 @ BRADFORD @ to_xyz
    tags = {b"wtpt": _xyz(D50)}
    for name, column in zip((b"r", b"g", b"b"), adapted.T, strict=True):
        tags |= {name + b"XYZ": _xyz(column), name + b"TRC": _curve(gamma)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey_profile(gamma: float) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(D50), b"kTRC": _curve(gamma)})


def cmyk_profile() -> bytes:
    """Four inks that are a little darker and duller than those that screens calculate with."""
    inks = np.array(list(product(np.linspace(0, 1, STEPS), repeat=4)))
    light = (1 - 0.9 * inks[:, :3]) * (1 - 0.85 * inks[:, 3:])
    light[:, 1] *= 1 - 0.2 * inks[:, 0]
    srgb = Image.fromarray(np.rint(255 * light).astype(np.uint8)[None])
    here, there = (ImageCms.ImageCmsProfile(ImageCms.createProfile(n)) for n in ("sRGB", "LAB"))
    lab = ImageCms.ImageCmsTransform(here, there, "RGB", "LAB").apply(srgb)
    table = np.asarray(lab).view(np.int8).astype(np.int16)
    table[..., 0] %= 256
    table[..., 1:] += 128  # a file has a and b with an offset, Pillow as signed numbers
    ramp = bytes(range(256))
    unity = struct.pack(">9i", *(65536 * (n % 4 == 0) for n in range(9)))
    head = struct.pack(">4s4xBBBx", b"mft1", 4, 3, STEPS) + unity
    body = head + 4 * ramp + table.astype(np.uint8).tobytes() + 3 * ramp
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(D50), b"A2B0": body})


def _profile(kind: bytes, colours: bytes, pcs: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"desc": _description(), b"cprt": b"text\0\0\0\0none\0", **tags}
    directory, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        directory += struct.pack(">4sII", name, start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    size = start + len(body)
    head = struct.pack(">I4xI4s4s4s12x4s", size, 0x02100000, kind, colours, pcs, b"acsp")
    white = _xyz(D50)[8:]
    return head.ljust(68, b"\0") + white + bytes(128 - 80) + directory + body


def _description() -> bytes:
    return struct.pack(">4s4xI", b"desc", 5) + b"test\0" + bytes(78)


def _pairs(points: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(points[::2], points[1::2], strict=True))


def _xyz(values: Iterable[float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * float(each)) for each in values))


def _curve(gamma: float) -> bytes:
    return struct.pack(">4s4xIH", b"curv", 1, round(256 * gamma))
