"""A courier whose jobs don't end when asked to, and that loses its patience soon."""

import pickle
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

from artstyle.jobs.cluster import courier
from artstyle.jobs.task import Doing

GRACE = 0.5


def stream(wanted: Mapping[str, str], packed: bytes) -> Iterator[bytes]:
    yield pickle.dumps(Doing("being stubborn"))
    while True:
        with suppress(BaseException):
            while True:
                time.sleep(0.01)


if __name__ == "__main__":
    from tests import stubborn_courier

    courier.GRACE_SECONDS = GRACE
    courier.main(stubborn_courier.stream)
