"""One job's run on a clip: frame after frame, which the job's folder keeps until all are there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from artstyle.files import make_durable
from artstyle.jobs.files import JobFiles
from artstyle.jobs.job import Phase
from artstyle.jobs.messages import Artifact, Update, WorkOrder
from artstyle.jobs.worker import PREVIEW_SECONDS, REPORT_SECONDS, VIEW, Reports, Timer, load_network
from artstyle.machine import devices
from artstyle.pictures import read, save
from artstyle.pictures.pixels import Pixels
from artstyle.pictures.thumbnails import thumbnail
from artstyle.progress import Milestones, Step
from artstyle.roles import STYLES
from artstyle.settings import DEFAULT_LEVELS, Settings
from artstyle.style import pyramid
from artstyle.style.pyramid import Size
from artstyle.vgg.networks import Network
from artstyle.video import painting, reading
from artstyle.video.frames import Frames
from artstyle.video.progress import FrameProgress


class ClipWork:
    """Paints where the job's files are, so it runs on the lab's own machine alone."""

    def __init__(self, order: WorkOrder, files: JobFiles) -> None:
        self._order, self._files, self._state = order, files, order.state
        self._milestones = Milestones(after=order.state.milestone)
        self._preview_timer, self._report_timer = Timer(PREVIEW_SECONDS), Timer(REPORT_SECONDS)
        # of earlier runs, which this one continues
        self._earlier = order.state.step.seconds if order.state.step else 0.0
        self._size: Size  # (height, width) of the result, once the clip is opened

    def reports(self) -> Iterator[Update | Artifact | None]:
        """Run the job; None after every iteration, when it may be stopped.

        Stop it by not asking for the next item. Raises `ArtstyleError`.
        """
        yield Update(replace(self._state, phase=Phase.READING))
        clip, settings = reading.check(self._files.clip), self._order.settings
        _, enough = pyramid.enough(settings)
        paintings = self._order.all_of(STYLES)
        styles = [read.load(data, role, enough) for role, data in paintings.items()]
        used = settings.resolved(devices.choose(settings.device))
        self._size = _painted_size(clip.size, used)
        self._change(phase=Phase.LOADING, used=used)
        yield Update(self._state)
        painted = painting.paint(
            *(clip, styles, settings, self._files.result_clip, self._load_network),
            work=self._files.frames,
            force=True,  # what another version began is begun anew
        )
        yield from self._follow(painted)

    def save(self) -> Reports:
        """Every finished frame is kept already; the one that is being painted begins anew."""
        yield Update(self._state, saved=True)

    def _follow(self, painted: Iterator[FrameProgress]) -> Iterator[Update | Artifact | None]:
        for progress in painted:
            self._remember(progress)
            if progress.percent >= 100:
                yield from self._finish()
                continue
            if progress.pixels is not None:
                yield from self._show(progress.pixels, progress.percent)
            elif self._report_timer.due():
                yield self._update()
            yield None

    def _load_network(self) -> Network:
        network = load_network(self._order.settings.network)
        self._change(network=network.name)
        return network

    def _change(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)

    def _remember(self, progress: FrameProgress) -> None:
        step, counted = self._step(progress), {"frame": progress.frame, "frames": progress.frames}
        self._change(phase=None, step=step, **counted)

    def _step(self, progress: FrameProgress) -> Step:
        """The figures of an iteration; frames have no stages that could be shown."""
        return Step(
            percent=progress.percent,
            iteration=progress.iteration,
            iterations=progress.iterations,
            stage=1,
            stages=1,
            sizes=(),
            size=self._size,
            levels=(),
            seconds=self._earlier + progress.seconds,
            seconds_left=progress.seconds_left,
        )

    def _show(self, pixels: Pixels, percent: float) -> Reports:
        """Report a finished frame."""
        for reached in self._milestones.reached(percent):
            yield Artifact(f"snapshot-{reached}", thumbnail(pixels, VIEW))
            self._change(milestone=reached)
        if self._preview_timer.due():
            yield self._preview(pixels)
        yield self._update(saved=True)

    def _preview(self, pixels: Pixels) -> Artifact:
        self._change(preview=max(self._state.preview + 1, int(time.time())))
        self._preview_timer.restart()
        return Artifact("preview", thumbnail(pixels, VIEW))

    def _update(self, *, saved: bool = False) -> Update:
        self._report_timer.restart()
        return Update(self._state, saved)

    def _finish(self) -> Reports:
        """The clip is written; its first frame stands for it wherever a picture is shown.

        That comes last: once it is there, all other files are.
        """
        make_durable(self._files.result_clip)
        first = read.decode(Frames(self._files.frames).path(1))
        yield self._preview(first)
        yield Artifact("result", bytes(save.encode_lossless(first)))
        yield self._update()


def _painted_size(clip: Size, settings: Settings) -> Size:
    """The size of the result, whose sides are even."""
    finest = (settings.levels or DEFAULT_LEVELS) - 1
    height, width = pyramid.level_size(clip, settings.base_size, finest)
    return height // 2 * 2, width // 2 * 2
