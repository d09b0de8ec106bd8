"""The command line: ``python -m artstyle CONTENT STYLE -o OUT``, also ``artstyle``."""

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
from artstyle.errors import ArtstyleError, BadInput, OutputError, PictureError, RunError
from artstyle.pictures import read, save

if TYPE_CHECKING:
    from artstyle.progress import Progress
    from artstyle.transfer import Transfer
    from artstyle.vgg.networks import Network

DONE, FAILED, BAD_INPUT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Task:
    """One painting, and where its result goes."""

    style: Path
    out: Path


def main(words: list[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    try:
        return _main(parse(words))
    except BrokenPipeError:  # nobody reads --json any more; what is left mustn't fail at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        return _fail(*_told(error))


def _told(error: BaseException) -> tuple[str, int]:
    """Word what ended the program, and give its exit code."""
    match error:
        case BadInput():
            return str(error), BAD_INPUT
        case ArtstyleError():
            return str(error), FAILED
        case KeyboardInterrupt():
            return "stopped before there was anything to save", FAILED
        case MemoryError():  # outside of the run, which names a size that fits
            return "out of memory: close other programs or take smaller pictures", FAILED
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
        tasks = plan(arguments)
        _check_snapshots(arguments.snapshots)
    except OSError as error:  # a name too long, a folder that may not be entered
        raise BadInput(f"{error.filename} can't be used ({error.strerror})") from error
    return _run(arguments, tasks)


class _Line(logging.Formatter):
    """Words what is logged like the program's own lines."""

    def format(self, record: logging.LogRecord) -> str:
        return f"artstyle: {record.levelname.lower()}: {super().format(record)}"


def plan(arguments: Arguments) -> list[Task]:
    """List what is to be done, once it is sure that it can be; raises `BadInput`."""
    into_folder = arguments.out.is_dir()
    if not arguments.style.is_dir():
        read.check(arguments.style)
        styles = [arguments.style]
    elif not into_folder:
        raise OutputError(f"{arguments.style} is a folder, so OUT must be one that exists too")
    else:
        styles = _pictures_in(arguments.style)
    outs = _results_in(arguments, styles) if into_folder else [arguments.out]
    for out in outs:
        save.check_output(out)
        if out.exists() and any(map(out.samefile, (arguments.content, *styles))):
            raise OutputError(f"{out} is a picture to read from: name another file for the result")
        if out.exists() and into_folder and not arguments.force:
            raise OutputError(f"{out} is there already: --force overwrites it")
    return [Task(style, out) for style, out in zip(styles, outs, strict=True)]


def _pictures_in(folder: Path) -> list[Path]:
    """List the pictures in a folder; what can't be read as one is named and left out.

    They are decoded for it, so that a damaged one can't end the run of all in the middle.
    """
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.name.startswith("."):
            continue
        try:
            read.load(path)
            found.append(path)
        except PictureError as error:
            logging.getLogger(__name__).warning("left out: %s", error)
    if not found:
        raise PictureError(f"there is no picture in {folder}: name a painting or a folder of them")
    return found


def _results_in(arguments: Arguments, styles: list[Path]) -> list[Path]:
    """Name each result photo-painting.png; where two would be alike, all keep their ending."""
    alike = len({style.stem.casefold() for style in styles}) < len(styles)
    names = [style.name if alike else style.stem for style in styles]
    return [arguments.out / f"{arguments.content.stem}-{name}.png" for name in names]


def _check_snapshots(folder: Path | None) -> None:
    """Refuse a folder that can't be written; it is made once there is a picture for it."""
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file: name a folder for the snapshots")
    save.check_output((folder if folder.is_dir() else folder.parent) / "snapshot.png")


def _run(arguments: Arguments, tasks: list[Task]) -> int:
    """Do the tasks one after the other, with one network for all."""
    from artstyle.transfer import Transfer
    from artstyle.vgg import checkpoints  # torch takes its time: only once the input is good

    @functools.cache
    def network() -> "Network":  # called when device, precision and memory are known to do
        return checkpoints.load(arguments.settings.network, arguments.weights)

    content = read.load(arguments.content)
    for task in tasks:
        style = read.load(task.style)
        # not kept under a name here, so that the next one finds its memory free
        code = _transfer(Transfer(content, style, arguments.settings, network), task.out, arguments)
        if code != DONE:
            return code
    return DONE


def _transfer(transfer: "Transfer", out: Path, arguments: Arguments) -> int:
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
    except OutputError as error:  # it could be written before the run
        raise RunError(str(error)) from error
    if stopped:
        return _fail(f"stopped at {progress.percent:.0f} %; saved as {out}", FAILED)
    reporter.done(result, out)
    return DONE


def _fail(message: str, code: int) -> int:
    line = " ".join(message.splitlines())  # a file's name may hold anything
    print(f"artstyle: {line}", file=sys.stderr)  # noqa: T201  # standard error is for this
    return code


def _log(error: BaseException) -> str:
    """Keep an unexpected error's traceback in a file, and word a line that names it."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="artstyle-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exception(error, file=file)
    return f"something went wrong ({type(error).__name__}): please report it with {file.name}"
