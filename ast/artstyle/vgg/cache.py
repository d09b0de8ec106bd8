"""Where torch keeps the checkpoints that it downloads, found without importing torch."""

import os
from pathlib import Path

VGG19_FILE = "vgg19-dcbb9e9d.pth"


def cache_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", f"{cache}/torch")
    return Path(home).expanduser() / "hub" / "checkpoints"
