"""One job's run, from its files to its files: what happens in a worker thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate

from torch import Tensor

from artstyle import checkpoints, images, pyramid
from artstyle.errors import RunError
from artstyle.jobs import history
from artstyle.jobs.folder import disk_errors, write
from artstyle.jobs.history import LossPoint
from artstyle.jobs.task import Began, Doing, Moved, Report, Stop, Task
from artstyle.networks import Network
from artstyle.progress import Milestones, Progress
from artstyle.savepoint import Savepoint
from artstyle.transfer import Transfer

logger = logging.getLogger(__name__)

VIEW = 1024  # longer side in px of the pictures to look at
PREVIEW_SECONDS = 1.0
HISTORY_SECONDS = 2.0
REPORT_SECONDS = 0.2
SAVE_SECONDS = 5.0  # that and an iteration make the ten seconds that are promised
DRAIN = 50  # writing the history takes a 50th of the time at most

_network_lock = threading.Lock()


def work(task: Task, report: Callable[[Report], None], stop: Stop) -> bool:
    """Make the picture; False if it was stopped before its end.

    Raises `ArtstyleError` for what the user should know.
    """
    report(Doing("reading the pictures"))
    content = images.load(task.files.content, "the photo")
    style = images.load(task.files.style, "the painting")
    report(Doing("loading the network"))
    savepoint = _savepoint(task)
    transfer = Transfer(content, style, task.settings, lambda: _network(task), savepoint)
    report(Began(transfer.settings, transfer.network.name))
    return _Run(task, transfer, report).go(stop)


def _network(task: Task) -> Network:
    with _network_lock:  # two workers that start together load it once
        return _load(task.settings.network)


@lru_cache(maxsize=2)
def _load(name: str) -> Network:
    return checkpoints.load(name)


def _savepoint(task: Task) -> Savepoint | None:
    try:
        return Savepoint.read(task.files.savepoint)
    except RunError as error:
        logger.warning("job %s begins anew: %s", task.id, error)
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
    """What is kept and told of a run while it goes on."""

    def __init__(self, task: Task, transfer: Transfer, report: Callable[[Report], None]) -> None:
        self._transfer, self._report, self._files = transfer, report, task.files
        self._preview, self._stages = task.preview, task.stages
        self._milestone = task.milestone
        self._milestones = Milestones(after=task.milestone)
        self._ends = list(accumulate(stage.iterations for stage in transfer.stages))
        self._history = _history(task)
        self._show_next, self._tell_next = _Every(PREVIEW_SECONDS), _Every(REPORT_SECONDS)
        self._save_next = _Every(SAVE_SECONDS, wait=True)
        self._write_next = _Every(HISTORY_SECONDS)

    def go(self, stop: Stop) -> bool:
        """Run to the end, or until it is stopped."""
        if not self._files.start.is_file():
            self._show("start", self._transfer.start_picture())
        for progress in self._transfer.run():
            self._remember(progress)
            if progress.iteration == progress.iterations:
                self._finish(progress)
                return True
            if stop.asked:
                if stop.keep:
                    self._save(progress)
                return False
            self._keep(progress)
        raise AssertionError("a run ends with its last iteration")

    def _remember(self, progress: Progress) -> None:
        while self._history and self._history[-1].iteration >= progress.iteration:
            self._history.pop()  # what was done after the savepoint is done again
        self._history.append(LossPoint.of(progress))

    def _keep(self, progress: Progress) -> None:
        """Write and tell what it is time for."""
        news = self._show_milestones(progress)
        if progress.iteration in self._ends:
            self._show_stage(progress)
        if self._show_next.due():
            self._show_preview(progress)
        if self._write_next.due():
            self._write_history()
        if self._save_next.due():
            self._save(progress)
        elif news or self._tell_next.due():
            self._tell(progress)

    def _show_milestones(self, progress: Progress) -> bool:
        reached = [each for each in self._milestones.reached(progress.percent) if each < 100]
        for percent in reached:
            self._show(f"snapshot-{percent}", progress.picture())
            self._milestone = percent
        return bool(reached)

    def _show_stage(self, progress: Progress) -> None:
        self._show(f"stage-{progress.stage}", progress.picture())
        self._stages = max(self._stages, progress.stage)

    def _show_preview(self, progress: Progress) -> None:
        self._show("preview", progress.picture())
        # not counted from one: after a kill a number would come twice, for another picture
        self._preview = max(self._preview + 1, int(time.time()))
        self._show_next.done()

    def _show(self, name: str, picture: Tensor) -> None:
        height, width = picture.shape[-2:]
        scale = min(1, VIEW / max(height, width))
        small = pyramid.target(picture, (round(height * scale), round(width * scale)))
        self._files.show(name, images.encode(small, "jpeg"))

    def _write_history(self) -> None:
        before = time.monotonic()
        write(self._files.history, history.dumps(self._history).encode())
        self._write_next.seconds = max(HISTORY_SECONDS, DRAIN * (time.monotonic() - before))
        self._write_next.done()

    def _save(self, progress: Progress) -> None:
        """Write down the history, then where to go on: what it has too much is dropped then."""
        self._write_history()
        with disk_errors():
            self._transfer.savepoint().write(self._files.savepoint)
        self._save_next.done()
        self._tell(progress, saved=True)

    def _tell(self, progress: Progress, *, saved: bool = False) -> None:
        step = progress.step()
        self._report(Moved(step, self._preview, self._stages, self._milestone, saved))
        self._tell_next.done()

    def _finish(self, progress: Progress) -> None:
        """Write the result last: once it is there, all that belongs to it is."""
        self._show_milestones(progress)
        self._show_stage(progress)
        self._show_preview(progress)
        self._write_history()
        result = self._transfer.result(progress)
        png = images.encode(result.picture, "png", result.metadata())
        write(self._files.result, png, durable=True)
        self._tell(progress)


def _history(task: Task) -> list[LossPoint]:
    """Read the history of the run that is gone on with."""
    try:
        return history.loads(task.files.history.read_text())
    except (OSError, ValueError):
        return []
