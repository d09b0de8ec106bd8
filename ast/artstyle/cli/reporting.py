"""What the command line shows while it runs: a bar, JSON lines, snapshots."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from artstyle.cli import output
from artstyle.cli.output import title
from artstyle.cli.plan import PlannedPicture
from artstyle.cli.streams import write_line
from artstyle.cli.targets import snapshot
from artstyle.errors import OutputError
from artstyle.pictures import save
from artstyle.progress import LossParts, Milestones, Progress, Result
from artstyle.wording import duration

BAR = "{percentage:3.0f}% |{bar}| {postfix}"


class Reporter:
    """Tells of all runs on standard error, and on standard output with ``--json``."""

    def __init__(
        self,
        *,
        as_json: bool,
        quiet: bool,
        snapshots: Path | None,
        output_size: int | None = None,
        count: int = 1,
    ) -> None:
        self._json = as_json
        self._lines = not quiet and not sys.stderr.isatty()  # a log wants lines, not a bar
        self._snapshots, self._output_size = snapshots, output_size
        self._index, self._count = 1, count  # of the picture that is being made
        self._took: list[float] = []  # seconds for each picture so far
        self._milestones, self._picture_milestones = Milestones(), Milestones()
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

    def begin(self, index: int, planned: PlannedPicture) -> None:
        """Tell of the picture that is begun, the first with index 1; raises `OutputGone`."""
        self._index, self._picture_milestones = index, Milestones()
        if self._json:
            write_line(json.dumps({"event": "picture", **self._names(planned)}))

    def show(self, progress: Progress, name: str) -> None:
        """Tell of an iteration; raises `OutputGone`."""
        which = f"picture {self._index} of {self._count}, " if self._count > 1 else ""
        text = (
            f"{which}iteration {progress.iteration} of {progress.iterations}, "
            f"loss {progress.loss:.4f}, {duration(self._seconds_left(progress))} left"
        )
        percent = (100 * (self._index - 1) + progress.percent) / self._count
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(percent - self._bar.n)
        if progress.note and progress.note not in self._noted and not self._quiet:
            self._noted.add(progress.note)  # a run on the edge is recovered again and again
            self.say(progress.note)
        if self._json:
            place = {"index": self._index, "count": self._count}
            write_line(json.dumps({**_event(progress), **place}))
        reached = self._milestones.reached(percent)
        if self._lines and reached:
            self.say(f"{reached[-1]} %: {text}")
        for milestone in self._picture_milestones.reached(progress.percent):
            if self._snapshots:
                self._snapshot(progress, name, milestone)

    def done(self, result: Result, path: Path) -> None:
        """Tell of a result; raises `OutputGone`."""
        self._took.append(result.seconds)
        if self._json:
            place = {"index": self._index, "count": self._count}
            write_line(json.dumps({**_result(result, path), **place}))
        if not self._quiet:
            height, width = result.picture.shape[-2:]
            took = duration(result.seconds)
            self.say(f"{title(path)}: {width}×{height} px in {took} with {result.network}")

    def failed(self, planned: PlannedPicture, reason: str) -> None:
        """Tell of a picture that failed; raises `OutputGone`."""
        if self._json:
            write_line(json.dumps({"event": "failure", **self._names(planned), "error": reason}))

    def say(self, text: str) -> None:
        tqdm.write(f"artstyle: {text}", file=sys.stderr)

    def close(self) -> None:
        self._bar.close()

    def _snapshot(self, progress: Progress, name: str, percent: int) -> None:
        """Save the picture of the moment at the size of the result, to compare them."""
        assert self._snapshots is not None
        path = snapshot(self._snapshots, name, percent)
        try:
            picture = output.resized(progress.picture(), self._output_size, progress.size)
            path.parent.mkdir(exist_ok=True)
            save.save(picture, path)
        except (OSError, OutputError) as error:  # no reason to lose the run
            if not self._quiet:
                self.say(f"no snapshot at {percent} %: {error}")

    def _names(self, planned: PlannedPicture) -> dict[str, Any]:
        styles = [str(each.path) for each in planned.styles]
        return {
            "content": str(planned.content.path),
            "style": styles[0],
            **({"styles": styles} if len(styles) > 1 else {}),
            **({"line": planned.line} if planned.line else {}),
            "path": str(planned.out),
            "index": self._index,
            "count": self._count,
        }

    def _seconds_left(self, progress: Progress) -> float:
        """Of all pictures: those to come will take as long as those so far, on average."""
        known = [*self._took, progress.seconds + progress.seconds_left]
        later = self._count - self._index
        return progress.seconds_left + later * sum(known) / len(known)


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
