"""From an opened file to pixels: colour profile, alpha, 16 bits, orientation.

Work is done in strips of rows: beside the decoder's own copy there is only the result.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.ExifTags import Base
from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngImageFile

from artstyle.errors import PictureDamaged, PictureError, PictureMemory, PictureMode
from artstyle.pictures.limits import check_free
from artstyle.pictures.profiles import transform_to_srgb

Pixels = NDArray[np.unsignedinteger[Any]]  # (H, W, 3), 8 or 16 bits
Planes = NDArray[np.float32]  # (C, H, W) in [0, 1]
DEEP = 6  # bytes per pixel and channel that OpenCV takes for 16 bits
DEPTH = 65535  # all values are multiples of 1/65535, so that 16 bits hold them exactly
STRIP = 1 << 20  # pixels that are converted at a time

_MIN_IS_WHITE = 0  # TIFF's PhotometricInterpretation; Pillow heeds it at 8 bits only

Strip = Callable[[Image.Image], Pixels]  # converts some rows


def decode(image: ImageFile, stream: BinaryIO, title: str) -> Pixels:
    """Decode an opened picture to contiguous pixels (H, W, 3): sRGB on white, upright.

    They have 8 bits where these hold every value exactly, else 16.

    Warnings about a broken colour profile name the picture by its title. Raises `PictureError`
    when the data is damaged or cut off.
    """
    try:
        pixels = _shortened(_decode(image, stream, title))
        return np.ascontiguousarray(_upright(pixels, orientation(image)))
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureMemory from error
    except Exception as error:  # what Pillow raises on damaged bytes has no common base
        raise PictureDamaged from error


def planes_of(pixels: Pixels) -> Planes:
    """The same as float32: (H, W, 3) -> (3, H, W) in [0, 1], contiguous."""
    height, width, channels = pixels.shape
    planes = np.empty((channels, height, width), np.float32)
    for rows in strips(height, width):
        planes[:, rows] = _unit(pixels[rows], np.iinfo(pixels.dtype).max)
    return planes


def strips(height: int, width: int) -> Iterator[slice]:
    """Slices of rows that together are the whole picture."""
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def orientation(image: ImageFile) -> int:
    """The EXIF orientation still to apply, 1 to 8; decoders turn a TIFF by themselves."""
    if image.format == "TIFF":
        return 1
    try:
        value = image.getexif().get(Base.Orientation)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1
    except Exception:  # a photo with broken EXIF is still a photo
        return 1


def _shortened(pixels: Pixels) -> Pixels:
    """The same in 8 bits, if they hold every value exactly."""
    height, width = pixels.shape[:2]
    if pixels.dtype == np.uint8:
        return pixels
    if any((pixels[rows] % 257).any() for rows in strips(height, width)):
        return pixels
    eight = np.empty(pixels.shape, np.uint8)
    for rows in strips(height, width):
        eight[rows] = pixels[rows] // 257
    return eight


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    pixels = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    rows, columns = (-1 if orientation in each else 1 for each in ((3, 4, 7, 8), (2, 3, 6, 7)))
    return pixels[::rows, ::columns]


def _decode(image: ImageFile, stream: BinaryIO, title: str) -> Pixels:
    rawmode = _rawmode(image)  # loading empties the list of tiles
    image.load()  # also before OpenCV decodes, which forgives damage that Pillow doesn't
    transform = transform_to_srgb(image, title)
    if transform is not None:
        return _convert(image, transform, rawmode)
    if "16" in rawmode and rawmode.startswith(("RGB", "LA")):
        return _decode_deep(image, stream, rawmode)
    if image.mode.startswith("I;16"):
        return _by_strips(image, _deep_grey(image, rawmode))
    if image.mode == "F":
        return _by_strips(image, _float_grey)
    # CMYK has 8 bits at any depth
    return _by_strips(image, lambda strip: _on_white(strip.convert("RGB"), _alpha(strip)))


def _by_strips(image: Image.Image, convert: Strip) -> Pixels:
    """Convert a loaded picture strip by strip; all strips have the same depth."""
    pixels: Pixels | None = None
    for rows in strips(image.height, image.width):
        strip = convert(image.crop((0, rows.start, image.width, rows.stop)))
        if pixels is None:
            pixels = np.empty((image.height, image.width, 3), strip.dtype)
        pixels[rows] = strip
    assert pixels is not None
    return pixels


def _rawmode(image: ImageFile) -> str:
    args = image.tile[0].args if image.tile else ""
    return str(args[0] if isinstance(args, tuple) else args)


def _unit(pixels: NDArray[Any] | Image.Image, peak: int = 255) -> Planes:
    """Scale whole numbers to [0, 1]: (H, W) or (H, W, C) -> (C, H, W)."""
    array = np.asarray(pixels)
    interleaved = array.reshape(*array.shape[:2], -1)
    planes = np.empty((interleaved.shape[2], *array.shape[:2]), np.float32)
    np.divide(interleaved.transpose(2, 0, 1), np.float32(peak), out=planes)
    return planes


def _sixteen(planes: Planes) -> NDArray[np.uint16]:
    """Round to the values that 16 bits can hold: (C, H, W) -> (H, W, C)."""
    sixteen: NDArray[np.uint16] = np.rint(planes * np.float32(DEPTH)).astype(np.uint16)
    return sixteen.transpose(1, 2, 0)


def _on_white(colour: Image.Image | Planes, alpha: Planes | None) -> Pixels:
    """Lay colours over white; without alpha, the colours as they are."""
    if alpha is None and isinstance(colour, Image.Image):
        return np.asarray(colour)
    planes = _unit(colour) if isinstance(colour, Image.Image) else colour
    return _sixteen(planes if alpha is None else (planes - 1) * alpha + 1)


def _alpha(image: Image.Image) -> Planes | None:
    if not image.has_transparency_data:
        return None
    return _unit(image.convert("RGBA").getchannel("A"))


def _decode_deep(image: ImageFile, stream: BinaryIO, rawmode: str) -> Pixels:
    """Decode 16-bit colour by OpenCV, since Pillow keeps the upper 8 bits only."""
    import cv2

    stream.seek(0)
    data = stream.read()
    # OpenCV answers a lack of memory as it answers damage
    check_free(image.width * image.height * DEEP * (3 if rawmode.startswith("RGB;") else 4))
    if image.format == "PNG":  # OpenCV would reserve whatever a false chunk length claims
        PngImageFile(io.BytesIO(data)).verify()
    encoded = np.frombuffer(data, np.uint8)
    decoded = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)  # (H, W, C) as BGR or BGRA
    if decoded is None or decoded.dtype != np.uint16 or decoded.shape[1::-1] != image.size:
        raise ValueError("OpenCV and Pillow disagree about the picture")
    pixels = decoded.astype(np.uint16, copy=False)
    for rows in strips(image.height, image.width):
        pixels[rows, :, :3] = pixels[rows, :, 2::-1].copy()
    if pixels.shape[2] == 3 or rawmode.startswith("RGBX"):
        return pixels[..., :3]
    for rows in strips(image.height, image.width):
        pixels[rows, :, :3] = _flattened(pixels[rows], multiplied=rawmode.startswith("RGBa"))
    return pixels[..., :3]


def _flattened(rows: NDArray[np.uint16], *, multiplied: bool) -> Pixels:
    """Lay 16-bit RGBA over white; ``multiplied`` says that its colours hold the alpha already."""
    planes, alpha = _unit(rows[..., :3], DEPTH), _unit(rows[..., 3:], DEPTH)
    return _sixteen(np.minimum(planes + (1 - alpha), 1)) if multiplied else _on_white(planes, alpha)


def _deep_grey(image: ImageFile, rawmode: str) -> Strip:
    peak = 4095 if rawmode.startswith("I;12") else DEPTH
    inverted = _min_is_white(image)
    key = image.info.get("transparency")  # PNG's one grey value that is clear

    def convert(strip: Image.Image) -> Pixels:
        pixels = np.asarray(strip).astype(np.uint16)
        planes = _unit(pixels, peak)
        grey = _sixteen(1 - planes if inverted else planes)
        return grey if key is None else _on_white(_unit(grey, DEPTH), _unit(pixels != key, 1))

    return convert


def _float_grey(strip: Image.Image) -> Pixels:
    planes = np.asarray(strip, dtype=np.float32)[None]
    if not (planes.min() >= 0 and planes.max() <= 1):  # also for NaN
        raise PictureMode("floats outside 0 to 1")
    return _sixteen(planes)


def _min_is_white(image: ImageFile) -> bool:
    tags = getattr(image, "tag_v2", {})
    return bool(tags.get(Base.PhotometricInterpretation) == _MIN_IS_WHITE)


def _convert(image: ImageFile, transform: ImageCms.ImageCmsTransform, rawmode: str) -> Pixels:
    """Convert colours at 8 bits, the only depth that Pillow's ImageCms has, then flatten."""
    if image.mode.startswith("I;16"):
        grey = _deep_grey(image, rawmode)

        def convert_grey(strip: Image.Image) -> Pixels:
            unit = _unit(grey(strip), DEPTH)[0]
            eight = np.rint(unit * 255).astype(np.uint8)
            return np.asarray(transform.apply(Image.fromarray(eight)))

        return _by_strips(image, convert_grey)

    def convert(strip: Image.Image) -> Pixels:
        colour = strip
        if strip.mode != "CMYK":
            colour = strip.convert("RGB").convert(transform.input_mode)
        return _on_white(transform.apply(colour), _alpha(strip))

    return _by_strips(image, convert)
