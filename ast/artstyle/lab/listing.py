"""Which jobs the gallery shows, in which order, on which page."""

from collections import Counter
from collections.abc import Sequence

from artstyle.jobs import Job, JobQueue
from artstyle.lab.showcase import is_showcase

PAGE = 48  # cards


def ordered(queue: JobQueue, *, private: bool) -> list[Job]:
    """Visitors' jobs, the newest first, then the showcase: no job ever changes its place.

    Private jobs are included only if asked for.
    """
    jobs = [job for job in queue.all() if private or not job.request.private]
    visitors = [job for job in reversed(jobs) if not is_showcase(job)]
    return visitors + [job for job in jobs if is_showcase(job)]


def page_count(jobs: Sequence[Job]) -> int:
    return max(1, -(-len(jobs) // PAGE))


def on_page(jobs: Sequence[Job], number: int) -> Sequence[Job]:
    """The jobs of a page, from 1."""
    return jobs[(number - 1) * PAGE : number * PAGE]


def counts(jobs: Sequence[Job]) -> dict[str, int]:
    """How many jobs have each status."""
    return Counter(str(job.status) for job in jobs)
