"""What a decoding child process is asked, and what it answers: msgpack with its length first."""

from __future__ import annotations

import struct
from typing import IO

import msgspec

from artstyle.roles import Role

LENGTH = struct.Struct("<Q")


class Check(msgspec.Struct, frozen=True, tag=True):
    """Check a picture's header."""

    role: Role
    data: bytes


class Store(msgspec.Struct, frozen=True, tag=True):
    """Write a picture's pixels exactly, and two smaller ones to look at, to these paths."""

    role: Role
    data: bytes
    lossless: str
    view: str
    thumb: str


class Length(msgspec.Struct, frozen=True):
    """How long a clip is."""

    seconds: float
    frames: int  # about so many, until it is stored
    fps: float  # frames per second


class Size(msgspec.Struct, frozen=True, tag=True):
    """The picture is usable, or stored: pixels, upright."""

    height: int
    width: int
    missing: float | None = None  # the share of rows that a file which is cut off lacks
    length: Length | None = None  # of a clip


class Refused(msgspec.Struct, frozen=True, tag=True):
    """A `PictureError`, by its code and data."""

    code: str
    data: dict[str, object]


class Unwritten(msgspec.Struct, frozen=True, tag=True):
    """An `OSError` while writing."""

    errno: int
    reason: str
    path: str | None


Request = Check | Store
Reply = Size | Refused | Unwritten


def send(stream: IO[bytes], message: bytes) -> None:
    stream.write(LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    message = stream.read(length)
    return message if len(message) == length else None
