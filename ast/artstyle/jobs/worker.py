"""One job's run, from bytes to bytes, in a thread or on another machine."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from torch import Tensor

from artstyle import sketching
from artstyle.errors import RunError, WeightsError
from artstyle.jobs import history
from artstyle.jobs.history import LossPoint
from artstyle.jobs.job import Phase
from artstyle.jobs.messages import Artifact, Update, WorkOrder
from artstyle.pictures import read, save
from artstyle.pictures.masks import load_mask
from artstyle.pictures.thumbnails import thumbnail
from artstyle.progress import Milestones, Progress
from artstyle.roles import MASKS, STYLE_MASKS, STYLES
from artstyle.savepoint import Savepoint
from artstyle.sketching import Sketching
from artstyle.style import pyramid
from artstyle.transfer import Transfer, begin
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

logger = logging.getLogger(__name__)

VIEW = 1024  # longer side in px of the pictures to look at
PREVIEW_SECONDS = 1.0
HISTORY_SECONDS = 2.0
REPORT_SECONDS = 0.2
# That and an iteration stay below the ten seconds of work that the lab promises to lose at
# most. Checks that kill workers on other machines need it more often.
SAVE_SECONDS = float(os.environ.get("AST_SAVE_SECONDS", "5"))
DRAIN = 50  # writing the history takes a 50th of the time at most

_network_lock = threading.Lock()
Reports = Iterator[Update | Artifact]


class Work:
    def __init__(self, order: WorkOrder) -> None:
        self._order, self._state = order, order.state
        self._milestones = Milestones(after=order.state.milestone)
        self._history: list[LossPoint] = []  # that of the run that is continued at first
        with suppress(ValueError):
            self._history = history.loads(order.history or b"")
        self._preview_timer = Timer(PREVIEW_SECONDS)
        self._report_timer = Timer(REPORT_SECONDS)
        self._save_timer = Timer(SAVE_SECONDS)
        self._history_timer = Timer(HISTORY_SECONDS)

    def reports(self) -> Iterator[Update | Artifact | None]:
        """Run the job; None after every iteration but the last, when it may be stopped.

        Stop it by not asking for the next item. Raises `ArtstyleError`.
        """
        yield from self._prepare()
        # The first iteration is saved, which shows that the run doesn't take the program down.
        self._preview_timer.restart()  # the first iterations show little more than the start
        for progress in self._transfer.run():
            self._remember(progress)
            if progress.iteration == progress.iterations:
                yield from self._finish(progress)
            else:
                yield from self._show(progress)
                yield None

    def _change(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)

    def _prepare(self) -> Reports:
        order = self._order
        yield Update(replace(self._state, phase=Phase.READING))
        photo, painting = pyramid.enough(order.settings)
        content = read.load(order.content, "content", photo)
        paintings = order.all_of(STYLES)
        styles = [read.load(data, role, painting) for role, data in paintings.items()]
        masks = {role: load_mask(data, role, photo) for role, data in order.all_of(MASKS).items()}
        self._change(phase=Phase.LOADING)
        yield Update(self._state)
        network = partial(load_network, order.settings.network)
        transfer = begin(
            *(content, styles, order.settings, network, _savepoint(order)),
            mask=masks.get("mask"),
            style_masks=[masks[role] for role in STYLE_MASKS if role in masks],
        )
        transfer.expected = order.expected
        self._transfer = transfer
        self._change(used=transfer.settings, network=transfer.network_name)
        if not order.begun:
            yield _picture("start", transfer.start_picture())
            if (sketch := _sketch(transfer)) is not None:
                yield _picture("sketch", sketch)
                self._change(sketch=True)
                yield self._preview(sketch)
        yield Update(self._state)

    def _remember(self, progress: Progress) -> None:
        while self._history and self._history[-1].iteration >= progress.iteration:
            self._history.pop()  # what was done after the savepoint is done again
        self._history.append(LossPoint.of(progress))
        self._change(phase=None, step=progress.step())

    def _show(self, progress: Progress) -> Reports:
        """Make and report what is due."""
        before = self._state.milestone
        yield from self._show_reached(progress)
        first = progress.ended and progress.stage == 1  # which waits no longer than a stage
        sketched = self._state.sketch and not self._state.stages
        if first or (self._preview_timer.due() and not progress.rough and not sketched):
            yield self._preview(progress.picture())
        if self._history_timer.due():
            yield from self._write_history()
        if self._save_timer.due():
            yield from self.save()
        elif self._state.milestone != before or self._report_timer.due():
            yield self._update()

    def _show_reached(self, progress: Progress) -> Reports:
        for percent in self._milestones.reached(progress.percent):
            if percent < 100:
                yield _picture(f"snapshot-{percent}", progress.picture())
                self._change(milestone=percent)
        if progress.ended:
            self._change(stages=max(self._state.stages, progress.stage))
            yield _picture(f"stage-{progress.stage}", progress.picture())

    def _preview(self, picture: Tensor) -> Artifact:
        # not counted from one: after a kill a number would come twice, for another picture
        self._change(preview=max(self._state.preview + 1, int(time.time())))
        self._preview_timer.restart()
        return _picture("preview", picture)

    def _write_history(self) -> Reports:
        before = time.monotonic()
        yield Artifact("history", history.dumps(self._history))
        # it is written, or sent, when the next item is asked for
        self._history_timer.seconds = max(HISTORY_SECONDS, DRAIN * (time.monotonic() - before))
        self._history_timer.restart()

    def save(self) -> Reports:
        """The history, then the savepoint: what the history has beyond it is dropped later."""
        yield from self._write_history()
        yield Artifact("savepoint", self._transfer.savepoint().dumps())
        self._save_timer.restart()
        yield self._update(saved=True)

    def _update(self, *, saved: bool = False) -> Update:
        self._report_timer.restart()
        return Update(self._state, saved)

    def _finish(self, progress: Progress) -> Reports:
        """The result comes last: once it is there, all other files are."""
        yield from self._show_reached(progress)
        yield self._preview(progress.picture())
        yield from self._write_history()
        result = self._transfer.result(progress)
        yield Artifact("result", save.encode(result.picture, "png", result.metadata()))
        yield self._update()


class Timer:
    """Due every so many seconds; at once for the first time, unless it was started before."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._last = float("-inf")

    def due(self) -> bool:
        return time.monotonic() - self._last >= self.seconds

    def restart(self) -> None:
        self._last = time.monotonic()


def _sketch(transfer: Transfer | Sketching) -> Tensor | None:
    """What is shown at once, until there is more to see of the real picture."""
    if isinstance(transfer, Sketching):
        return None
    try:
        return sketching.preview(transfer.canvas)
    except WeightsError as error:
        logger.warning("there is no sketch: %s", error)
        return None


def load_network(name: str) -> Network:
    with _network_lock:  # two workers that start together load it once
        return _load(name)


@lru_cache(maxsize=2)
def _load(name: str) -> Network:
    return checkpoints.load(name)


def _savepoint(order: WorkOrder) -> Savepoint | None:
    try:
        return Savepoint.loads(order.savepoint) if order.savepoint is not None else None
    except RunError as error:
        logger.warning("job %s starts from the beginning: %s", order.id, error)
        return None


def _picture(name: str, picture: Tensor) -> Artifact:
    return Artifact(name, thumbnail(picture, VIEW))
