"""The command line: ``artstyle CONTENT STYLE -o OUT``, also ``python -m artstyle``."""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.cli.arguments import Arguments, ReadArguments, parse
from artstyle.errors import (
    ArgumentError,
    ArtstyleError,
    BadInput,
    NoPictures,
    OutputError,
    PictureError,
)
from artstyle.pictures import read, save

if TYPE_CHECKING:
    from artstyle.progress import Progress
    from artstyle.transfer import Transfer
    from artstyle.vgg.networks import Network

DONE, FAILED, BAD_INPUT = 0, 1, 2

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Painting:
    """A painting, and where its result goes."""

    style: Path
    out: Path


def main(words: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    try:
        return _main(parse(words))
    except BrokenPipeError:  # the reader of --json is gone; flushing at exit mustn't fail
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        return _fail(*_outcome(error))


def _outcome(error: BaseException) -> tuple[str, int]:
    match error:
        case BadInput():
            return str(error), BAD_INPUT
        case ArtstyleError():
            return str(error), FAILED
        case KeyboardInterrupt():
            return "stopped before there was anything to save", FAILED
        case MemoryError():  # outside of the run, which names a size that fits
            return "out of memory: close other programs or use smaller pictures", FAILED
    return _log(error), FAILED


def _main(arguments: Arguments | ReadArguments) -> int:
    if isinstance(arguments, ReadArguments):
        text = json.dumps(read.read_metadata(arguments.read), indent=2)
        print(text, flush=True)  # noqa: T201  # it is what --read is for
        return DONE
    handler = logging.StreamHandler()
    handler.setFormatter(_Line())
    level = logging.ERROR if arguments.quiet else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler])
    read.check(arguments.content)
    try:
        paintings = plan(arguments)
        _check_snapshots(arguments.snapshots)
    except OSError as error:  # a name too long, a folder without permission
        raise ArgumentError(f"{error.filename} can't be used ({error.strerror})") from error
    return _run(arguments, paintings)


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"artstyle: {record.levelname.lower()}: {super().format(record)}"


def plan(arguments: Arguments) -> list[Painting]:
    """List the paintings and results, once all can be read and written. Raises `BadInput`."""
    into_folder = arguments.out.is_dir()
    if not arguments.style.is_dir():
        read.check(arguments.style)
        styles = [arguments.style]
    elif not into_folder:
        raise OutputError(f"{arguments.style} is a folder, so OUT must be an existing folder too")
    else:
        styles = _pictures_in(arguments.style)
    outs = _results_in(arguments, styles) if into_folder else [arguments.out]
    for out in outs:
        save.check_output(out)
        if out.exists() and any(map(out.samefile, (arguments.content, *styles))):
            raise OutputError(f"{out} is one of the input pictures: name another file")
        if out.exists() and into_folder and not arguments.force:
            raise OutputError(f"{out} exists already: --force overwrites it")
    return [Painting(style, out) for style, out in zip(styles, outs, strict=True)]


def _pictures_in(folder: Path) -> list[Path]:
    """List the pictures that can be decoded, so that none ends the run halfway."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.name.startswith("."):
            continue
        try:
            read.decode(path)
            found.append(path)
        except PictureError as error:
            logger.warning("skipped: %s", error)
    if not found:
        raise NoPictures(str(folder))
    return found


def _results_in(arguments: Arguments, styles: list[Path]) -> list[Path]:
    """Name each result photo-painting.png; where two would clash, all keep their ending."""
    clash = len({style.stem.casefold() for style in styles}) < len(styles)
    names = [style.name if clash else style.stem for style in styles]
    return [arguments.out / f"{arguments.content.stem}-{name}.png" for name in names]


def _check_snapshots(folder: Path | None) -> None:
    """Check that a folder can be written; it's created with the first picture."""
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file: name a folder for the snapshots")
    save.check_output((folder if folder.is_dir() else folder.parent) / "snapshot.png")


def _run(arguments: Arguments, paintings: list[Painting]) -> int:
    from artstyle.transfer import Transfer  # importing torch takes time: only for good input
    from artstyle.vgg import checkpoints

    @functools.cache
    def network() -> Network:  # called once device, precision and memory are known to be fine
        return checkpoints.load(arguments.settings.network, arguments.weights)

    content = read.load(arguments.content)
    for painting in paintings:
        style = read.load(painting.style)
        # not kept in a variable, so that its memory is free for the next one
        code = _transfer(
            Transfer(content, style, arguments.settings, network), painting.out, arguments
        )
        if code != DONE:
            return code
    return DONE


def _transfer(transfer: Transfer, out: Path, arguments: Arguments) -> int:
    """Make and save one picture; Ctrl-C saves what there is."""
    from artstyle.cli.reporting import Reporter

    reporter = Reporter(
        as_json=arguments.json, quiet=arguments.quiet, snapshots=arguments.snapshots
    )
    progress: Progress | None = None
    stopped = False
    try:
        for progress in transfer.run():
            reporter.show(progress, out.stem)
    except KeyboardInterrupt:
        stopped = True
    finally:
        reporter.close()
    if progress is None:
        raise KeyboardInterrupt
    result = transfer.result(progress)
    try:
        save.save(result.picture, out, result.metadata())
    except OutputError as error:  # it could be written before the run, so it isn't bad input
        return _fail(str(error), FAILED)
    if stopped:
        return _fail(f"stopped at {progress.percent:.0f} %; saved as {out}", FAILED)
    reporter.done(result, out)
    return DONE


def _fail(message: str, code: int) -> int:
    line = " ".join(message.splitlines())  # a file's name may hold anything
    print(f"artstyle: {line}", file=sys.stderr)  # noqa: T201  # standard error is for this
    return code


def _log(error: BaseException) -> str:
    """Save an unexpected error's traceback to a file, and return a line that names it."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="artstyle-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exception(error, file=file)
    return f"something went wrong ({type(error).__name__}): please report it with {file.name}"
