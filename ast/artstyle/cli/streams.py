"""Standard output and error, which may be closed, without a reader, or on a full disk.

They may also have an encoding that lacks some characters: those are replaced, so that no message
ends a program.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artstyle.errors import OutputGone

STDIN, STDOUT = Path("/dev/stdin"), Path("/dev/stdout")  # what - stands for, on Windows too
STDERR = 2
READABLE = "artstyle-readable"  # the name of the handler of encoding errors
PLAIN = {
    **{"×": "x", "…": "...", "↔": "<->", "→": "->", "−": "-", "–": "-", "—": "-", "·": "*"},
    **{"‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "≥": ">=", "≤": "<="},
    "\N{NO-BREAK SPACE}": " ",
}


def prepare() -> None:
    """Open what is closed, and let every character be printed in some way."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=READABLE)


def _replace(error: UnicodeError) -> tuple[str, int]:
    """Replace what can't be encoded: ``x`` for ``×``, or ``\\u4e2d``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    texts = (PLAIN.get(c) or _escaped(c) for c in error.object[error.start : error.end])
    return "".join(texts), error.end


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")


codecs.register_error(READABLE, _replace)


def _open_closed() -> None:
    """Open what is closed on nothing, or the next file would get its descriptor."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free: this one
            os.set_inheritable(descriptor, True)
    if sys.stderr is None:  # print would take standard output instead
        sys.stderr = open(STDERR, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


@contextmanager
def own_stderr() -> Iterator[None]:
    """Let Python write to standard error on its own, and without any failure, meanwhile.

    So `quiet_libraries` silences only others, and no run ends because its terminal was closed.
    """
    prepare()
    before = sys.stderr
    if not _is_stderr(before):  # a test's, or a caller's
        yield
        return
    before.flush()
    # It isn't closed in the end: a logging handler may still have it.
    sys.stderr = _Stderr(io.FileIO(os.dup(STDERR), "w"), before.encoding, before.errors)
    try:
        yield
    finally:
        sys.stderr = before


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Drop what libtiff and others print on standard error while they decode."""
    real, nothing = os.dup(STDERR), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, STDERR)
        yield
    finally:
        os.dup2(real, STDERR)
        os.close(nothing)
        os.close(real)


def write(text: str) -> None:
    """Print a text on standard output, at once; raises `OutputGone`."""
    if sys.stdout is None:
        raise OutputGone("it is closed")
    try:
        print(text, end="", flush=True)  # noqa: T201  # what is asked for on standard output
    except OSError as error:
        raise _gone(error) from error


def write_line(text: str) -> None:
    write(f"{text}\n")


def write_bytes(data: bytes) -> None:
    """Write a file to standard output; raises `OutputGone`."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise _gone(error) from error


def say(text: str) -> None:
    """Print a line for whoever may listen: a server goes on without."""
    with suppress(OutputGone):
        write_line(text)


class _Stderr(io.TextIOWrapper):
    def __init__(self, file: io.FileIO, encoding: str, errors: str | None) -> None:
        super().__init__(file, encoding, errors, write_through=True)

    def write(self, text: str) -> int:
        with suppress(OSError):
            return super().write(text)
        return len(text)


def _is_stderr(stream: object) -> bool:
    try:
        return isinstance(stream, io.TextIOWrapper) and stream.fileno() == STDERR
    except OSError:  # it is kept in memory
        return False


def _gone(error: OSError) -> OutputGone:
    """The error to tell. What is still held is dropped, since Python would try to write it."""
    with suppress(OSError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
        sys.stdout.flush()
    return OutputGone(error.strerror or type(error).__name__)
