"""Whether a GIF moves, told from its blocks without decoding anything."""

from __future__ import annotations

SIGNATURES = (b"GIF87a", b"GIF89a")
HEADER = 13  # bytes up to the first table of colours
EXTENSION, PICTURE = 0x21, 0x2C  # what a block begins with
DESCRIPTOR = 10  # bytes of a picture up to its table
TABLE = 0x80  # set where a table follows


def moves(data: bytes) -> bool:
    """Whether the file, or its beginning, shows two pictures or more."""
    if not data.startswith(SIGNATURES):
        return False
    pictures = 0
    try:
        at = HEADER + _table(data[10])
        while pictures < 2:
            if data[at] == EXTENSION:
                at = _after(data, at + 2)
            elif data[at] == PICTURE:
                pictures += 1
                # a byte that says how its pixels are packed comes before them
                at = _after(data, at + DESCRIPTOR + _table(data[at + 9]) + 1)
            else:
                break  # the end, or damage
    except IndexError:
        pass
    return pictures > 1


def _table(flags: int) -> int:
    """The bytes of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & TABLE else 0


def _after(data: bytes, at: int) -> int:
    """Where the next block begins, after pieces with their lengths."""
    while size := data[at]:
        at += size + 1
    return at + 1
