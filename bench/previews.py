"""A courier whose jobs only send previews, to measure how long these take."""

import pickle
import time
from collections.abc import Iterator, Mapping

import numpy as np

from artstyle.jobs.cluster import courier
from artstyle.jobs.engine import Ended
from artstyle.jobs.task import Made, Moved, Parcel
from artstyle.progress import LossParts, Step

SIZE = 500_000  # bytes


def stream(wanted: Mapping[str, str], packed: bytes) -> Iterator[bytes]:
    """Send a preview every second, as a real job does, with the time at which it was made."""
    parcel: Parcel = pickle.loads(packed)
    previews = parcel.settings.iterations or 1
    for number in range(1, previews + 1):
        time.sleep(1)
        preview = np.random.default_rng(number).bytes(SIZE)
        began = time.time()  # both ends are on one machine
        yield pickle.dumps(Made("preview", preview))
        yield pickle.dumps(Moved(_step(number, previews, began), number, 0, 0, False))
    yield pickle.dumps(Ended(True, None))


def _step(number: int, previews: int, began: float) -> Step:
    return Step(
        percent=100 * number / previews,
        iteration=number,
        iterations=previews,
        stage=1,
        stages=1,
        sizes=((64, 64),),
        size=(64, 64),
        levels=(LossParts(0.0, 0.0, 0.0),),
        seconds=began,
        seconds_left=0.0,
    )


if __name__ == "__main__":
    import previews

    courier.main(previews.stream)
