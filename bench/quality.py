"""Compare the pictures of two sets of settings, by figures and on a sheet.

``python bench/quality.py [--before NAME=VALUE …] [--after NAME=VALUE …] [--pairs 36 | people |
PHOTO×PAINTING …] [--sheet FILE] [--json FILE]``

For each pair it prints the style distance (lower is better) and how well the subject stands
(higher is better), as ``bench/judging.py`` defines them, before and after, and their means.
Without options it compares the classical content loss with the default at 256 px, on all pairs
of the samples. The pictures are kept in ``out/quality/``, and with ``--sheet`` they are laid out
side by side: photo, before, after, painting.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

from judging import style_distance, subject
from measuring import ROOT, keep, machine, table
from studio import Cell, sheet
from torch import Tensor

from artstyle.errors import ArtstyleError
from artstyle.machine import devices
from artstyle.pictures import read, save
from artstyle.settings import Settings, parse_all
from artstyle.transfer import stylize
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network

OUT = ROOT / "out" / "quality"
PHOTOS = ROOT / "img" / "content"
PAINTINGS = ROOT / "img" / "style"
PEOPLE = ROOT / "bench" / "people"
PAIRED = ("cubist", "impasto", "splashes", "woodcut")  # the paintings of the people's pairs
BEFORE = ["content_loss=features"]
DIGITS = {"style": 4, "subject": 3, "seconds": 0}  # of the figures
PICTURES = (".jpg", ".jpeg", ".png", ".webp")

Pair = tuple[Path, Path]
Row = dict[str, Any]


def pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)


def pairs(said: Sequence[str], photos: Path, paintings: Path) -> Iterator[Pair]:
    """The pairs that are asked for. Raises `ValueError` for a name that no picture has."""
    if said == ["people"]:
        people = [PHOTOS / "astronaut.jpg", *pictures(PEOPLE)]
        for number, photo in enumerate(people):
            for turn in range(2):
                yield photo, _named(PAINTINGS, PAIRED[(2 * number + turn) % len(PAIRED)])
    elif len(said) == 1 and said[0].isdigit():
        every = list(product(pictures(photos), pictures(paintings)))
        yield from every[:: max(1, len(every) // int(said[0]))][: int(said[0])]
    else:
        for words in said:
            names = words.replace("×", "*").partition("*")
            yield _named(photos, names[0]), _named(paintings, names[2])


def _named(folder: Path, name: str) -> Path:
    for path in pictures(folder):
        if path.stem == name:
            return path
    raise ValueError(f"{folder} has no picture {name}: name pairs like astronaut×impasto")


def settings(words: Sequence[str]) -> Settings:
    """Settings from words like ``levels=2``; raises `SettingsError` or `ValueError`."""
    split = dict(word.split("=", 1) for word in words)
    values, wrong = parse_all({"levels": "1", "network": "vgg16", **split})
    for error in wrong.values():
        raise error
    return Settings(**values)


def judged(network: Network, pair: Pair, chosen: Settings, path: Path) -> tuple[Row, Tensor]:
    """Make a picture, write it to the path and judge it."""
    photo, painting = read.load(pair[0], "content"), read.load(pair[1], "style")
    began = time.monotonic()
    result = stylize(photo, painting, chosen, network)
    took = time.monotonic() - began
    path.parent.mkdir(parents=True, exist_ok=True)
    save.save(result.picture, path, result.metadata())
    figures = {
        "style": style_distance(network, result.picture, painting),
        "subject": subject(result.picture, photo),
        "seconds": took,
    }
    return figures, result.picture


def compare(network: Network, pair: Pair, both: dict[str, Settings]) -> tuple[Row, list[Cell]]:
    """The figures of a pair, and its row of the sheet."""
    photo, painting = pair
    name = f"{photo.stem} × {painting.stem}"
    row: Row = {"pair": name}
    cells: list[Cell] = [(read.load(photo, "content"), name.replace("×", "x"))]
    for when, chosen in both.items():
        path = OUT / when / f"{photo.stem}-{painting.stem}.png"
        figures, picture = judged(network, pair, chosen, path)
        row |= {f"{key} {when}": value for key, value in figures.items()}
        words = f"{when}: style {figures['style']:.3f}, subject {figures['subject']:.2f}"
        cells.append((picture, words))
    return row, [*cells, (read.load(painting, "style"), "painting")]


def shown(row: Row) -> Row:
    """A row of the table."""
    texts = {
        f"{name} {when}": f"{row[f'{name} {when}']:.{digits}f}"
        for name, digits in DIGITS.items()
        for when in ("before", "after")
    }
    return {"pair": row["pair"], **texts}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", nargs="*", default=BEFORE, metavar="NAME=VALUE")
    parser.add_argument("--after", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument(
        "--pairs",
        nargs="+",
        default=["36"],
        help="how many, people, or pairs like astronaut×impasto",
    )
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="folder of the photos")
    parser.add_argument("--paintings", type=Path, default=PAINTINGS, help="folder of the paintings")
    parser.add_argument("--sheet", type=Path, help="PNG of all pictures side by side")
    parser.add_argument("--width", type=int, default=384, help="of a picture on the sheet, in px")
    parser.add_argument("--json", type=Path, help="keep the figures in a file")
    return parser.parse_args()


def main() -> int:
    """Print the table."""
    given = options()
    try:
        both = {"before": settings(given.before), "after": settings(given.after)}
        chosen = list(pairs(given.pairs, given.photos, given.paintings))
    except (ArtstyleError, ValueError, OSError) as error:
        print(f"quality: {error}", file=sys.stderr)
        return 2
    network = checkpoints.load("vgg16")
    rows: list[Row] = []
    cells = []
    for pair in chosen:
        row, line = compare(network, pair, both)
        print(table([shown(row)]).splitlines()[-1], file=sys.stderr, flush=True)
        rows.append(row)
        cells.append(line)
    means = {key: mean(row[key] for row in rows) for key in rows[0] if key != "pair"}
    about = machine(devices.choose("cpu"))
    print(f"{about}\n\n{table([shown(row) for row in [*rows, {'pair': 'mean', **means}]])}")
    if given.sheet:
        sheet(cells, given.width).save(given.sheet)
    keep(given.json, {"machine": about, "pairs": rows, "mean": means})
    return 0


if __name__ == "__main__":
    sys.exit(main())
