"""Moving pictures: a clip repainted frame by frame, each frame on top of the one before.

The names below are imported when first used, so that a front end that only looks whether a file
is a clip waits for neither torch nor FFmpeg.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artstyle.video.excerpt import Excerpt
    from artstyle.video.painting import paint
    from artstyle.video.progress import FrameProgress
    from artstyle.video.reading import Clip, Limits, check
    from artstyle.video.signatures import is_clip

__all__ = ["Clip", "Excerpt", "FrameProgress", "Limits", "check", "is_clip", "paint"]

_HOMES = {
    "Clip": "reading",
    "Excerpt": "excerpt",
    "FrameProgress": "progress",
    "Limits": "reading",
    "check": "reading",
    "is_clip": "signatures",
    "paint": "painting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
