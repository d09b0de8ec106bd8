"""One job's run, from bytes to bytes: what a worker does, in a thread or on another machine."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from functools import lru_cache

from torch import Tensor

from artstyle.errors import RunError
from artstyle.jobs import history
from artstyle.jobs.history import LossPoint
from artstyle.jobs.task import Began, Doing, Made, Moved, Parcel, Report
from artstyle.pictures import read, save
from artstyle.progress import Milestones, Progress
from artstyle.savepoint import Savepoint
from artstyle.style import pyramid
from artstyle.transfer import Transfer
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

logger = logging.getLogger(__name__)

VIEW = 1024  # longer side in px of the pictures to look at
PREVIEW_SECONDS = 1.0
HISTORY_SECONDS = 2.0
REPORT_SECONDS = 0.2
# That and an iteration make the ten seconds that are promised. Checks that kill workers on
# other machines want it more often.
SAVE_SECONDS = float(os.environ.get("AST_SAVE_SECONDS", "5"))
DRAIN = 50  # writing the history takes a 50th of the time at most

_network_lock = threading.Lock()


class Work:
    """Makes the picture of a job."""

    def __init__(self, parcel: Parcel) -> None:
        """Take the job; nothing happens yet."""
        self._parcel = parcel
        self._run: _Run | None = None

    def reports(self) -> Iterator[Report | None]:
        """Do it and tell of it; None after every iteration, when it may be stopped.

        Stop it by not asking for more. Raises `ArtstyleError` for what the user should know.
        """
        parcel = self._parcel
        yield Doing("reading the pictures")
        content = read.load(parcel.content, "the photo")
        style = read.load(parcel.style, "the painting")
        yield Doing("loading the network")
        transfer = Transfer(
            content, style, parcel.settings, lambda: _network(parcel), _savepoint(parcel)
        )
        yield Began(transfer.settings, transfer.network.name)
        self._run = _Run(parcel, transfer)
        yield from self._run.reports()

    def parting(self) -> Iterator[Report]:
        """Tell what it takes to go on later, after a None of `reports`."""
        if self._run is not None:
            yield from self._run.save()


def _network(parcel: Parcel) -> Network:
    with _network_lock:  # two workers that start together load it once
        return _load(parcel.settings.network)


@lru_cache(maxsize=2)
def _load(name: str) -> Network:
    return checkpoints.load(name)


def _savepoint(parcel: Parcel) -> Savepoint | None:
    try:
        return Savepoint.loads(parcel.savepoint) if parcel.savepoint is not None else None
    except RunError as error:
        logger.warning("job %s begins anew: %s", parcel.id, error)
        return None


class _Every:
    """Tells when it is time again; at once for the first time."""

    def __init__(self, seconds: float, *, wait: bool = False) -> None:
        self.seconds = seconds
        self._last = time.monotonic() if wait else float("-inf")

    def due(self) -> bool:
        return time.monotonic() - self._last >= self.seconds

    def done(self) -> None:
        self._last = time.monotonic()


class _Run:
    """What is made and told of a run while it goes on."""

    def __init__(self, parcel: Parcel, transfer: Transfer) -> None:
        self._transfer, self._begun = transfer, parcel.begun
        self._preview, self._stages = parcel.preview, parcel.stages
        self._milestone = parcel.milestone
        self._milestones = Milestones(after=parcel.milestone)
        self._history = _history(parcel)
        self._last: Progress | None = None
        self._show_next, self._tell_next = _Every(PREVIEW_SECONDS), _Every(REPORT_SECONDS)
        self._save_next = _Every(SAVE_SECONDS, wait=True)
        self._write_next = _Every(HISTORY_SECONDS)

    def reports(self) -> Iterator[Report | None]:
        """Run to the end."""
        if not self._begun:
            yield _shown("start", self._transfer.start_picture())
        for progress in self._transfer.run():
            self._remember(progress)
            if progress.iteration == progress.iterations:
                yield from self._finish(progress)
                return
            yield from self._keep(progress)
            yield None
        raise AssertionError("a run ends with its last iteration")

    def _remember(self, progress: Progress) -> None:
        while self._history and self._history[-1].iteration >= progress.iteration:
            self._history.pop()  # what was done after the savepoint is done again
        self._history.append(LossPoint.of(progress))
        self._last = progress

    def _keep(self, progress: Progress) -> Iterator[Report]:
        """Make and tell what it is time for."""
        before = self._milestone
        yield from self._show_milestones(progress)
        if progress.ended:
            yield self._show_stage(progress)
        if self._show_next.due():
            yield self._show_preview(progress)
        if self._write_next.due():
            yield from self._write_history()
        if self._save_next.due():
            yield from self.save()
        elif self._milestone != before or self._tell_next.due():
            yield self._tell(progress)

    def _show_milestones(self, progress: Progress) -> Iterator[Report]:
        for percent in self._milestones.reached(progress.percent):
            if percent < 100:
                yield _shown(f"snapshot-{percent}", progress.picture())
                self._milestone = percent

    def _show_stage(self, progress: Progress) -> Report:
        self._stages = max(self._stages, progress.stage)
        return _shown(f"stage-{progress.stage}", progress.picture())

    def _show_preview(self, progress: Progress) -> Report:
        # not counted from one: after a kill a number would come twice, for another picture
        self._preview = max(self._preview + 1, int(time.time()))
        self._show_next.done()
        return _shown("preview", progress.picture())

    def _write_history(self) -> Iterator[Report]:
        before = time.monotonic()
        yield Made("history", history.dumps(self._history).encode())
        # whoever is given it has written it, or sent it, when asking for more
        self._write_next.seconds = max(HISTORY_SECONDS, DRAIN * (time.monotonic() - before))
        self._write_next.done()

    def save(self) -> Iterator[Report]:
        """Give the history, then where to go on: what it has too much is dropped then."""
        if self._last is None:
            return
        yield from self._write_history()
        yield Made("savepoint", self._transfer.savepoint().dumps())
        self._save_next.done()
        yield self._tell(self._last, saved=True)

    def _tell(self, progress: Progress, *, saved: bool = False) -> Report:
        self._tell_next.done()
        return Moved(progress.step(), self._preview, self._stages, self._milestone, saved)

    def _finish(self, progress: Progress) -> Iterator[Report]:
        """Give the result last: once it is there, all that belongs to it is."""
        yield from self._show_milestones(progress)
        yield self._show_stage(progress)
        yield self._show_preview(progress)
        yield from self._write_history()
        result = self._transfer.result(progress)
        yield Made("result", save.encode(result.picture, "png", result.metadata()))
        yield self._tell(progress)


def _shown(name: str, picture: Tensor) -> Made:
    """Make a picture to look at."""
    height, width = picture.shape[-2:]
    scale = min(1, VIEW / max(height, width))
    small = pyramid.target(picture, (round(height * scale), round(width * scale)))
    return Made(name, save.encode(small, "jpeg"))


def _history(parcel: Parcel) -> list[LossPoint]:
    """Read the history of the run that is gone on with."""
    try:
        return history.loads((parcel.history or b"").decode())
    except ValueError:
        return []
