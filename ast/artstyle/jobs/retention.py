"""Which finished jobs have been kept long enough."""

from collections.abc import Iterable

from artstyle.jobs.job import Job

DAY = 24 * 3600


def expired(jobs: Iterable[Job], now: float, days: float, number: int) -> list[Job]:
    """The ended jobs that are older than ``days`` or more than ``number``, oldest first."""
    ended = sorted((job for job in jobs if job.status.ended), key=_ended)
    surplus = max(0, len(ended) - number)
    return [
        job for index, job in enumerate(ended) if index < surplus or now - _ended(job) > days * DAY
    ]


def _ended(job: Job) -> float:
    return job.state.ended or job.request.created
