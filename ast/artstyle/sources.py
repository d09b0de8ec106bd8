"""Whether the pictures of a run go together, from their sizes alone."""

from __future__ import annotations

from collections.abc import Sequence

from artstyle import style_crop
from artstyle.errors import (
    CropsCount,
    CropSmall,
    MaskShape,
    NotForClips,
    PictureNotChosen,
    StyleMasksCount,
    StyleWeightsCount,
    TooManyStyles,
)
from artstyle.roles import MOST_STYLES, STYLE_MASKS, STYLES, Role
from artstyle.settings import Settings

Size = tuple[int, int]  # (height, width)

SHAPE = 0.01  # relative difference of a mask's proportions from the photo's that goes unseen
LEAST_CROP = 16  # px of a crop's shorter side, as of a painting's


def check(
    content: Size,
    styles: int | Sequence[Size],
    mask: Size | None,
    style_masks: Sequence[Size],
    settings: Settings,
) -> None:
    """Raise `BadInput` unless a run can be made of pictures of these sizes and settings.

    ``styles`` are the sizes of the paintings, or their number, where crops that are too small
    remain for later.
    """
    count = styles if isinstance(styles, int) else len(styles)
    _check_counts(count, len(style_masks), settings)
    masks: list[tuple[Role, Size]] = [("mask", mask)] if mask else []
    for role, size in (*masks, *zip(STYLE_MASKS, style_masks, strict=False)):
        _check_shape(role, size, content)
    if not isinstance(styles, int):
        for number, size in enumerate(styles):
            _check_crop(STYLES[number], size, style_crop.crop_of(settings.style_crop, number))


def check_clip(clip: Size, styles: Sequence[Size], settings: Settings) -> None:
    """Raise `BadInput` unless frames of this size can be painted with these paintings.

    A mask is for one photo, and so are the faces in it; sketches of frames would flicker.
    """
    if settings.keep_faces:
        raise NotForClips("keep_faces", value="on")
    if settings.method == "sketch":
        raise NotForClips("method", value=settings.method)
    check(clip, styles, None, (), settings)


def _check_counts(styles: int, masks: int, settings: Settings) -> None:
    if not styles:
        raise PictureNotChosen(role="style")
    if styles > MOST_STYLES:
        raise TooManyStyles(styles, MOST_STYLES)
    if masks and masks != styles:
        raise StyleMasksCount(masks, styles, role=STYLE_MASKS[min(masks, styles, MOST_STYLES - 1)])
    weights, crops = settings.style_weights or (), settings.style_crop or ()
    if weights and len(weights) != styles:
        raise StyleWeightsCount("style_weights", len(weights), styles)
    if len(crops) > styles:
        raise CropsCount("style_crop", len(crops), styles)


def _check_shape(role: Role, mask: Size, photo: Size) -> None:
    (height, width), (photo_height, photo_width) = mask, photo
    scale = height / photo_height  # of a mask that isn't stretched; its sides are whole pixels
    allowed = SHAPE * width + 1 + photo_width / photo_height
    if abs(width - scale * photo_width) > allowed:
        raise MaskShape(width, height, photo_width, photo_height, role=role)


def _check_crop(role: Role, painting: Size, crop: style_crop.Crop) -> None:
    if crop == style_crop.WHOLE:
        return
    rows, columns = style_crop.pixels(crop, *painting)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if min(height, width) < LEAST_CROP:
        raise CropSmall(width, height, LEAST_CROP, role=role)
