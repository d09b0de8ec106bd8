"""Art Style Transfer: repaint a photo in the manner of a painting.

``from artstyle import stylize``. The names below are imported when first used, so that
importing the package doesn't wait for torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artstyle.errors import ArtstyleError
    from artstyle.noise_levels import NoiseLevel
    from artstyle.pictures.masks import load_mask
    from artstyle.pictures.read import load
    from artstyle.pictures.save import save
    from artstyle.progress import LossParts, Progress, Result
    from artstyle.settings import PRESETS, Settings, preset
    from artstyle.transfer import run, stylize

__version__ = "0.1.0"

__all__ = [
    "PRESETS",
    "ArtstyleError",
    "LossParts",
    "NoiseLevel",
    "Progress",
    "Result",
    "Settings",
    "load",
    "load_mask",
    "preset",
    "run",
    "save",
    "stylize",
]

_HOMES = {
    "ArtstyleError": "errors",
    "LossParts": "progress",
    "NoiseLevel": "noise_levels",
    "PRESETS": "settings",
    "Progress": "progress",
    "Result": "progress",
    "Settings": "settings",
    "load": "pictures.read",
    "load_mask": "pictures.masks",
    "preset": "settings",
    "run": "transfer",
    "save": "pictures.save",
    "stylize": "transfer",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
