"""Pictures with more pixels than Pillow takes by itself, or than are kept."""

import numpy as np
import pytest
from PIL import Image
from tests import mutants
from tests.hostile import flat_webp
from tests.pictures import pillow

from artstyle.pictures import formats
from artstyle.pictures.read import Header, check, decode


@pytest.mark.parametrize("name", mutants.seeds())
def test_pillows_own_limit_neither_counts_nor_changes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert min(decode(mutants.seeds()[name]).shape[:2]) >= 64
    assert Image.MAX_IMAGE_PIXELS == 1000


def test_a_webp_of_240_megapixels_is_one() -> None:
    assert check(flat_webp(16_383, 14_650)) == Header("WEBP", 16_383, 14_650)


@pytest.mark.parametrize(("width", "height"), [(96, 64), (97, 65), (95, 66), (100, 33)])
@pytest.mark.parametrize("progressive", [False, True])
def test_the_decoder_itself_shrinks_a_jpeg_of_any_size(
    width: int, height: int, progressive: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "WHOLE_PIXELS", width * height // 3)
    picture = Image.new("RGB", (width, height), (200, 100, 50))
    pixels = decode(pillow(picture, "JPEG", quality=95, progressive=progressive))
    assert pixels.shape[:2] == (-(-height // 2), -(-width // 2))
    assert pixels.dtype == np.uint8  # averages have 16 bits
    assert np.abs(pixels.astype(int) - (200, 100, 50)).max() <= 2
