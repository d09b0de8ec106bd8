"""Pictures for the documentation: made once, laid out in sheets, saved as small files."""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from measuring import ROOT, sample
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from artstyle.pictures import read, save
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.transfer import stylize
from artstyle.vgg.networks import Network

OUT = ROOT / "out" / "gallery"
CAPTION = 26  # px under each picture
GAP = 6
INSET = 5  # how many times smaller the painting in a result's corner is
LARGEST = 300_000  # bytes of a committed picture

Cell = tuple[Tensor, str]


class Studio:
    """Makes pictures, and keeps them for the next time."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def photo(self, name: str) -> Tensor:
        return sample("content", name)

    def painting(self, name: str) -> Tensor:
        return sample("style", name)

    def make(
        self,
        photo: str,
        *paintings: str,
        mask: Tensor | None = None,
        style_masks: Sequence[Tensor] = (),
        **said: object,
    ) -> Tensor:
        """Repaint a photo, unless the same was already made with the same settings and masks."""
        settings = Settings(network="vgg16", **said)  # type: ignore[arg-type]
        known = settings.resolved("cpu").as_dict()
        del known["memory"]  # it changes how a picture is computed, not the picture
        given = [each for each in (mask, *style_masks) if each is not None]
        masks = [_digest(each.numpy().tobytes()) for each in given]
        key = json.dumps([photo, paintings, known, masks], sort_keys=True)
        path = OUT / "made" / f"{photo}-{'-'.join(paintings)}-{_digest(key.encode())}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            styles = [self.painting(each) for each in paintings]
            sources = self.photo(photo), styles, settings, self._network
            result = stylize(*sources, mask=mask, style_masks=style_masks)
            save.save(result.picture, path, {"settings": result.settings.as_dict()})
            took = time.monotonic() - began
            print(f"{photo} × {', '.join(paintings)} {said or ''}: {took:.0f} s", flush=True)
        return read.load(path)

    def names(self, kind: str) -> list[str]:
        """Names of the sample pictures, ``content`` or ``style``."""
        return [path.stem for path in sorted((ROOT / "img" / kind).iterdir())]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def drawn(height: int, width: int, *shapes: Sequence[tuple[float, float]]) -> Tensor:
    """A mask with polygons, whose corners (x, y) are relative to its sides: (1, 1, H, W)."""
    canvas = Image.new("L", (width, height))
    for shape in shapes:
        ImageDraw.Draw(canvas).polygon([(x * width, y * height) for x, y in shape], fill=255)
    return torch.from_numpy(np.asarray(canvas, np.float32) / 255)[None, None]


def square(picture: Tensor) -> Tensor:
    """The square in the middle."""
    height, width = picture.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return picture[..., top : top + side, left : left + side]


def crop(picture: Tensor, left: float, top: float, part: float) -> Tensor:
    """A part of the picture; its place and width are relative to the picture's."""
    height, width = picture.shape[-2:]
    side = round(part * width)
    y, x = round(top * height), round(left * width)
    return picture[..., y : y + side * height // width, x : x + side]


def sheet(rows: Sequence[Sequence[Cell]], width: int) -> Image.Image:
    """Rows of pictures with captions, each resized to the width."""
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
    """A photo and its results in two columns, each result with its painting in the corner."""
    first = fitted(photo, width)
    rows = -(-(1 + len(made)) // 2)
    size = (2 * width + GAP, rows * (first.height + GAP) - GAP)
    canvas = Image.new("RGB", size, "white")
    canvas.paste(first, (0, 0))
    for index, (result, painting) in enumerate(made, 1):
        row, column = divmod(index, 2)
        canvas.paste(
            with_painting(result, painting, first.size),
            (column * (width + GAP), row * (first.height + GAP)),
        )
    return canvas


def with_painting(result: Tensor, painting: Tensor, size: tuple[int, int]) -> Image.Image:
    """A result of that width and height, with its painting in the lower left corner."""
    cell = fitted(result, size[0]).resize(size)
    inset = fitted(square(painting), size[0] // INSET)
    left, top = GAP, size[1] - inset.height - GAP
    cell.paste("white", (left - 2, top - 2, left + inset.width + 2, size[1] - 4))
    cell.paste(inset, (left, top))
    return cell


def fitted(picture: Tensor, width: int) -> Image.Image:
    """The picture as a Pillow image of that width."""
    height = round(width * picture.shape[-2] / picture.shape[-1])
    pixels = pyramid.target(picture, (height, width))[0].permute(1, 2, 0)
    return Image.fromarray((pixels * 255).round().byte().numpy())


def commit(image: Image.Image, path: Path, largest: int = LARGEST) -> None:
    """Save a WebP in the best quality, and if needed the size, that stays under the limit."""
    while True:
        for quality in (85, 75, 65, 55, 45):
            image.save(path, quality=quality, method=6)
            if path.stat().st_size <= largest:
                print(f"{path}: {image.width}×{image.height}, {path.stat().st_size} bytes")
                return
        image = image.resize((image.width * 9 // 10, image.height * 9 // 10))
