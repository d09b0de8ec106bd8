"""A proxy whose jobs don't end when asked to, and that loses its patience soon."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

from artstyle.jobs.cluster import proxy
from artstyle.jobs.job import JobState, JobStatus
from artstyle.jobs.messages import Update, encode

GRACE = 0.5


def stream(wanted: Mapping[str, str], order: bytes, id: str) -> Iterator[bytes]:
    yield encode(Update(JobState(status=JobStatus.RUNNING, network="stubborn")))
    while True:
        with suppress(BaseException):
            while True:
                time.sleep(0.01)


if __name__ == "__main__":
    from tests import stubborn_proxy

    proxy.GRACE_SECONDS = GRACE
    proxy.main(stubborn_proxy.stream)
