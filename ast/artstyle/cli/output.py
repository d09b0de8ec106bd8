"""The picture that the command line saves: its size, and where it goes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.cli import streams
from artstyle.cli.streams import STDOUT
from artstyle.errors import OutputError, printable
from artstyle.machine import ram
from artstyle.pictures import alpha, save
from artstyle.settings import DEFAULT_LEVELS, Settings
from artstyle.style import pyramid
from artstyle.style.pyramid import Size

if TYPE_CHECKING:
    from torch import Tensor

# What resizing and encoding take beside the picture as it was made: the new one in float32,
# clamped and not, or its bytes and a PNG of them.
RESIZING = 26  # bytes per pixel; 24 were measured


def check(out: Path, content: Size, settings: Settings, output_size: int | None) -> None:
    """Check before a run that its result can be saved in its size; raises `OutputError`."""
    levels = settings.levels or DEFAULT_LEVELS
    size = pyramid.level_size(content, settings.base_size, levels - 1)
    if output_size:
        size = scaled(size, output_size)
        check_memory(size)
    save.check_size("stdout.png" if out == STDOUT else out, *size)


def painted(settings: Settings, out: Path) -> Settings:
    """The settings of a run: a JPEG can't keep transparent parts, so they are painted white."""
    if settings.background == alpha.KEEP and save.ENDINGS.get(out.suffix.lower()) == "jpeg":
        return replace(settings, background="white")
    return settings


def check_memory(size: Size) -> None:
    """Check that a picture can be resized to this size; raises `OutputError`."""
    needed, available = RESIZING * size[0] * size[1], ram.free()
    if needed > available:
        raise OutputError(
            f"{size[1]}×{size[0]} px take {needed / 1e9:.1f} GB of memory, but "
            f"{available / 1e9:.1f} GB are free: use a smaller --output-size"
        )


def check_standard() -> None:
    """Check that standard output can take a picture; raises `OutputError`."""
    if sys.stdout is None:
        raise OutputError("standard output is closed: name a file with -o, or open it")
    if sys.stdout.isatty():
        raise OutputError("standard output is a terminal: redirect it, or name a file with -o")


def resized(picture: Tensor, output_size: int | None, result: Size | None = None) -> Tensor:
    """A picture in the size of its result, or with this shorter side. Raises `OutputError`.

    ``result`` is the size of the finished picture where this one, a snapshot, is smaller.
    """
    size = result or pyramid.size_of(picture)
    if output_size:
        size = scaled(size, output_size)
        check_memory(size)
    return pyramid.target(picture, size)


def scaled(size: Size, shorter: int) -> Size:
    """The same aspect ratio with this shorter side."""
    height, width = (round(side * shorter / min(size)) for side in size)
    return height, width


def write(picture: Tensor, out: Path, metadata: Mapping[str, object]) -> None:
    """Save the picture, or print it on standard output. Raises `OutputError` or `OutputGone`."""
    if out == STDOUT:
        streams.write_bytes(save.encode(picture, "png", metadata))
    else:
        save.save(picture, out, metadata)


def title(out: Path) -> str:
    return "standard output" if out == STDOUT else printable(out)
