"""A whole clip: its frames painted, kept until all are there, and written as an MP4."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from artstyle import __version__, sources
from artstyle.pictures import save
from artstyle.pictures.pixels import Pixels, planes_of
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.style.regions import several
from artstyle.vgg.networks import Network
from artstyle.video import reading, writing
from artstyle.video.excerpt import Excerpt
from artstyle.video.frames import Frames, disk_errors
from artstyle.video.painter import Painter, Step
from artstyle.video.progress import FrameClock, FrameProgress
from artstyle.video.reading import Clip


def paint(
    clip: Clip | Path | str,
    style: Tensor | Sequence[Tensor],
    settings: Settings,
    out: Path | str,
    network: Network | Callable[[], Network] | None = None,
    *,
    excerpt: Excerpt | None = None,
    work: Path | None = None,
    force: bool = False,
    output_size: int | None = None,
) -> Iterator[FrameProgress]:
    """Repaint a clip in the manner of the style; stop it by not asking for more.

    The style is one painting or several, as `transfer.run` takes them. Finished frames are kept in
    the folder ``work``, by default one beside ``out``, so that the same call goes on where this
    one ended; ``force`` drops the frames of another clip there. The MP4 is written when all are
    finished, and the frames are deleted then. Raises `BadInput`, `DiskError` and what
    `transfer.run` raises.
    """
    excerpt, out = excerpt or Excerpt(), Path(out)
    checked = clip if isinstance(clip, Clip) else reading.check(Path(clip), excerpt)
    styles = several(style)
    sources.check_clip(checked.size, [pyramid.size_of(each) for each in styles], settings)
    frames = Frames(work or work_folder(out))
    made_of = _made_of(checked, styles, settings, excerpt)
    run = _Run(checked, excerpt, frames, Painter(styles, settings, network))
    with frames.opened(made_of, force=force):
        yield from run.frames_painted(settings)
        pictures = (_resized(each, output_size) for each in run.finished())
        writing.write(out, pictures, excerpt.rate or checked.rate, checked, excerpt)
        yield run.ended()
        frames.remove()


def work_folder(out: Path) -> Path:
    """Where the frames are kept unless a folder is named."""
    return out.with_name(f".{out.name}.frames")


class _Run:
    """What paints one clip, and counts its frames."""

    def __init__(self, clip: Clip, excerpt: Excerpt, frames: Frames, painter: Painter) -> None:
        self._clip, self._excerpt = clip, excerpt
        self._frames, self._painter = frames, painter
        self._clock = FrameClock(clip.count(excerpt))
        self._number = self._resumed = 0
        self._step = Step(0, 0, 0.0)

    def frames_painted(self, settings: Settings) -> Iterator[FrameProgress]:
        enough, _ = pyramid.enough(settings)
        read = reading.frames(self._clip, self._excerpt, enough)
        for self._number, (pixels, fresh) in enumerate(read, 1):
            made = self._frames.load(self._number)
            if fresh:
                yield from self._painted(pixels, made)
            if made is None:
                self._frames.save(self._number, self._painter.pixels)
                if fresh:
                    self._clock.end_frame(begins_scene=self._painter.begins_scene)
            else:
                self._resumed += 1
                self._clock.skip_frame()
            self._clock.reach(self._number, 1.0)
            yield self._progress(self._painter.pixels)

    def finished(self) -> Iterator[Pixels]:
        for number in range(1, self._number + 1):
            pixels = self._frames.load(number)
            assert pixels is not None, "the folder is locked, and each frame was saved or loaded"
            yield pixels

    def ended(self) -> FrameProgress:
        self._clock.end(self._number)
        return self._progress(None)

    def _painted(self, pixels: Pixels, made: Pixels | None) -> Iterator[FrameProgress]:
        for step in self._painter.paint(pixels, made):
            self._step = step
            self._clock.reach(self._number, step.iteration / (step.iterations + 1))
            yield self._progress(None)

    def _progress(self, pixels: Pixels | None) -> FrameProgress:
        return FrameProgress(
            frame=self._number,
            frames=self._clock.frames,
            scene=self._painter.scenes,
            **self._step._asdict(),
            percent=self._clock.percent,
            seconds=self._clock.seconds,
            seconds_left=self._clock.seconds_left,
            resumed=self._resumed,
            pixels=pixels,
        )


def _made_of(
    clip: Clip, styles: Sequence[Tensor], settings: Settings, excerpt: Excerpt
) -> dict[str, Any]:
    """What tells frames of one clip from those of another."""
    with disk_errors(), clip.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    chosen = {k: v for k, v in settings.as_dict().items() if k not in ("memory", "device")}
    return {
        "version": __version__,
        "clip": digest,
        "styles": [hashlib.sha256(each.contiguous().numpy().data).hexdigest() for each in styles],
        "from": excerpt.begin,
        "to": excerpt.end,
        "fps": str(excerpt.rate or clip.rate),
        "settings": chosen,
    }


def _resized(pixels: Pixels, shorter: int | None) -> Pixels:
    """A frame with this shorter side; unset, as it was painted."""
    if shorter is None:
        return pixels
    height, width = (round(side * shorter / min(pixels.shape[:2])) for side in pixels.shape[:2])
    picture = torch.from_numpy(planes_of(pixels))[None]
    return save.eight_bit(pyramid.target(picture, (height, width)))
