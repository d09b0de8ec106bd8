"""The weights of several paintings in one picture, one for each, as they are typed: ``2,1``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from artstyle.errors import Malformed, NoStyleWeight, OutOfRange
from artstyle.noise_levels import NUMBER
from artstyle.roles import MOST_STYLES

BOUNDS = "X,X,…"
LOW, HIGH = 0, 1000
WEIGHT = r"(1000|[0-9]{1,3}(\.[0-9]{1,12})?)"
PATTERN = rf"^{WEIGHT}(,{WEIGHT}){{0,{MOST_STYLES - 1}}}$"

StyleWeights = tuple[float, ...]


def checked(field: str, weights: object) -> StyleWeights:
    """Weights as a tuple of floats; raises `SettingsError`."""
    if isinstance(weights, str | Mapping) or not isinstance(weights, Iterable):
        raise Malformed(field, kind="weights", value=str(weights))
    found = tuple(weights)
    if not 1 <= len(found) <= MOST_STYLES:
        raise Malformed(field, kind="weights", value=typed(found))
    for each in found:
        number = isinstance(each, int | float) and not isinstance(each, bool)
        if not number or not LOW <= each <= HIGH:  # nor is "not a number" in a range
            raise OutOfRange(field, low=LOW, high=HIGH, value=str(each))
    if not any(found):
        raise NoStyleWeight(field)
    return tuple(map(float, found))


def parse(field: str, text: str) -> StyleWeights:
    """Read weights as they are typed: ``2,1``."""
    parts = [each.strip() for each in text.split(",")]
    if not all(re.fullmatch(NUMBER, each) for each in parts):
        raise Malformed(field, kind="weights", value=text)
    return checked(field, map(float, parts))


def typed(weights: Iterable[object]) -> str:
    """The text that `parse` reads as these weights."""
    return ",".join(f"{each:.12g}" if isinstance(each, float) else str(each) for each in weights)


def shares(weights: StyleWeights | None, styles: int) -> StyleWeights:
    """The paintings' shares of the mixture, which sum to 1; without weights they are equal."""
    weights = weights or (1.0,) * styles
    return tuple(each / sum(weights) for each in weights)
