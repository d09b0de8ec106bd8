"""The part of each painting that is used, as it is typed: ``0.2,0.2,0.5,0.5``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from artstyle.errors import CropOutside, Malformed
from artstyle.noise_levels import NUMBER
from artstyle.roles import MOST_STYLES

BOUNDS = "X,Y,WIDTH,HEIGHT/…"
CROP = rf"{NUMBER},{NUMBER},{NUMBER},{NUMBER}"
PATTERN = rf"^{CROP}(/{CROP}){{0,{MOST_STYLES - 1}}}$"
ROUNDING = 1e-6  # by which x + width may exceed 1

Crop = tuple[float, float, float, float]  # left, top, width, height, as shares of the painting
StyleCrop = tuple[Crop, ...]
WHOLE: Crop = (0.0, 0.0, 1.0, 1.0)


def checked(field: str, crops: object) -> StyleCrop:
    """Crops, or the lists that they are in JSON, as tuples; raises `SettingsError`."""
    if isinstance(crops, str | Mapping) or not isinstance(crops, Iterable):
        raise Malformed(field, kind="crop", value=str(crops))
    found = tuple(_crop(field, each) for each in crops)
    if not 1 <= len(found) <= MOST_STYLES:
        raise Malformed(field, kind="crop", value=typed(found))
    return found


def _crop(field: str, given: object) -> Crop:
    parts = tuple(given) if isinstance(given, list | tuple) else ()
    if len(parts) != 4 or not all(_is_number(each) for each in parts):
        raise Malformed(field, kind="crop", value=str(given))
    x, y, width, height = map(float, parts)
    for begin, length in ((x, width), (y, height)):
        if not (begin >= 0 and length > 0 and begin + length <= 1 + ROUNDING):
            raise CropOutside(field, value=_typed((x, y, width, height)))
    return x, y, width, height


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def parse(field: str, text: str) -> StyleCrop:
    """Read crops as they are typed, several separated by a slash: ``0,0,1,1/0.2,0.2,0.5,0.5``."""
    crops = [[part.strip() for part in each.split(",")] for each in text.split("/")]
    if not all(re.fullmatch(CROP, ",".join(each)) for each in crops):
        raise Malformed(field, kind="crop", value=text)
    return checked(field, [tuple(map(float, each)) for each in crops])


def typed(crops: Iterable[Sequence[float]]) -> str:
    """The text that `parse` reads as these crops."""
    return "/".join(map(_typed, crops))


def _typed(crop: Sequence[float]) -> str:
    return ",".join(f"{each:.12g}" for each in crop)


def crop_of(crops: StyleCrop | None, painting: int) -> Crop:
    """The crop of a painting; those that have none are used whole."""
    return crops[painting] if crops and painting < len(crops) else WHOLE


def pixels(crop: Crop, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns of a crop of a painting of this size; there may be none."""
    x, y, across, down = crop
    rows, columns = ((y, down, height), (x, across, width))
    return _span(*rows), _span(*columns)


def _span(begin: float, length: float, pixels: int) -> slice:
    return slice(round(begin * pixels), min(pixels, round((begin + length) * pixels)))
