"""PyAV, which reads and writes clips: imported when one is, since few runs need it."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from artstyle.errors import ClipReaderMissing

if TYPE_CHECKING:
    pass


def load() -> ModuleType:
    """Import PyAV; raises `ClipReaderMissing`."""
    try:
        import av
    except ImportError as error:
        raise ClipReaderMissing from error
    av.logging.set_level(None)  # what FFmpeg prints is told by its errors too
    return av
