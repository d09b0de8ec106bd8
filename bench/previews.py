"""A proxy whose jobs only send previews, to measure how long these take."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from artstyle.jobs.cluster import proxy
from artstyle.jobs.messages import Artifact, Ended, Outcome, Update, decode_order, encode
from artstyle.progress import LossParts, Step

SIZE = 500_000  # bytes


def stream(wanted: Mapping[str, str], packed: bytes, id: str) -> Iterator[bytes]:
    """Send a preview every second, as a real job does, with the time at which it was made."""
    order = decode_order(packed)
    previews = order.settings.iterations or 1
    for number in range(1, previews + 1):
        time.sleep(1)
        preview = np.random.default_rng(number).bytes(SIZE)
        began = time.time()  # both ends are on one machine
        yield encode(Artifact("preview", preview))
        step = _step(number, previews, began)
        yield encode(Update(replace(order.state, step=step, preview=number)))
    yield encode(Ended(Outcome.DONE))


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

    proxy.main(previews.stream)
