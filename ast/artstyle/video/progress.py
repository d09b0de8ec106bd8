"""What painting a clip reports. Front ends import this without waiting for torch."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artstyle.pictures.pixels import Pixels


SHARE = 0.2  # of the last stage's iterations that a later frame gets; measured by bench/video.py
PAINTED = 99.0  # percent when all frames are painted; what is left is to write the clip


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameProgress:
    """One iteration of one frame; the last item of a clip has 100 percent."""

    frame: int  # from 1
    frames: int  # about as many as there will be
    scene: int  # from 1
    iteration: int
    iterations: int  # of this frame
    loss: float
    percent: float
    seconds: float
    seconds_left: float
    resumed: int = 0
    """How many frames an earlier run had painted."""
    pixels: Pixels | None = field(default=None, repr=False, compare=False)
    """The frame, (H, W, 3) in 8 bits, once it is finished and saved."""


def later_iterations(last: int) -> int:
    """The iterations of a frame that follows, by those of a first frame's last stage."""
    return max(1, round(SHARE * last))


class FrameClock:
    """Estimates the time left: a later frame takes as long as those so far, on average."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self._started = self._begun = time.monotonic()
        self._first = 0.0  # seconds for the frames that begin a scene
        self._later = 0.0
        self._counts = [0, 0]  # of each
        self.percent = self.seconds_left = 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def end_frame(self, *, begins_scene: bool) -> None:
        """Note how long the frame took that has just been painted."""
        now = time.monotonic()
        took, self._begun = now - self._begun, now
        if begins_scene:
            self._first += took
        else:
            self._later += took
        self._counts[not begins_scene] += 1

    def skip_frame(self) -> None:
        """A frame was there already, or is the same as the one before."""
        self._begun = time.monotonic()

    def reach(self, frame: int, share: float) -> None:
        """Set how far it is: a share of the frame of this number."""
        self.frames = max(self.frames, frame)
        done = (frame - 1 + share) / self.frames
        self.percent = max(self.percent, PAINTED * done)
        self.seconds_left = max(0.0, (self.frames - frame + 1 - share) * self._usual())

    def end(self, frames: int) -> None:
        """So many frames there were, and the clip is written."""
        self.frames, self.percent, self.seconds_left = frames, 100.0, 0.0

    def _usual(self) -> float:
        firsts, laters = self._counts
        if laters:
            return self._later / laters
        return self._first / firsts if firsts else time.monotonic() - self._begun
