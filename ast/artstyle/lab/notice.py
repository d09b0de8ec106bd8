"""What the pages say about the network in use."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from artstyle.jobs import Job

FILE = "vgg19-dcbb9e9d.pth"


def notice(jobs: Iterable[Job]) -> dict[str, str] | None:
    """Tell when the embedded network stands in for VGG19, as it did for the newest of the jobs."""
    begun = [job for job in jobs if job.network and job.settings.network == "auto"]
    newest = max(begun, key=lambda job: job.started or 0, default=None)
    if newest is None or newest.network != "vgg16":
        return None
    return {
        "text": "The embedded network VGG16 stands in for VGG19, whose weights could not be had.",
        "how": f"To use VGG19, connect to the internet or put {FILE} into {_cache_folder()}, "
        "then start the program again.",
    }


def _cache_folder() -> Path:
    """Name torch's folder for checkpoints by torch's rule, without waiting for torch."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", f"{cache}/torch")
    return Path(home, "hub", "checkpoints")
