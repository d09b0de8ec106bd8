"""Small pictures to look at: previews, gallery pictures, samples, those of reports."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from artstyle.pictures.pixels import Pixels
from artstyle.pictures.save import eight_bit

if TYPE_CHECKING:
    from torch import Tensor

QUALITY = 92
WEBP_QUALITY = 80


def thumbnail(picture: Tensor | Pixels, longest: int, quality: int = QUALITY) -> bytes:
    """A JPEG of at most ``longest`` px a side, of a tensor (1, C, H, W) or pixels (H, W, C).

    A picture with alpha is laid on white.
    """
    buffer = io.BytesIO()
    _small(picture, longest).save(buffer, "jpeg", quality=quality, subsampling="4:4:4")
    return buffer.getvalue()


def webp(picture: Tensor | Pixels, longest: int) -> bytes:
    """The same as a WebP, a third of its size."""
    buffer = io.BytesIO()
    _small(picture, longest).save(buffer, "webp", quality=WEBP_QUALITY)
    return buffer.getvalue()


def _small(picture: Tensor | Pixels, longest: int) -> Image.Image:
    image = Image.fromarray(eight_bit(picture, on_white=True))
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return image
