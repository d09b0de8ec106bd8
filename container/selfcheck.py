"""``docker run ast test-drive``: one small picture, to see that everything works."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from container.entrypoint import data_folder

from artstyle.cli import signals
from artstyle.cli.failures import DONE
from artstyle.cli.main import main

ROOT = Path(__file__).parents[1]
PHOTO, PAINTING = ROOT / "img/content/astronaut.jpg", ROOT / "img/style/impasto.webp"
NAME = "test-drive.png"
ITERATIONS = 40  # enough for strokes to show, a few seconds on two cores


def run(words: list[str]) -> int:
    """Make the picture; the words are more options of the command line.

    Stopping it says nothing about whether it works: the code is then the shell's for the signal.
    """
    print(f"test-drive: {PHOTO.name} in the manner of {PAINTING.name} …", flush=True)
    folder = data_folder([])
    writable = os.access(folder, os.W_OK)
    with _noting() as stopped:
        code = main(command(words, folder if writable else Path(tempfile.gettempdir())))
    if code == DONE:
        print("test-drive: it works")
    elif stopped:
        print("test-drive: stopped before the end", file=sys.stderr)
        return 128 + stopped[0]
    else:
        print("test-drive: it failed; the line above says why", file=sys.stderr)
    return code


@contextmanager
def _noting() -> Iterator[list[int]]:
    """Interrupt on the signals that end a program, and note their numbers."""
    noted: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        signal.default_int_handler(number, frame)

    before = {each: signal.signal(each, interrupt) for each in signals.ending()}
    try:
        yield noted
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def command(words: list[str], folder: Path) -> list[str]:
    """Arguments of the command line, with the embedded network so that nothing is downloaded."""
    small = ["--network", "vgg16", "--levels", "1", "--iterations", str(ITERATIONS)]
    return [str(PHOTO), str(PAINTING), "-o", str(folder / NAME), *small, *words]
