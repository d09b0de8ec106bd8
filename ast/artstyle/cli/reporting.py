"""What the command line shows while it runs: a bar, JSON lines, snapshots."""

import json
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from artstyle.cli.plan import snapshot
from artstyle.cli.streams import write_line
from artstyle.errors import OutputError
from artstyle.pictures import save
from artstyle.progress import LossParts, Milestones, Progress, Result
from artstyle.style import pyramid
from artstyle.wording import duration

BAR = "{percentage:3.0f}% |{bar}| {postfix}"


class Reporter:
    """Tells of one run on standard error, and on standard output with ``--json``."""

    def __init__(self, *, as_json: bool, quiet: bool, snapshots: Path | None) -> None:
        self._json = as_json
        self._lines = not quiet and not sys.stderr.isatty()  # a log wants lines, not a bar
        self._snapshots = snapshots
        self._milestones = Milestones()
        self._quiet = quiet
        self._noted: set[str] = set()
        self._bar = tqdm(
            total=100,
            bar_format=BAR,
            disable=quiet or self._lines,
            leave=False,
            file=sys.stderr,
            miniters=0,  # its own guess lets the bar stand when a slower stage begins
        )

    def show(self, progress: Progress, name: str) -> None:
        """Tell of an iteration; raises `OutputGone`."""
        text = (
            f"iteration {progress.iteration} of {progress.iterations}, "
            f"loss {progress.loss:.4f}, {duration(progress.seconds_left)} left"
        )
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(progress.percent - self._bar.n)
        if progress.note and progress.note not in self._noted and not self._quiet:
            self._noted.add(progress.note)  # a run on the edge is recovered again and again
            self.say(progress.note)
        if self._json:
            write_line(json.dumps(_event(progress)))
        reached = self._milestones.reached(progress.percent)
        if self._lines and reached:
            self.say(f"{reached[-1]} %: {text}")
        for percent in reached:
            if self._snapshots:
                self._snapshot(progress, name, percent)

    def done(self, result: Result, path: Path) -> None:
        """Tell of the result; raises `OutputGone`."""
        self.close()
        if self._json:
            write_line(json.dumps(_result(result, path)))
        if not self._quiet:
            height, width = result.picture.shape[-2:]
            took = duration(result.seconds)
            self.say(f"{path}: {width}×{height} px in {took} with {result.network}")

    def say(self, text: str) -> None:
        tqdm.write(f"artstyle: {text}", file=sys.stderr)

    def close(self) -> None:
        self._bar.close()

    def _snapshot(self, progress: Progress, name: str, percent: int) -> None:
        """Save the picture of the moment at the size of the result, to compare them."""
        assert self._snapshots is not None
        path = snapshot(self._snapshots, name, percent)
        picture = pyramid.target(progress.picture(), progress.size)
        try:
            path.parent.mkdir(exist_ok=True)
            save.save(picture, path)
        except (OSError, OutputError) as error:  # no reason to lose the run
            if not self._quiet:
                self.say(f"no snapshot at {percent} %: {error}")


def _event(progress: Progress) -> dict[str, Any]:
    return {
        "event": "progress",
        "percent": round(progress.percent, 2),
        "iteration": progress.iteration,
        "iterations": progress.iterations,
        "stage": progress.stage,
        "stages": progress.stages,
        "sizes": [[width, height] for height, width in progress.sizes],
        **_loss(progress.parts),
        "levels": [_loss(level) for level in progress.levels],
        "seconds": round(progress.seconds, 3),
        "seconds_left": round(progress.seconds_left, 3),
        "note": progress.note,
    }


def _result(result: Result, path: Path) -> dict[str, Any]:
    height, width = result.picture.shape[-2:]
    return {
        "event": "result",
        "path": str(path),
        "width": width,
        "height": height,
        **_loss(result.loss),
        "seconds": round(result.seconds, 3),
        "network": result.network,
    }


def _loss(parts: LossParts) -> dict[str, float]:
    return {"loss": parts.total, "content": parts.content, "style": parts.style, "tv": parts.tv}
