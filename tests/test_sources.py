import io

import numpy as np
import pytest
from PIL import Image
from tests.jobs import picture
from tests.pictures import exif, pillow

from artstyle.errors import PictureError
from artstyle.jobs.sources import THUMB, VIEW, key, prepare, shortest
from artstyle.settings import Settings


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_pixels_come_back_exactly_and_three_sizes_are_made() -> None:
    prepared = prepare(picture(1, 900, 1800), "the photo", 2048)
    assert prepared.size == (900, 1800)
    kept, given = (np.asarray(opened(data)) for data in (prepared.png, picture(1, 900, 1800)))
    assert np.array_equal(kept, given)
    assert opened(prepared.view).size == (VIEW, VIEW // 2)
    assert opened(prepared.thumb).size == (THUMB, THUMB // 2)
    assert (opened(prepared.view).format, opened(prepared.png).format) == ("JPEG", "PNG")


def test_a_small_picture_is_not_enlarged() -> None:
    prepared = prepare(picture(1, 72, 96), "the photo", 2048)
    assert opened(prepared.png).size == opened(prepared.thumb).size == (96, 72)


def test_more_than_can_be_used_is_not_kept() -> None:
    prepared = prepare(picture(1, 300, 500), "the photo", 150)
    assert opened(prepared.png).size == (250, 150)
    assert prepared.size == (300, 500)


def test_a_picture_is_turned_upright_and_loses_its_metadata() -> None:
    turned = Image.new("RGB", (40, 30), (200, 0, 0))
    prepared = prepare(pillow(turned, "JPEG", exif=exif(6), comment=b"secret"), "the photo", 99)
    assert prepared.size == (40, 30)
    for data in (prepared.png, prepared.view, prepared.thumb):
        assert b"secret" not in data and not opened(data).getexif()
        assert opened(data).size == (30, 40)
        pixel = opened(data).getpixel((3, 3))
        assert isinstance(pixel, tuple) and pixel[0] > 190 and max(pixel[1:]) < 10


def test_damage_is_told_under_the_given_name() -> None:
    data = picture(1, 400, 400)
    with pytest.raises(PictureError, match="the painting is damaged"):
        prepare(data[: len(data) // 2], "the painting", 99)


@pytest.mark.parametrize(
    ("settings", "sides"),
    [
        (Settings(levels=1), (2048, 2048)),
        (Settings(levels=5), (4096, 4096)),
        (Settings(levels=1, style_scale=2.0), (2048, 4096)),
        (Settings(levels=1, style_scale=0.5), (2048, 2048)),
    ],
)
def test_as_much_is_kept_as_a_repetition_in_large_needs(
    settings: Settings, sides: tuple[int, int]
) -> None:
    assert shortest(settings) == sides


def test_a_key_is_the_same_only_for_the_same() -> None:
    one = key(b"a", b"b", Settings())
    assert one == key(b"a", b"b", Settings())
    others = [
        key(b"b", b"a", Settings()),
        key(b"ab", b"", Settings()),
        key(b"a", b"b", Settings(seed=1)),
    ]
    assert len({one, *others}) == 4
