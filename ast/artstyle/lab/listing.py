"""Which jobs the report shows, in which order, on which page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from artstyle.jobs import Job, JobQueue
from artstyle.lab.table import is_of_table

PAGE = 48  # cards


def ordered(queue: JobQueue, *, private: bool) -> list[Job]:
    """List visitors' jobs, the newest first, then the table's: an order in which none ever moves.

    Private ones are among them only if asked for.
    """
    jobs = [job for job in queue.all() if private or not job.private]
    visitors = [job for job in reversed(jobs) if not is_of_table(job)]
    return visitors + [job for job in jobs if is_of_table(job)]


def pages(jobs: Sequence[Job]) -> int:
    """Count the pages; there is always one."""
    return max(1, -(-len(jobs) // PAGE))


def on_page(jobs: Sequence[Job], number: int) -> Sequence[Job]:
    """Give the jobs of a page, from 1."""
    return jobs[(number - 1) * PAGE : number * PAGE]


def counts(jobs: Sequence[Job]) -> dict[str, int]:
    """Count the jobs by state."""
    return Counter(str(job.state) for job in jobs)
