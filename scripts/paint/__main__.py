"""Paint the style pictures: ``python scripts/paint [NAME …] [--out DIR] [--size PIXELS]``."""

import argparse
import importlib
import sys
import time
from pathlib import Path

import canvas

# Each painting's WebP quality: chosen so that the file stays under 300 kB at 2048 pixels.
QUALITIES = {
    "impasto": 38,
    "pointillism": 27,
    "splashes": 52,
    "cubist": 60,
    "stained_glass": 62,
    "woodcut": 54,
}


def paint_one(name: str, size: int, folder: Path) -> str:
    """Paint one picture, write it, and tell what came of it."""
    start = time.perf_counter()
    picture = importlib.import_module(name).paint(size)
    path = folder / f"{name}.webp"
    canvas.save(picture, path, QUALITIES[name])
    height, width = picture.shape[:2]
    seconds = time.perf_counter() - start
    return f"{path}: {width}x{height}, {path.stat().st_size} bytes, {seconds:.1f} s"


def arguments() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python scripts/paint", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(QUALITIES))
    parser.add_argument("--out", type=Path, default=Path("img/style"), help="folder to write to")
    parser.add_argument("--size", type=int, default=2048, help="pixels along the short side")
    return parser


def main() -> int:
    """Paint what the command line names, or everything."""
    options = arguments().parse_args()
    unknown = [name for name in options.names if name not in QUALITIES]
    if unknown:
        valid = ", ".join(QUALITIES)
        print(f"no painting named {', '.join(unknown)}; there are {valid}", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names or QUALITIES:
        print(paint_one(name, options.size, options.out), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
