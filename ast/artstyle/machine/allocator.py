"""Make the C library return freed memory to the system.

glibc serves blocks of up to 32 MB from one heap, which returns little of it: features have that
size, and fragmented the heap so much that tiles took twice the memory they use. Blocks mapped
by themselves are returned at once; huge pages make up for the time that costs.
"""

import ctypes
import os
import sys

OWN_BLOCK = 4 << 20  # bytes from which a block is mapped by itself
_M_MMAP_THRESHOLD = -3


def tune() -> None:
    """Tune this process; without effect where the C library isn't glibc."""
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # torch asks once, at its first tensor
    if not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL("libc.so.6").mallopt(_M_MMAP_THRESHOLD, OWN_BLOCK)
    except (OSError, AttributeError):  # another C library
        return
