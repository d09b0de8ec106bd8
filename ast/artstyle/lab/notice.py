"""A note on all pages while the included network stands in for VGG19."""

from collections.abc import Iterable

from artstyle.jobs import Job
from artstyle.vgg.cache import VGG19_FILE, cache_folder


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
        f"{cache_folder()}, then restart the program.",
    }
