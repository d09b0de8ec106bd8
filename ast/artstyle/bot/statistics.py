"""Figures about the queue, for the operator and for those who are about to wait."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from artstyle.jobs import Job, JobStatus

RECENT = 20  # finished jobs that say how long one takes
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Statistics:
    queued: int
    running: int
    done: int  # in the last 24 hours, as are the others below
    failed: dict[str, int]  # by the code of the error
    wait: float  # mean seconds until a job began

    @classmethod
    def of(cls, jobs: Sequence[Job]) -> Statistics:
        status = Counter(job.status for job in jobs)
        since = time.time() - DAY
        ended = [job for job in jobs if (job.state.ended or 0) > since]
        begun = [job for job in jobs if (job.state.started or 0) > since]
        waits = [(job.state.started or 0) - job.request.created for job in begun]
        return cls(
            queued=status[JobStatus.QUEUED],
            running=status[JobStatus.RUNNING],
            done=sum(job.status is JobStatus.DONE for job in ended),
            failed=Counter(job.state.failure.code for job in ended if job.state.failure),
            wait=sum(waits) / len(waits) if waits else 0.0,
        )


def expected_wait(jobs: Sequence[Job], places: int) -> float:
    """Seconds until a job that is submitted now begins, as fast as the last ones were done."""
    done = [job.state for job in jobs if job.status is JobStatus.DONE]
    took = [(state.ended or 0) - (state.started or 0) for state in done[-RECENT:]]
    ahead = sum(not job.status.ended for job in jobs)
    if not took or ahead < places:
        return 0.0
    return sum(took) / len(took) * ahead / max(1, places)


def recent(jobs: Sequence[Job], owner: str) -> int:
    """The pictures that somebody asked for in the last 24 hours, without those they didn't get."""
    lost, since = (JobStatus.FAILED, JobStatus.CANCELLED), time.time() - DAY
    mine = [job for job in jobs if job.owner == owner and job.status not in lost]
    return sum(job.request.created > since for job in mine)
