"""Contact sheets: what the program makes of the sample pictures, to be looked at.

``python bench/gallery.py [SHEET …]`` writes the sheets as PNG into ``out/gallery/``;
``--commit`` also writes them, small, as WebP into ``img/``. Pictures that are there
already from the same settings are not made again.

Sheets: ``pairs`` (every photo × every painting), ``noise`` (the steps to the structured
noise), ``levels`` (1, 2, 3), ``schedules`` (joint and coarse to fine, at equal work),
``before-after`` (the README's first picture), ``options``.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from artstyle import checkpoints, images, noise, pyramid
from artstyle.networks import Network
from artstyle.settings import Settings
from artstyle.transfer import stylize

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out" / "gallery"
COMMITTED = ROOT / "img"
CAPTION = 26  # px under each picture
GAP = 6
LARGEST = 300_000  # bytes of a committed picture

Cell = tuple[Tensor, str]


class Studio:
    """Makes pictures once, and finds them again."""

    def __init__(self, network: Network) -> None:
        """Take the network that paints them all."""
        self._network = network

    def photo(self, name: str) -> Tensor:
        """Load a sample photo."""
        return images.load(next((ROOT / "img/content").glob(f"{name}.*")))

    def painting(self, name: str) -> Tensor:
        """Load a sample painting."""
        return images.load(next((ROOT / "img/style").glob(f"{name}.*")))

    def make(self, photo: str, painting: str, **said: object) -> Tensor:
        """Repaint a photo, unless that has been done with the same settings before."""
        settings = Settings(network="vgg16", **said)  # type: ignore[arg-type]
        key = json.dumps([photo, painting, settings.resolved("cpu").as_dict()], sort_keys=True)
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        path = OUT / "made" / f"{photo}-{painting}-{digest}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            result = stylize(self.photo(photo), self.painting(painting), settings, self._network)
            images.save(result.picture, path, {"settings": result.settings.as_dict()})
            took = time.monotonic() - began
            print(f"{photo} × {painting} {said or ''}: {took:.0f} s", flush=True)
        return images.load(path)


def pairs(studio: Studio) -> Image.Image:
    """Every photo (rows) in the manner of every painting (columns)."""
    photos = [path.stem for path in sorted((ROOT / "img/content").iterdir())]
    paintings = [path.stem for path in sorted((ROOT / "img/style").iterdir())]
    rows = [[(square(torch.ones(1, 3, 8, 8)), "")]]
    rows[0] += [(square(studio.painting(name)), name) for name in paintings]
    for photo in photos:
        row = [(square(studio.photo(photo)), photo)]
        row += [(square(studio.make(photo, name)), "") for name in paintings]
        rows.append(row)
    return sheet(rows, 200)


def noise_steps(studio: Studio) -> Image.Image:
    """Start (above) and result (below) of each step to the structured noise, flat sky.

    On the plain schedule, where nothing but the start differs from classical transfer.
    """
    photo, painting = "rocket", "impasto"
    rows: list[list[Cell]] = []
    for names in (
        ("none", "normal", "spots128", "spots16"),
        ("permuted", "gradient", "structured"),
    ):
        content, style = studio.photo(photo), studio.painting(painting)
        size = pyramid.level_size((content.shape[-2], content.shape[-1]), 256)
        starts = [noise.start(content, style, size, Settings(noise=name)) for name in names]
        rows.append([(s, f"start: {name}") for s, name in zip(starts, names, strict=True)])
        plain = [
            studio.make(photo, painting, noise=name, schedule="joint", iterations=61, levels=1)
            for name in names
        ]
        rows.append(list(zip(plain, names, strict=True)))
    return sheet(rows, 384)


def levels(studio: Studio) -> Image.Image:
    """1, 2 and 3 levels: whole, and the same part of each."""
    made = [studio.make("chelsea", "stained_glass", levels=n) for n in (1, 2, 3)]
    names = [f"levels {n}: {m.shape[-1]} x {m.shape[-2]} px" for n, m in enumerate(made, 1)]
    whole = list(zip(made, names, strict=True))
    parts = [(crop(m, 0.22, 0.30, 0.36), "the same part, enlarged") for m in made]
    return sheet([whole, parts], 512)


def schedules(studio: Studio) -> Image.Image:
    """The joint and the coarse-to-fine schedule at 2 levels and equal work."""
    fine = Settings(levels=2).resolved("cpu")
    stages = pyramid.stages((256, 384), fine)
    work = sum(stage.work * stage.iterations for stage in stages)
    joint = round(work / stages[-1].work)
    cells = [
        (studio.make("raccoon", "impasto", levels=2), "coarse to fine"),
        (
            studio.make("raccoon", "impasto", levels=2, schedule="joint", iterations=joint),
            f"joint: {joint} iterations, the same work",
        ),
    ]
    return sheet([cells], 640)


def before_after(studio: Studio) -> Image.Image:
    """A photo, a painting, the result."""
    made = studio.make("astronaut", "impasto", levels=2)
    cells = [studio.photo("astronaut"), square(studio.painting("impasto")), made]
    labels = ["a photo", "a painting", "the photo in its manner"]
    return sheet([list(zip(cells, labels, strict=True))], 400)


def options(studio: Studio) -> Image.Image:
    """What the main options do to one pair."""
    photo, painting = "coffee", "splashes"
    said: list[tuple[str, dict[str, object]]] = [
        ("default", {}),
        ("--keep-colors", {"keep_colors": True}),
        ("--style-scale 0.5", {"style_scale": 0.5}),
        ("--content-weight 0.2", {"content_weight": 0.2}),
        ("--style-loss gram", {"style_loss": "gram"}),
        ("--seed 1", {"seed": 1}),
    ]
    cells = [(studio.make(photo, painting, **changes), name) for name, changes in said]
    return sheet([cells[:3], cells[3:]], 420)


SHEETS: dict[str, Callable[[Studio], Image.Image]] = {
    "pairs": pairs,
    "noise": noise_steps,
    "levels": levels,
    "schedules": schedules,
    "before-after": before_after,
    "options": options,
}


def square(picture: Tensor) -> Tensor:
    """Cut the middle square out."""
    height, width = picture.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return picture[..., top : top + side, left : left + side]


def crop(picture: Tensor, left: float, top: float, part: float) -> Tensor:
    """Cut a part out, its place and width given relative to the picture."""
    height, width = picture.shape[-2:]
    side = round(part * width)
    y, x = round(top * height), round(left * width)
    return picture[..., y : y + side * height // width, x : x + side]


def sheet(rows: Sequence[Sequence[Cell]], width: int) -> Image.Image:
    """Lay pictures out in rows, each enlarged or shrunk to the width, with captions."""
    cells = [[(fitted(picture, width), text) for picture, text in row] for row in rows]
    heights = [max(image.height for image, _ in row) + CAPTION for row in cells]
    columns = max(map(len, cells))
    canvas = Image.new(
        "RGB", (columns * (width + GAP) - GAP, sum(heights) + GAP * len(rows)), "white"
    )
    draw, font, top = ImageDraw.Draw(canvas), ImageFont.load_default(15), 0
    for row, height in zip(cells, heights, strict=True):
        for column, (image, text) in enumerate(row):
            left = column * (width + GAP)
            canvas.paste(image, (left, top))
            draw.text((left + 2, top + image.height + 4), text, "black", font)
        top += height + GAP
    return canvas


def fitted(picture: Tensor, width: int) -> Image.Image:
    """Turn a picture into one of Pillow's, of that width."""
    height = round(width * picture.shape[-2] / picture.shape[-1])
    pixels = pyramid.target(picture, (height, width))[0].permute(1, 2, 0)
    return Image.fromarray((pixels * 255).round().byte().numpy())


