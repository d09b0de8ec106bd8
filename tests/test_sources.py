"""Whether the pictures of a run go together, by their sizes alone."""

from typing import Any

import pytest

from artstyle import style_crop, style_weights
from artstyle.errors import (
    BadInput,
    CropsCount,
    CropSmall,
    MaskShape,
    NotForClips,
    PictureNotChosen,
    StyleMasksCount,
    StyleWeightsCount,
    TooManyStyles,
)
from artstyle.settings import Settings
from artstyle.sources import check, check_clip

PHOTO = (600, 800)
QUARTER = (0.5, 0.5, 0.5, 0.5)


def test_what_goes_together_passes() -> None:
    check(PHOTO, 1, None, [], Settings())
    check(PHOTO, 2, (600, 800), [(300, 400), (75, 100)], Settings(style_weights=(2, 1)))
    check(PHOTO, [(200, 90), (64, 64)], None, [], Settings(style_crop=(QUARTER,)))


@pytest.mark.parametrize("mask", [(600, 806), (601, 800), (45, 60), (38, 50), (37, 50), (3, 4)])
def test_a_mask_may_differ_by_a_hundredth_and_by_rounding(mask: tuple[int, int]) -> None:
    check(PHOTO, 1, mask, [], Settings())


@pytest.mark.parametrize("mask", [(800, 600), (600, 820), (600, 600), (100, 200)])
def test_a_mask_of_another_shape_is_refused(mask: tuple[int, int]) -> None:
    with pytest.raises(MaskShape) as caught:
        check(PHOTO, 1, mask, [], Settings())
    assert caught.value.role == "mask"
    told = f"the mask is {mask[1]} × {mask[0]} pixels, another shape than the photo's 800 × 600"
    assert told in str(caught.value)


def test_the_mask_of_the_wrong_shape_is_named() -> None:
    with pytest.raises(MaskShape, match="the second painting's mask"):
        check(PHOTO, 2, None, [PHOTO, (600, 600)], Settings())


@pytest.mark.parametrize(
    ("styles", "masks", "said", "error", "told"),
    [
        (0, 0, {}, PictureNotChosen, "choose the painting"),
        (5, 0, {}, TooManyStyles, "there are 5 paintings, but 4 is the most"),
        (2, 1, {}, StyleMasksCount, "style masks given: 1, paintings: 2"),
        (1, 2, {}, StyleMasksCount, "style masks given: 2, paintings: 1"),
        (4, 5, {}, StyleMasksCount, "style masks given: 5, paintings: 4"),
        (2, 0, {"style_weights": (1,)}, StyleWeightsCount, "style weights given: 1"),
        (1, 0, {"style_weights": (1, 2)}, StyleWeightsCount, "given: 2, paintings: 1"),
        (1, 0, {"style_crop": (QUARTER, QUARTER)}, CropsCount, "parts in style crop: 2"),
    ],
)
def test_what_does_not_count_up_is_refused(
    styles: int, masks: int, said: dict[str, Any], error: type[BadInput], told: str
) -> None:
    with pytest.raises(error) as caught:
        check(PHOTO, styles, None, [PHOTO] * masks, Settings(**said))
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_a_part_of_a_painting_with_too_few_pixels_is_refused() -> None:
    said = Settings(style_crop=((0, 0, 1, 1), (0.5, 0, 0.1, 1)))
    check(PHOTO, 2, None, [], said)  # their sizes aren't known yet
    with pytest.raises(CropSmall, match=r"of the second painting is 10 × 90 pixels; .* least 16"):
        check(PHOTO, [(10, 10), (90, 100)], None, [], said)


def test_a_crop_is_a_part_in_whole_pixels() -> None:
    assert style_crop.pixels((0.25, 0.5, 0.5, 0.5), 99, 100) == (slice(50, 99), slice(25, 75))
    assert style_crop.pixels(style_crop.WHOLE, 7, 9) == (slice(0, 7), slice(0, 9))
    assert style_crop.crop_of((QUARTER,), 0) == QUARTER
    assert style_crop.crop_of((QUARTER,), 1) == style_crop.crop_of(None, 0) == style_crop.WHOLE


def test_shares_sum_to_one() -> None:
    assert style_weights.shares((2, 1, 1), 3) == (0.5, 0.25, 0.25)
    assert style_weights.shares(None, 4) == (0.25,) * 4
    assert style_weights.shares((7.3,), 1) == (1,)


def test_paintings_of_a_clip_are_checked_as_those_of_a_photo() -> None:
    check_clip(PHOTO, [(64, 64), (90, 64)], Settings(style_weights=(2, 1)))
    with pytest.raises(StyleWeightsCount):
        check_clip(PHOTO, [(64, 64)], Settings(style_weights=(2, 1)))


@pytest.mark.parametrize(
    ("said", "told"),
    [({"keep_faces": True}, "keep faces on is for"), ({"method": "sketch"}, "method sketch is")],
)
def test_a_clip_takes_no_settings_of_photos(said: dict[str, Any], told: str) -> None:
    with pytest.raises(NotForClips, match=told):
        check_clip(PHOTO, [(64, 64)], Settings(**said))
