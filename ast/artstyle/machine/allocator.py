"""How the C library hands out memory: set so that what is freed is really free.

glibc serves blocks of up to 32 MB from one heap, which frees little of itself: features
come and go in that size, and left it so full of holes that tiles took twice the memory they
use. Blocks of their own go back at once; huge pages keep them from costing time.
"""

import ctypes
import os
import sys

OWN_BLOCK = 4 << 20  # bytes from which a block is mapped by itself
_M_MMAP_THRESHOLD = -3


def tune() -> None:
    """Set it for this process; where the C library isn't glibc, nothing happens."""
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # torch asks once, at its first tensor
    if not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL("libc.so.6").mallopt(_M_MMAP_THRESHOLD, OWN_BLOCK)
    except (OSError, AttributeError):  # another C library
        return
