"""The paintings of a run: the parts of them that are used, and their shares of the picture."""

from collections.abc import Sequence

from torch import Tensor

from artstyle import sources, style_crop, style_weights
from artstyle.settings import Settings
from artstyle.style.pyramid import Size, size_of
from artstyle.style.regions import Shares


def chosen(
    content: Tensor,
    styles: Sequence[Tensor],
    mask: Tensor | None,
    style_masks: Sequence[Tensor],
    settings: Settings,
) -> tuple[list[Tensor], Shares]:
    """The used parts of the paintings that have a weight, and the shares of all paintings.

    Raises `BadInput` unless all these go together.
    """
    sources.check(
        size_of(content),
        [size_of(each) for each in styles],
        None if mask is None else size_of(mask),
        [size_of(each) for each in style_masks],
        settings,
    )
    shares = style_weights.shares(settings.style_weights, len(styles))
    used = [number for number, share in enumerate(shares) if share]
    return [cropped(styles[number], number, settings) for number in used], shares


def cropped(style: Tensor, number: int, settings: Settings) -> Tensor:
    """The part of a painting that the settings name, a view."""
    crop = style_crop.crop_of(settings.style_crop, number)
    return style[(..., *style_crop.pixels(crop, *size_of(style)))]


def longest(paintings: Sequence[Tensor]) -> Size:
    """The size of the painting that has the most pixels for its shorter side."""
    return max(map(size_of, paintings), key=lambda size: max(size) / min(size))
