"""The command line: ``artstyle CONTENT STYLE -o OUT``, also ``python -m artstyle``.

``artstyle lab`` and ``artstyle bot`` run the servers.
"""

from __future__ import annotations

import functools
import json
import logging
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.cli import servers, signals, streams
from artstyle.cli.arguments import Arguments, ReadArguments, parse
from artstyle.errors import ArgumentError, ArtstyleError, BadInput, OutputError, OutputGone
from artstyle.machine import installation

if TYPE_CHECKING:
    from artstyle.progress import Progress
    from artstyle.transfer import Transfer
    from artstyle.vgg.networks import Network

DONE, FAILED, BAD_INPUT = 0, 1, 2

logger = logging.getLogger(__name__)


def main(words: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = sys.argv[1:] if words is None else words
    if words and words[0] in servers.NAMES:  # a photo of that name is ./lab
        return servers.run(words[0], words[1:])
    with streams.own_stderr(), signals.interrupting():
        try:
            return _main(parse(words))
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
    from artstyle.cli.plan import check_snapshots, plan  # these need numpy; --help doesn't
    from artstyle.pictures import read

    if isinstance(arguments, ReadArguments):
        with streams.quiet_libraries():
            metadata = read.read_metadata(arguments.read)
        streams.write_line(json.dumps(metadata, indent=2))
        return DONE
    installation.find_torch()
    handler = logging.StreamHandler()
    handler.setFormatter(_Line())
    level = logging.ERROR if arguments.quiet else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler])
    try:
        with streams.quiet_libraries():
            read.check(arguments.content)
            results = plan(arguments)
        check_snapshots(arguments, results)
    except OSError as error:  # a name too long, a folder without permission
        raise ArgumentError(f"{error.filename} can't be used ({error.strerror})") from error
    return _run(arguments, results)


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"artstyle: {record.levelname.lower()}: {super().format(record)}"


def _run(arguments: Arguments, results: dict[Path, Path]) -> int:
    """Make the pictures one after the other, with one network for all."""
    installation.import_torch()
    from artstyle.pictures import read
    from artstyle.transfer import Transfer  # importing torch takes time: only for good input
    from artstyle.vgg import checkpoints

    @functools.cache
    def network() -> Network:  # called once device, precision and memory are known to be fine
        return checkpoints.load(arguments.settings.network, arguments.weights)

    with streams.quiet_libraries():
        content = read.load(arguments.content)
    for painting, out in results.items():
        with streams.quiet_libraries():
            style = read.load(painting)
        # not kept in a variable, so that its memory is free for the next one
        code = _transfer(Transfer(content, style, arguments.settings, network), out, arguments)
        if code != DONE:
            return code
    return DONE


def _transfer(transfer: Transfer, out: Path, arguments: Arguments) -> int:
    """Make and save one picture; Ctrl-C saves what there is, as does the end of the reader."""
    from artstyle.cli.reporting import Reporter
    from artstyle.pictures import save

    reporter = Reporter(
        as_json=arguments.json, quiet=arguments.quiet, snapshots=arguments.snapshots
    )
    progress: Progress | None = None
    stopped = ""
    try:
        for progress in transfer.run():
            reporter.show(progress, out.stem)
    except KeyboardInterrupt:
        stopped = "stopped"
    except OutputGone as error:
        stopped = f"{error}: stopped"
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
        return _fail(f"{stopped} at {progress.percent:.0f} %; saved as {out}", FAILED)
    try:
        reporter.done(result, out)
    except OutputGone as error:
        return _fail(f"{error}; saved as {out}", FAILED)
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
