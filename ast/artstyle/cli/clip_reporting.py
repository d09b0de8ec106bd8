"""What the command line shows while it paints a clip: a bar, lines or JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from tqdm import tqdm

from artstyle.cli.output import title
from artstyle.cli.reporting import BAR
from artstyle.cli.streams import write_line
from artstyle.progress import Milestones
from artstyle.video.progress import FrameProgress
from artstyle.wording import duration

FORECAST = 2  # the frame after which the time left is known: the first takes longer


class ClipReporter:
    """Tells of a clip on standard error, and on standard output with ``--json``."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._json, self._quiet = as_json, quiet
        self._lines = not quiet and not sys.stderr.isatty()
        self._milestones, self._painted = Milestones(), 0
        self._bar = tqdm(
            total=100,
            bar_format=BAR,
            disable=quiet or self._lines,
            leave=False,
            file=sys.stderr,
            miniters=0,
        )

    def show(self, progress: FrameProgress) -> None:
        """Tell of an iteration or a finished frame; raises `OutputGone`."""
        text = (
            f"frame {progress.frame} of {progress.frames}, {duration(progress.seconds_left)} left"
        )
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(progress.percent - self._bar.n)
        if self._json:
            write_line(json.dumps(_event(progress)))
        if progress.pixels is None:
            return
        self._painted += 1
        reached = self._milestones.reached(progress.percent)
        if self._lines and (reached or self._painted == progress.resumed + FORECAST):
            self._say(f"{progress.percent:.0f} %: {text}")

    def done(self, progress: FrameProgress, path: Path) -> None:
        """Tell of the result; raises `OutputGone`."""
        if self._json:
            write_line(json.dumps(_result(progress, path)))
        if not self._quiet:
            scenes = f", scenes: {progress.scene}" if progress.scene > 1 else ""
            took = duration(progress.seconds)
            self._say(f"{title(path)}: done in {took}, frames: {progress.frame}{scenes}")

    def close(self) -> None:
        self._bar.close()

    def _say(self, text: str) -> None:
        tqdm.write(f"artstyle: {text}", file=sys.stderr)


def _event(progress: FrameProgress) -> dict[str, Any]:
    """The figures of an item; ``finished`` says that its frame is saved."""
    names = [each.name for each in fields(FrameProgress) if each.name != "pixels"]
    figures = {name: getattr(progress, name) for name in names}
    for name in ("percent", "seconds", "seconds_left"):
        figures[name] = round(figures[name], 3)
    return {"event": "progress", **figures, "finished": progress.pixels is not None}


def _result(progress: FrameProgress, path: Path) -> dict[str, Any]:
    return {
        "event": "result",
        "path": str(path),
        "frames": progress.frame,
        "scenes": progress.scene,
        "seconds": round(progress.seconds, 3),
    }
