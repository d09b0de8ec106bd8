"""Makes the pictures of a plan one after the other, with one network for all, and their report."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.cli import failures, output, report, streams
from artstyle.cli.decoded import Decoded
from artstyle.cli.failures import DONE, FAILED, Failed, Stopped
from artstyle.cli.output import title
from artstyle.cli.report import Outcome
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
    from artstyle.cli.options import Options
    from artstyle.cli.plan import Plan, PlannedPicture
    from artstyle.cli.reporting import Reporter
    from artstyle.progress import Progress, Result
    from artstyle.sketching import Sketching
    from artstyle.transfer import Transfer

# What goes wrong for all pictures when it does for one.
FOR_ALL = (DeviceError, TorchError, WeightsError, OutputGone, Stopped)


def run(arguments: Options, plan: Plan) -> int:
    """Make the pictures and their report; returns the exit code.

    Raises what is wrong with a single one, or all.
    """
    outcomes: dict[PlannedPicture, Outcome] = {}
    try:
        return _paint(arguments, plan, outcomes) if plan.left else DONE
    finally:
        if arguments.report and (outcomes or not plan.left):
            _report(arguments, plan, outcomes)


def _paint(arguments: Options, plan: Plan, outcomes: dict[PlannedPicture, Outcome]) -> int:
    installation.import_torch()
    from artstyle.cli.reporting import Reporter  # importing torch takes time: only for good input

    if plan.folder is not None:
        _create(plan.folder)
    reporter = Reporter(
        as_json=arguments.json,
        quiet=arguments.quiet,
        snapshots=arguments.snapshots,
        output_size=arguments.output_size,
        count=len(plan.left),
    )
    painter = _Painter(arguments, plan, reporter, outcomes)
    try:
        painter.paint_all()
    finally:
        reporter.close()
        painter.tell_failures()
    return FAILED if painter.failed else DONE


def _report(arguments: Options, plan: Plan, outcomes: Mapping[PlannedPicture, Outcome]) -> None:
    assert arguments.report is not None
    try:
        with streams.quiet_libraries():
            report.write(arguments.report, plan.pictures, outcomes)
    except OutputError as error:  # no reason to lose what else is told
        failures.tell(str(error))
        return
    if not arguments.quiet:
        failures.tell(f"{title(arguments.report)}: the report")


def _create(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{printable(folder)} can't be created ({error.strerror})") from error


class _Painter:
    """Paints one picture after the other; of several, it goes on after one that fails."""

    def __init__(
        self,
        arguments: Options,
        plan: Plan,
        reporter: Reporter,
        outcomes: dict[PlannedPicture, Outcome],
    ) -> None:
        from artstyle.vgg import checkpoints

        self._arguments, self._plan, self._reporter = arguments, plan, reporter
        self._outcomes = outcomes
        self._decoded = Decoded()
        self.begun = 0
        self.failed: list[str] = []
        # called once device, precision and memory are known to be fine
        self._network = functools.cache(lambda name: checkpoints.load(name, arguments.weights))

    def paint_all(self) -> None:
        for planned in self._plan.left:
            try:
                self.begun += 1
                with self._going_on(planned):
                    self._reporter.begin(self.begun, planned)
                    self._paint(planned)
            except KeyboardInterrupt as error:
                if self.begun > 1:
                    raise Stopped(f"stopped{self._left(begun=False)}") from error
                raise

    def tell_failures(self) -> None:
        if self.failed:
            failures.tell(f"{len(self.failed)} of {len(self._plan.left)} pictures failed:")
        for line in self.failed:
            failures.tell(line)

    @contextmanager
    def _going_on(self, planned: PlannedPicture) -> Iterator[None]:
        try:
            yield
        except FOR_ALL:
            raise
        except Exception as error:
            if not self._plan.several:
                raise
            message, _ = failures.outcome(error)
            place = f"line {planned.line}, " if planned.line else ""
            self.failed.append(f"{place}{printable(planned.out.name)}: {message}")
            self._outcomes[planned] = Outcome(error=message)
            self._reporter.failed(planned, message)

    def _paint(self, planned: PlannedPicture) -> None:
        """Make and save one picture; Ctrl-C saves what there is, as does the end of the reader."""
        if self._plan.several:  # its folder may be gone by now
            save.check_output(planned.out)
        transfer = self._transfer(planned)
        progress: Progress | None = None
        stopped = ""
        try:
            for progress in transfer.run():
                self._reporter.show(progress, planned.out.stem)
        except KeyboardInterrupt:
            stopped = "stopped"
        except OutputGone as error:
            stopped = f"{error}: stopped"
        if progress is None:
            raise KeyboardInterrupt
        try:
            result = self._save(transfer.result(progress), planned.out)
        except OutputError as error:  # it could be written before the run, so it isn't bad input
            raise (Stopped if stopped else Failed)(str(error)) from error
        self._outcomes[planned] = Outcome(result.seconds, result.percent)
        where = f"saved as {title(planned.out)}"
        if stopped:
            raise Stopped(f"{stopped} at {progress.percent:.0f} %; {where}{self._left()}")
        try:
            self._reporter.done(result, planned.out)
        except OutputGone as error:
            raise Stopped(f"{error}; {where}{self._left()}") from error

    def _transfer(self, planned: PlannedPicture) -> Transfer | Sketching:
        from artstyle.transfer import begin

        with streams.quiet_libraries():
            content, styles, mask, style_masks = self._decoded.of(planned)
        settings = output.painted(planned.settings, planned.out)
        network = functools.partial(self._network, settings.network)
        return begin(content, styles, settings, network, mask=mask, style_masks=style_masks)

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
        left = len(self._plan.left) - self.begun + (not begun)
        return f"; pictures left: {left}" if left else ""
