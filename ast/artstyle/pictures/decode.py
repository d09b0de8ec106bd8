"""From an opened file to pixels: colours, alpha, 16 bits, orientation.

Work is done in strips of rows: beside the decoder's own copy there is only the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.ExifTags import Base
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from artstyle.errors import PictureDamaged, PictureError, PictureHalf, PictureMemory
from artstyle.pictures import cut, deep, planar
from artstyle.pictures.formats import Opened, read
from artstyle.pictures.pixels import Pixels, averaged, joined, shortened, sixteen, strips, upright
from artstyle.pictures.png import complete
from artstyle.pictures.profiles import lab_to_srgb, transform_to_srgb

HALF = 0.5  # the largest share of rows that may be missing

Rows = Callable[[slice], Pixels]  # converts some rows


@dataclass(frozen=True, slots=True)
class Decoded:
    pixels: Pixels  # upright, contiguous; 8 bits where these hold every value exactly, else 16
    missing: float | None = None  # the share of rows that a file which is cut off lacks


def decode(opened: Opened, title: str) -> Decoded:
    """Decode a picture to sRGB.

    Warnings about a broken colour profile name the picture by its title. Raises `PictureError`
    when the data is damaged, or less than half of it is there.
    """
    turn = orientation(opened.image)
    try:
        missing = _load(opened)
        _check_half(missing)
        pixels = shortened(_pixels(opened, title))
        return Decoded(np.ascontiguousarray(upright(pixels, turn)), missing)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureMemory from error
    except Exception as error:  # what Pillow raises on damaged bytes has no common base
        raise PictureDamaged from error


def orientation(image: ImageFile) -> int:
    """The EXIF orientation still to apply, 1 to 8; decoders turn a TIFF by themselves."""
    if image.format == "TIFF":
        return 1
    try:
        exif = Image.Exif()  # image.getexif() would look into other metadata too
        exif.load(image.info.get("exif", b""))
        value = exif.get(Base.Orientation)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1
    except Exception:  # a photo with broken EXIF is still a photo
        return 1


def _check_half(missing: float | None) -> None:
    if missing is not None and missing > HALF:
        raise PictureHalf(percent=math.floor(100 * (1 - missing) + 1e-6))


# ---- decoding -------------------------------------------------------------------------


def _load(opened: Opened) -> float | None:
    """Let Pillow decode; the share of rows that is missing if the file is cut off."""
    if opened.kind == "WebP" and cut.webp_lacks(opened.data):
        opened.image, share = cut.load_webp(opened.data, _webp)
        return share
    if opened.png and opened.png.cut:
        return _complete(opened)
    image = opened.image
    if isinstance(image, TiffImageFile) and planar.is_planar(image):
        return None  # its channels are decoded one by one
    _shrink_jpeg(opened)
    try:
        image.load()  # also before OpenCV decodes, which forgives damage that Pillow doesn't
        return None
    except MemoryError:
        raise
    except Exception:
        if opened.kind == "JPEG" and (completed := cut.complete_jpeg(opened.data)):
            opened.image = read("JPEG", completed).image
            _shrink_jpeg(opened)
            opened.image.load()
            return cut.empty_rows(opened.image, cut.GREYS)
        if (missing := cut.keep_decoded(image, len(opened.data))) is None:
            raise
        return missing


def _complete(opened: Opened) -> float:
    """Complete a PNG that is cut off, and decode it."""
    completed = complete(opened.data)
    _check_half(completed.missing)
    again, info = read("PNG", completed.data), opened.image.info
    opened.data, opened.image, opened.odd_rows = again.data, again.image, completed.odd_rows
    opened.image.info.update(info)
    opened.image.load()
    return completed.missing


def _webp(data: bytes) -> ImageFile:
    return read("WebP", data).image


def _shrink_jpeg(opened: Opened) -> None:
    """Let a very large JPEG be decoded at a half or less; that's a part of its transform."""
    if opened.kind == "JPEG" and opened.reduction > 1:
        width, height = (side // opened.reduction for side in opened.image.size)
        opened.image.draft(opened.image.mode, (width, height))


# ---- colours --------------------------------------------------------------------------


def _pixels(opened: Opened, title: str) -> Pixels:
    """All rows, (H, W, 3) or (H, W, 4), as the file has them side by side."""
    image, space, factor = opened.image, opened.space, opened.reduction
    convert = _rows(opened, transform_to_srgb(image, title))
    height, pixels = -(-image.height // factor), None
    for rows in strips(image.height, image.width, 2 * factor):
        part = convert(rows)
        if opened.odd_rows is not None:
            part = _repeated(part, 2 * opened.odd_rows - rows.start)
        if space is not None:
            part = joined(space.to_srgb(part[..., :3]), part[..., 3:])
        if factor > 1:
            part = sixteen(averaged(part, factor))
        if pixels is None:
            pixels = np.empty((height, *part.shape[1:]), part.dtype)
        pixels[rows.start // factor : rows.start // factor + len(part)] = part
    assert pixels is not None
    return pixels


def _repeated(pixels: Pixels, there: int) -> Pixels:
    """Repeat even rows below them, from a number on: an interlaced PNG's last pass is cut off."""
    pixels, first = pixels.copy(), max(0, there) + 1
    pixels[first::2] = pixels[first - 1 : -1 : 2]
    return pixels


def _rows(opened: Opened, transform: ImageCms.ImageCmsTransform | None) -> Rows:
    image, rawmode = opened.image, opened.rawmode
    if isinstance(image, TiffImageFile) and planar.is_planar(image):
        return _array_rows(deep.stacked_planes(image, opened.data), transform)
    if "16" in rawmode and rawmode.startswith(("RGB", "LA")):
        return _array_rows(deep.decode_color(opened), transform)
    if image.mode.startswith("I;16"):
        return _grey_rows(image, deep.grey_of_16_bits(image, rawmode), transform)
    if image.mode == "I":
        return _grey_rows(image, deep.grey_of_32_bits(image), transform)
    if image.mode == "F":
        return _grey_rows(image, deep.grey_of_floats, None)
    if image.mode == "LAB":
        transform = lab_to_srgb()
    return lambda rows: _eight_bit(_strip(image, rows), transform)


def _strip(image: Image.Image, rows: slice) -> Image.Image:
    return image.crop((0, rows.start, image.width, rows.stop))


def _eight_bit(strip: Image.Image, transform: ImageCms.ImageCmsTransform | None) -> Pixels:
    """A strip of a mode with 8 bits a channel, CMYK included, as RGB or RGBA."""
    clear = strip.has_transparency_data
    rgb = strip.convert("RGBA" if clear else "RGB") if strip.mode not in ("CMYK", "LAB") else strip
    if transform is None:
        return np.asarray(rgb.convert("RGB") if rgb.mode == "CMYK" else rgb)
    whole = rgb if strip.mode in ("CMYK", "LAB") else rgb.convert("RGB")
    colours = np.asarray(transform.apply(whole.convert(transform.input_mode)))
    return joined(colours, np.asarray(rgb)[..., 3:]) if clear else colours


def _array_rows(pixels: Pixels, transform: ImageCms.ImageCmsTransform | None) -> Rows:
    """Rows of decoded 16 bits; a profile is applied at 8, the only depth that ImageCms has."""

    def convert(rows: slice) -> Pixels:
        part = pixels[rows]
        if transform is None:
            return part
        eight = Image.fromarray(_rounded(part[..., :3])).convert(transform.input_mode)
        return joined(np.asarray(transform.apply(eight)), part[..., 3:])

    return convert


def _grey_rows(
    image: Image.Image,
    grey: Callable[[Image.Image], Pixels],
    transform: ImageCms.ImageCmsTransform | None,
) -> Rows:
    """Rows of one channel, with the colours of a profile for grey at 8 bits."""

    def convert(rows: slice) -> Pixels:
        part = grey(_strip(image, rows))
        if transform is None:
            return part
        eight = Image.fromarray(_rounded(part[..., 0]))
        return joined(np.asarray(transform.apply(eight)), part[..., 3:])

    return convert


def _rounded(pixels: Pixels) -> NDArray[np.uint8]:
    eight: NDArray[np.uint8] = np.rint(pixels / 257).astype(np.uint8)
    return eight
