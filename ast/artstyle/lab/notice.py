"""A note on the home page while the included network stands in for VGG19."""

from collections.abc import Iterable

from artstyle.files import torch_checkpoints
from artstyle.jobs import Job
from artstyle.lab.words import translator

VGG19_FILE = "vgg19-dcbb9e9d.pth"  # as in artstyle.vgg.checkpoints, which imports torch


def notice(jobs: Iterable[Job], language: str = "en") -> dict[str, str] | None:
    """The note, if the newest job that left the choice to us runs on VGG16."""
    begun = [job for job in jobs if job.state.network and job.request.settings.network == "auto"]
    newest = max(begun, key=lambda job: job.state.started or 0, default=None)
    if newest is None or newest.state.network != "vgg16":
        return None
    t = translator(language)
    return {
        "text": t(
            "VGG16, which is included, stands in for VGG19: "
            "the weights of VGG19 can't be downloaded."
        ),
        "help": t(
            "To use VGG19, connect to the internet or put {file} into {folder}, "
            "then restart the program.",
            file=VGG19_FILE,
            folder=torch_checkpoints(),
        ),
    }
