"""``docker run ast test-drive``: one small picture, to see that everything works."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from container import options

from artstyle.cli.main import DONE, main

ROOT = Path(__file__).parents[1]
PHOTO, PAINTING = ROOT / "img/content/astronaut.jpg", ROOT / "img/style/impasto.webp"
NAME = "test-drive.png"
ITERATIONS = 40  # enough to see the painting in it, and seconds on two cores


def run(words: list[str]) -> int:
    """Make the picture, with more of the command line's options if given."""
    print(f"test-drive: {PHOTO.name} in the manner of {PAINTING.name} …", flush=True)
    code = main(command(words, _folder()))
    if code == DONE:
        print("test-drive: it works")
    else:
        print("test-drive: it does not work: the line above says why", file=sys.stderr)
    return code


def command(words: list[str], folder: Path) -> list[str]:
    """Word it for the command line: the embedded network, so that nothing is fetched."""
    small = ["--network", "vgg16", "--levels", "1", "--iterations", str(ITERATIONS)]
    return [str(PHOTO), str(PAINTING), "-o", str(folder / NAME), *small, *words]


def _folder() -> Path:
    """Give the data folder, or another where that can't be written."""
    folder = options.read([]).data
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())
