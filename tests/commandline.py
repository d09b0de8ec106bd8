"""What the tests of the command line share: running it, and what mustn't have changed."""

import io
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from artstyle.cli.main import main

ROOT = Path(__file__).parents[1]
FEW = ["--network", "vgg16", "--device", "cpu", "--levels", "1", "--iterations", "3"]
ONE = [*FEW[:-1], "1"]
SMALL = ["--network", "vgg16", "--device", "cpu", "--preset", "small", "--iterations", "3"]
SMALL_ONE = [*SMALL[:-1], "1"]
Refuse = Callable[..., str]
Pair = tuple[Path, Path]


def tree(folder: Path) -> dict[Path, tuple[int, int]]:
    """List everything in a folder with its size and the time it was changed."""
    stats = {path: path.lstat() for path in folder.rglob("*")}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


@contextmanager
def hangups(handler: signal.Handlers) -> Iterator[None]:
    """Have processes that are started meanwhile begin with this handler of SIGHUP."""
    before = signal.signal(signal.SIGHUP, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def noisy(kind: str) -> bytes:
    """A picture whose bytes can be cut in the middle."""
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def third(content: bytes) -> bytes:
    return content[: len(content) // 3]
