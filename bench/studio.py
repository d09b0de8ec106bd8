"""What the contact sheets share: pictures made once, laid out in rows, written small."""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from artstyle.pictures import read, save
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.transfer import stylize
from artstyle.vgg.networks import Network

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out" / "gallery"
CAPTION = 26  # px under each picture
GAP = 6
INSET = 4  # a painting lies in the corner of its result, so many times smaller
LARGEST = 300_000  # bytes of a committed picture

Cell = tuple[Tensor, str]


class Studio:
    """Makes pictures once, and finds them again."""

    def __init__(self, network: Network) -> None:
        """Take the network that paints them all."""
        self._network = network

    def photo(self, name: str) -> Tensor:
        """Load a sample photo."""
        return read.load(next((ROOT / "img/content").glob(f"{name}.*")))

    def painting(self, name: str) -> Tensor:
        """Load a sample painting."""
        return read.load(next((ROOT / "img/style").glob(f"{name}.*")))

    def make(self, photo: str, painting: str, **said: object) -> Tensor:
        """Repaint a photo, unless that has been done with the same settings before."""
        settings = Settings(network="vgg16", **said)  # type: ignore[arg-type]
        known = settings.resolved("cpu").as_dict()
        del known["memory"]  # it says how a picture is computed, not which
        key = json.dumps([photo, painting, known], sort_keys=True)
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        path = OUT / "made" / f"{photo}-{painting}-{digest}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            result = stylize(self.photo(photo), self.painting(painting), settings, self._network)
            save.save(result.picture, path, {"settings": result.settings.as_dict()})
            took = time.monotonic() - began
            print(f"{photo} × {painting} {said or ''}: {took:.0f} s", flush=True)
        return read.load(path)

    def names(self, kind: str) -> list[str]:
        """List the sample pictures of a kind, ``content`` or ``style``."""
        return [path.stem for path in sorted((ROOT / "img" / kind).iterdir())]


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


def promo(photo: Tensor, made: Sequence[tuple[Tensor, Tensor]], width: int) -> Image.Image:
    """Lay a photo out large, and beside it three columns of (result, its painting), two high.

    Each painting lies small in the corner of its result.
    """
    large = fitted(photo, 2 * width + GAP)
    height = (large.height - GAP) // 2
    canvas = Image.new("RGB", (5 * width + 4 * GAP, 2 * height + GAP), "white")
    canvas.paste(large.crop((0, 0, large.width, canvas.height)), (0, 0))
    for index, (result, painting) in enumerate(made):
        row, column = divmod(index, 3)
        place = ((2 + column) * (width + GAP), row * (height + GAP))
        cell = fitted(result, width).resize((width, height))
        inset = fitted(square(painting), width // INSET)
        corner = (GAP, height - inset.height - GAP)
        cell.paste("white", (corner[0] - 2, corner[1] - 2, corner[0] + inset.width + 2, height - 4))
        cell.paste(inset, corner)
        canvas.paste(cell, place)
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
