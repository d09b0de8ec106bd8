"""How the command line tells what went wrong: in one line, and by its exit code."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Sequence

from artstyle.errors import ArtstyleError, BadInput

DONE, FAILED, BAD_INPUT = 0, 1, 2


class Failed(Exception):
    """A run began and failed; the text says how."""


class Refused(Exception):
    """Several things are wrong with what was asked for, each in a line."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(*lines)
        self.lines = lines


class Stopped(Failed):
    """The user stopped all runs, or whoever read their output has gone."""


def outcome(error: BaseException) -> tuple[str, int]:
    """What to tell of an error, and the exit code."""
    match error:
        case BadInput():
            return str(error), BAD_INPUT
        case ArtstyleError() | Failed():
            return str(error), FAILED
        case KeyboardInterrupt():
            return "stopped before there was anything to save", FAILED
        case MemoryError():  # outside of the run, which names a size that fits
            return "out of memory: close other programs or use smaller pictures", FAILED
    return _log(error), FAILED


def tell(message: str) -> None:
    line = " ".join(message.splitlines())  # a file's name may hold anything
    print(f"artstyle: {line}", file=sys.stderr)  # noqa: T201  # standard error is for this


def _log(error: BaseException) -> str:
    """Save an unexpected error's traceback to a file, and return a line that names it."""
    with tempfile.NamedTemporaryFile(
        "w",
        prefix="artstyle-",
        suffix=".log",
        delete=False,
        encoding="utf-8",
        errors="backslashreplace",  # a file's name may hold bytes that are no text
    ) as file:
        traceback.print_exception(error, file=file)
    return f"something went wrong ({type(error).__name__}): please report it with {file.name}"
