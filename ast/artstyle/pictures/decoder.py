"""The program of a child process that checks and stores what users send.

A hostile file can make a decoder take hours or gigabytes, or crash it. Here that ends one child,
whose parent (`artstyle.jobs.decoding`) starts another. Requests come on standard input, replies
leave on standard output.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import msgspec
import numpy as np

from artstyle.errors import MaskBlack, PictureError, PictureMemory
from artstyle.files import atomic_write
from artstyle.machine import ram
from artstyle.pictures import read
from artstyle.pictures.messages import (
    Check,
    Refused,
    Reply,
    Request,
    Size,
    Store,
    Unwritten,
    receive,
    send,
)
from artstyle.pictures.pixels import Pixels
from artstyle.pictures.save import encode_lossless
from artstyle.pictures.thumbnails import thumbnail
from artstyle.roles import MASKS, STYLE_MASKS

VIEW = 1280  # longer side in px on a page
THUMB = 384
_request = msgspec.msgpack.Decoder(Request)


def serve(answer: Callable[[Request], Reply], memory: int, seconds: int) -> None:
    """Answer requests until there are no more, each within so many bytes and seconds."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):  # libraries write there what they think of a file
        os.dup2(nothing, standard)
    cv2.setNumThreads(1)
    send(replies, b"")  # ready
    ram.limit_addresses(memory)
    while (message := receive(requests)) is not None:
        _limit_time(seconds)
        reply = answer(_request.decode(message))
        _limit_time(0)
        del message
        send(replies, msgspec.msgpack.encode(reply))


def answer(request: Request) -> Reply:
    try:
        return _check(request) if isinstance(request, Check) else _store(request)
    except PictureError as error:
        return Refused(error.code, error.data)
    except OSError as error:
        return Unwritten(error.errno or 0, error.strerror or str(error), error.filename)


def _check(request: Check) -> Size:
    header = read.check(request.data, request.role)
    return Size(header.height, header.width)


def _store(request: Store) -> Size:
    decoded = read.examine(request.data, request.role)
    pixels = decoded.pixels
    try:
        shown = on_black(pixels) if request.role in MASKS else pixels
        if request.role in STYLE_MASKS and not shown.any():
            raise MaskBlack(role=request.role)
        view, thumb = thumbnail(shown, VIEW), thumbnail(shown, THUMB)
        lossless = encode_lossless(pixels)
    except MemoryError as error:
        raise PictureMemory(role=request.role) from error
    atomic_write(Path(request.lossless), lossless, durable=True)
    atomic_write(Path(request.view), view)
    atomic_write(Path(request.thumb), thumb)
    height, width = pixels.shape[:2]
    return Size(height, width, decoded.missing)


def on_black(pixels: Pixels) -> Pixels:
    """Pixels (H, W, 3) or (H, W, 4) as they look on black, as a mask is read: (H, W, 3)."""
    if pixels.shape[2] == 3:
        return pixels
    most = np.iinfo(pixels.dtype).max
    shown: Pixels = (pixels[..., :3] * (pixels[..., 3:] / np.float32(most))).astype(pixels.dtype)
    return shown


def _limit_time(seconds: int) -> None:
    """Be ended by the system after so many seconds, should the parent be gone; 0 for no limit."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


if __name__ == "__main__":
    serve(answer, *map(int, sys.argv[1:]))
