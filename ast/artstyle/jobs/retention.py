"""Which finished jobs have been kept long enough."""

from collections.abc import Iterable

from artstyle.jobs.job import Job

DAY = 24 * 3600


def expired(jobs: Iterable[Job], now: float, days: float, number: int) -> list[Job]:
    """List the ended jobs that are older than ``days`` or more than ``number``, oldest first."""
    ended = sorted(
        (job for job in jobs if job.state.ended), key=lambda job: job.ended or job.created
    )
    surplus = max(0, len(ended) - number)
    return [
        job
        for index, job in enumerate(ended)
        if index < surplus or now - (job.ended or job.created) > days * DAY
    ]
