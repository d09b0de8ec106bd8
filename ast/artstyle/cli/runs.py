"""Makes the pictures of a plan one after the other, with one network for all."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.cli import failures, output, streams
from artstyle.cli.failures import DONE, FAILED, Failed, Stopped
from artstyle.cli.output import title
from artstyle.errors import (
    DeviceError,
    OutputError,
    OutputGone,
    TorchError,
    WeightsError,
    printable,
)
from artstyle.machine import installation
from artstyle.pictures import save

if TYPE_CHECKING:
    from torch import Tensor

    from artstyle.cli.arguments import Arguments
    from artstyle.cli.inputs import Input
    from artstyle.cli.plan import Pair, Plan
    from artstyle.cli.reporting import Reporter
    from artstyle.progress import Progress, Result

# What goes wrong for all pictures when it does for one.
FOR_ALL = (DeviceError, TorchError, WeightsError, OutputGone, Stopped)


def run(arguments: Arguments, plan: Plan) -> int:
    """Make the pictures; returns the exit code. Raises what is wrong with a single one, or all."""
    installation.import_torch()
    from artstyle.cli.reporting import Reporter  # importing torch takes time: only for good input

    if plan.folder is not None:
        _create(plan.folder)
    reporter = Reporter(
        as_json=arguments.json,
        quiet=arguments.quiet,
        snapshots=arguments.snapshots,
        output_size=arguments.output_size,
        count=len(plan.pairs),
    )
    painter = _Painter(arguments, plan, reporter)
    try:
        painter.paint_all()
    finally:
        reporter.close()
        painter.tell_failures()
    return FAILED if painter.failed else DONE


def _create(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{printable(folder)} can't be created ({error.strerror})") from error


class _Painter:
    """Paints one pair after the other; of several, it goes on after one that fails."""

    def __init__(self, arguments: Arguments, plan: Plan, reporter: Reporter) -> None:
        from artstyle.vgg import checkpoints

        self._arguments, self._plan, self._reporter = arguments, plan, reporter
        self.begun = 0
        self.failed: list[str] = []
        # called once device, precision and memory are known to be fine
        self._network = functools.cache(
            lambda: checkpoints.load(arguments.settings.network, arguments.weights)
        )

    def paint_all(self) -> None:
        by_photo = itertools.groupby(self._plan.pairs, key=lambda pair: pair.content)
        for content, pairs in by_photo:
            try:
                self._paint_each(content, list(pairs))
            except KeyboardInterrupt as error:
                if self.begun > 1:
                    raise Stopped(f"stopped{self._left(begun=False)}") from error
                raise

    def tell_failures(self) -> None:
        if self.failed:
            failures.tell(f"{len(self.failed)} of {len(self._plan.pairs)} pictures failed:")
        for line in self.failed:
            failures.tell(line)

    def _paint_each(self, content: Input, pairs: Sequence[Pair]) -> None:
        """Paint one photo in the manner of each painting; only this one is in memory."""

        @functools.cache
        def photo() -> Tensor:
            with streams.quiet_libraries():
                return content.load(self._arguments.settings)

        for pair in pairs:
            self.begun += 1
            with self._going_on(pair):
                self._reporter.begin(self.begun, pair)
                self._paint(photo(), pair)

    @contextmanager
    def _going_on(self, pair: Pair) -> Iterator[None]:
        try:
            yield
        except FOR_ALL:
            raise
        except Exception as error:
            if not self._plan.several:
                raise
            message, _ = failures.outcome(error)
            self.failed.append(f"{printable(pair.out.name)}: {message}")
            self._reporter.failed(pair, message)

    def _paint(self, photo: Tensor, pair: Pair) -> None:
        """Make and save one picture; Ctrl-C saves what there is, as does the end of the reader."""
        from artstyle.transfer import begin

        if self._plan.several:  # its folder may be gone by now
            save.check_output(pair.out)
        with streams.quiet_libraries():
            style = pair.style.load(self._arguments.settings)
        settings = output.painted(self._arguments.settings, pair.out)
        transfer = begin(photo, style, settings, self._network)
        progress: Progress | None = None
        stopped = ""
        try:
            for progress in transfer.run():
                self._reporter.show(progress, pair.out.stem)
        except KeyboardInterrupt:
            stopped = "stopped"
        except OutputGone as error:
            stopped = f"{error}: stopped"
        if progress is None:
            raise KeyboardInterrupt
        try:
            result = self._save(transfer.result(progress), pair.out)
        except OutputError as error:  # it could be written before the run, so it isn't bad input
            raise (Stopped if stopped else Failed)(str(error)) from error
        where = f"saved as {title(pair.out)}"
        if stopped:
            raise Stopped(f"{stopped} at {progress.percent:.0f} %; {where}{self._left()}")
        try:
            self._reporter.done(result, pair.out)
        except OutputGone as error:
            raise Stopped(f"{error}; {where}{self._left()}") from error

    def _save(self, result: Result, out: Path) -> Result:
        """Save a picture in the size asked for, or in its own where memory is short by now."""
        size, metadata = self._arguments.output_size, result.metadata()
        short = ""
        try:
            result = replace(result, picture=output.resized(result.picture, size))
            metadata |= {"output_size": size} if size else {}
        except OutputError as error:
            short = str(error)
        output.write(result.picture, out, metadata)
        if short:
            height, width = result.picture.shape[-2:]
            raise Failed(f"{short}; saved as {title(out)} with {width}×{height} px")
        return result

    def _left(self, *, begun: bool = True) -> str:
        left = len(self._plan.pairs) - self.begun + (not begun)
        return f"; pictures left: {left}" if left else ""
