"""Transparency: backgrounds, and alpha that comes back in the result."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.commandline import SMALL_ONE, run
from tests.pictures import pillow

from artstyle import Settings, stylize
from artstyle.cli.output import painted
from artstyle.pictures import alpha
from artstyle.pictures.read import load
from artstyle.pictures.save import encode
from artstyle.pictures.thumbnails import thumbnail

TINY: dict[str, Any] = {"levels": 1, "base_size": 64, "iterations": 2, "network": "vgg16"}


def rgba(rgb: tuple[float, ...], opacity: float) -> torch.Tensor:
    return torch.tensor([*rgb, opacity]).view(1, 4, 1, 1).expand(1, 4, 2, 3).clone()


@pytest.mark.parametrize(
    ("background", "expected"),
    [
        ("white", [0.85, 0.8, 0.9]),
        ("black", [0.05, 0.0, 0.1]),
        ("#ff8000", [0.85, 0.8 * 128 / 255, 0.1]),
    ],
)
def test_colours_are_laid_over_a_background(background: str, expected: list[float]) -> None:
    laid = alpha.over(rgba((0.25, 0, 0.5), 0.2), background)
    assert laid.shape == (1, 3, 2, 3)
    torch.testing.assert_close(laid[0, :, 0, 0], torch.tensor(expected))


def test_arrays_of_numpy_give_the_same() -> None:
    picture = rgba((0.25, 0, 0.5), 0.2)
    laid = alpha.over(picture[0].numpy(), "#123456")
    np.testing.assert_allclose(laid, alpha.over(picture, "#123456")[0].numpy())


def test_keeping_lays_colours_over_their_own_mean() -> None:
    picture = rgba((0.25, 0, 0.5), 1.0)
    picture[..., 0] = rgba((1, 1, 1), 0.0)[..., 0]  # what can't be seen doesn't count
    laid = alpha.over(picture, "keep")
    torch.testing.assert_close(laid, rgba((0.25, 0, 0.5), 1)[:, :3])
    nothing = alpha.over(rgba((0.25, 0, 0.5), 0), "keep")
    torch.testing.assert_close(nothing, torch.ones(1, 3, 2, 3))


def test_a_picture_without_alpha_stays_the_same_one() -> None:
    picture = torch.rand(1, 3, 4, 5)
    for background in ("keep", "black"):
        torch.testing.assert_close(alpha.over(picture, background), picture)


def sprite() -> bytes:
    """A disc on nothing, with a soft edge."""
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    opacity = ((0.8 - np.hypot(x, y)) * 8).clip(0, 1)
    pixels = np.stack([(x + 1) / 2, (y + 1) / 2, 0 * x + 0.5, opacity], axis=2)
    return pillow((255 * pixels).astype(np.uint8), "PNG")


def painting() -> bytes:
    return pillow(np.random.default_rng(1).integers(0, 255, (80, 90, 3), np.uint8), "PNG")


def test_the_result_gets_the_alpha_back_and_previews_too() -> None:
    photo = load(sprite())
    result = stylize(photo, load(painting()), Settings(**TINY))
    assert result.picture.shape == (1, 4, 64, 64)
    opacity = result.picture[0, 3]
    assert opacity[0, 0] == 0
    assert opacity[32, 32] == 1
    png, webp = (Image.open(io.BytesIO(encode(result.picture, f))) for f in ("png", "webp"))
    assert png.mode == webp.mode == "RGBA"
    jpeg = np.asarray(Image.open(io.BytesIO(encode(result.picture, "jpeg"))))
    assert jpeg.shape == (64, 64, 3)
    assert jpeg[0, 0].min() > 250  # white, as in what people look at
    view = np.asarray(Image.open(io.BytesIO(thumbnail(result.picture, 64))))
    assert view[0, 0].min() > 250


def test_with_a_background_it_is_painted_and_has_no_alpha() -> None:
    settings = Settings(**TINY, background="#204060")
    result = stylize(load(sprite()), load(painting()), settings)
    assert result.picture.shape == (1, 3, 64, 64)


def test_colours_below_the_clear_parts_dont_matter() -> None:
    pixels = np.asarray(Image.open(io.BytesIO(sprite()))).copy()
    other = pixels.copy()
    other[pixels[..., 3] == 0] = (255, 0, 0, 0)
    one, two = (
        stylize(load(pillow(each, "PNG")), load(painting()), Settings(**TINY)).picture
        for each in (pixels, other)
    )
    shown = pixels[..., 3].min() == 0
    assert shown
    torch.testing.assert_close(one, two)


@pytest.mark.usefixtures("small_preset")
@pytest.mark.parametrize(
    ("name", "options", "mode", "corner"),
    [
        ("out.png", [], "RGBA", 0),
        ("out.webp", [], "RGBA", 0),
        ("out.jpg", [], "RGB", None),
        ("out.png", ["--background", "white"], "RGB", None),
    ],
)
def test_the_command_line_keeps_what_the_format_can(
    name: str, options: list[str], mode: str, corner: int | None, tmp_path: Path
) -> None:
    photo, style, out = tmp_path / "photo.png", tmp_path / "painting.png", tmp_path / name
    photo.write_bytes(sprite())
    style.write_bytes(painting())
    assert run(photo, style, "-o", out, *SMALL_ONE, *options) == 0
    image = Image.open(out)
    assert image.mode == mode
    if corner is not None:
        assert image.getpixel((0, 0))[3] == corner  # type: ignore[index]


def test_what_a_jpeg_would_show_is_painted_white() -> None:
    assert painted(Settings(), Path("a.JPG")).background == "white"
    assert painted(Settings(), Path("a.png")).background == "keep"
    assert painted(Settings(background="#123456"), Path("a.jpg")).background == "#123456"
