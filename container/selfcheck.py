"""``docker run ast test-drive``: one small picture, to see that everything works."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from container.entrypoint import data_folder

from artstyle.cli.main import DONE, main

ROOT = Path(__file__).parents[1]
PHOTO, PAINTING = ROOT / "img/content/astronaut.jpg", ROOT / "img/style/impasto.webp"
NAME = "test-drive.png"
ITERATIONS = 40  # enough for strokes to show, a few seconds on two cores


def run(words: list[str]) -> int:
    """Make the picture; the words are more options of the command line."""
    print(f"test-drive: {PHOTO.name} in the manner of {PAINTING.name} …", flush=True)
    folder = data_folder([])
    writable = os.access(folder, os.W_OK)
    code = main(command(words, folder if writable else Path(tempfile.gettempdir())))
    if code == DONE:
        print("test-drive: it works")
    else:
        print("test-drive: it failed; the line above says why", file=sys.stderr)
    return code


def command(words: list[str], folder: Path) -> list[str]:
    """Arguments of the command line, with the embedded network so that nothing is downloaded."""
    small = ["--network", "vgg16", "--levels", "1", "--iterations", str(ITERATIONS)]
    return [str(PHOTO), str(PAINTING), "-o", str(folder / NAME), *small, *words]