def commit(image: Image.Image, path: Path, largest: int = LARGEST) -> None:
    """Write a WebP as good as the limit of bytes allows, smaller where it must be."""
    while True:
        for quality in (85, 75, 65, 55, 45):
            image.save(path, quality=quality, method=6)
            if path.stat().st_size <= largest:
                print(f"{path}: {image.width}×{image.height}, {path.stat().st_size} bytes")
                return
        image = image.resize((image.width * 9 // 10, image.height * 9 // 10))


def main() -> int:
    """Make the sheets that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sheets", nargs="*", metavar="SHEET", help=", ".join(SHEETS))
    parser.add_argument("--commit", action="store_true", help="write them to img/ too")
    arguments = parser.parse_args()
    if unknown := set(arguments.sheets) - set(SHEETS):
        parser.error(f"no sheet {', '.join(unknown)}: there are {', '.join(SHEETS)}")
    OUT.mkdir(parents=True, exist_ok=True)
    studio = Studio(checkpoints.load("vgg16"))
    for name in arguments.sheets or SHEETS:
        image = SHEETS[name](studio)
        image.save(OUT / f"{name}.png")
        print(f"{OUT / name}.png: {image.width}×{image.height}", flush=True)
        if arguments.commit:
            commit(image, COMMITTED / f"{name}.webp")
    return 0


if __name__ == "__main__":
    sys.exit(main())
