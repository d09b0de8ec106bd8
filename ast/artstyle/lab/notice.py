"""A note on all pages while the included network stands in for VGG19."""

from collections.abc import Iterable

from artstyle.files import torch_checkpoints
from artstyle.jobs import Job

VGG19_FILE = "vgg19-dcbb9e9d.pth"  # as in artstyle.vgg.checkpoints, which imports torch


def notice(jobs: Iterable[Job]) -> dict[str, str] | None:
    """The note, if the newest job that left the choice to us runs on VGG16."""
    begun = [job for job in jobs if job.state.network and job.request.settings.network == "auto"]
    newest = max(begun, key=lambda job: job.state.started or 0, default=None)
    if newest is None or newest.state.network != "vgg16":
        return None
    return {
        "text": "VGG16, which is included, stands in for VGG19: "
        "the weights of VGG19 can't be downloaded.",
        "help": f"To use VGG19, connect to the internet or put {VGG19_FILE} into "
        f"{torch_checkpoints()}, then restart the program.",
    }
