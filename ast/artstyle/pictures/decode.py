"""From an opened file to float planes: colour profile, alpha, 16 bits, orientation."""

import io
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.ExifTags import Base
from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngImageFile

from artstyle.errors import PictureDamaged, PictureMemory, PictureMode
from artstyle.pictures.profiles import transform_to_srgb

Planes = NDArray[np.float32]  # (C, H, W) in [0, 1]
DEPTH = 65535  # all values are multiples of 1/65535, so that 16 bits hold them exactly

_MIN_IS_WHITE = 0  # TIFF's PhotometricInterpretation; Pillow heeds it at 8 bits only


def decode(image: ImageFile, stream: BinaryIO, title: str) -> Planes:
    """Decode an opened picture to contiguous planes (3, H, W), sRGB on white, upright.

    Warnings about a broken colour profile name the picture by its title. Raises `PictureError`
    when the data is damaged or cut off.
    """
    try:
        planes = _upright(_decode(image, stream, title), orientation(image))
    except MemoryError as error:
        raise PictureMemory from error
    except Exception as error:  # what Pillow raises on damaged bytes has no common base
        raise PictureDamaged from error
    if image.mode == "F":
        if not (planes.min() >= 0 and planes.max() <= 1):  # also for NaN
            raise PictureMode("floats outside 0 to 1")
        planes = _rounded(planes.copy())
    return np.ascontiguousarray(planes if len(planes) == 3 else planes.repeat(3, axis=0))


def orientation(image: ImageFile) -> int:
    """The EXIF orientation still to apply, 1 to 8; decoders turn a TIFF by themselves."""
    if image.format == "TIFF":
        return 1
    try:
        value = image.getexif().get(Base.Orientation)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1
    except Exception:  # a photo with broken EXIF is still a photo
        return 1


def _upright(planes: Planes, orientation: int) -> Planes:
    planes = planes.swapaxes(1, 2) if orientation >= 5 else planes
    rows, columns = (-1 if orientation in each else 1 for each in ((3, 4, 7, 8), (2, 3, 6, 7)))
    return planes[:, ::rows, ::columns]


def _decode(image: ImageFile, stream: BinaryIO, title: str) -> Planes:
    rawmode = _rawmode(image)  # loading empties the list of tiles
    image.load()  # also before OpenCV decodes, which forgives damage that Pillow doesn't
    transform = transform_to_srgb(image, title)
    if transform is not None:
        return _convert(image, transform, rawmode)
    if "16" in rawmode and rawmode.startswith(("RGB", "LA")):
        return _decode_deep(image, stream, rawmode)
    if image.mode.startswith("I;16"):
        return _decode_deep_grey(image, rawmode)
    if image.mode == "F":
        return np.asarray(image, dtype=np.float32)[None]
    return _on_white(_unit(image.convert("RGB")), _alpha(image))  # CMYK has 8 bits at any depth


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


def _on_white(planes: Planes, alpha: Planes | None) -> Planes:
    if alpha is None:
        return planes
    planes -= 1  # in place, for pictures may be large: alpha · (c - 1) + 1
    planes *= alpha
    planes += 1
    return _rounded(planes)


def _rounded(planes: Planes) -> Planes:
    """Round in place to the values that 16 bits can hold."""
    planes *= DEPTH
    np.rint(planes, out=planes)
    planes /= DEPTH
    return planes


def _alpha(image: Image.Image) -> Planes | None:
    if not image.has_transparency_data:
        return None
    return _unit(image.convert("RGBA").getchannel("A"))


def _decode_deep(image: ImageFile, stream: BinaryIO, rawmode: str) -> Planes:
    """Decode 16-bit colour by OpenCV, since Pillow keeps the upper 8 bits only."""
    import cv2

    stream.seek(0)
    data = stream.read()
    if image.format == "PNG":  # OpenCV would reserve whatever a false chunk length claims
        PngImageFile(io.BytesIO(data)).verify()
    encoded = np.frombuffer(data, np.uint8)
    pixels = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)  # (H, W, C) as BGR or BGRA
    if pixels is None or pixels.dtype != np.uint16 or pixels.shape[1::-1] != image.size:
        raise ValueError("OpenCV and Pillow disagree about the picture")
    planes = _unit(pixels[..., 2::-1], DEPTH)
    if pixels.shape[2] == 3 or rawmode.startswith("RGBX"):
        return planes
    alpha = _unit(pixels[..., 3:], DEPTH)
    if rawmode.startswith("RGBa"):  # already multiplied by its alpha
        np.minimum(planes + (1 - alpha), 1, out=planes)
        return _rounded(planes)
    return _on_white(planes, alpha)


def _decode_deep_grey(image: ImageFile, rawmode: str) -> Planes:
    pixels = np.asarray(image).astype(np.uint16)
    planes = _unit(pixels, 4095 if rawmode.startswith("I;12") else DEPTH)
    if _min_is_white(image):
        np.subtract(1, planes, out=planes)
    planes = _rounded(planes)
    key = image.info.get("transparency")  # PNG's one grey value that is clear
    return planes if key is None else _on_white(planes, _unit(pixels != key, 1))


def _min_is_white(image: ImageFile) -> bool:
    tags = getattr(image, "tag_v2", {})
    return bool(tags.get(Base.PhotometricInterpretation) == _MIN_IS_WHITE)


def _convert(image: ImageFile, transform: ImageCms.ImageCmsTransform, rawmode: str) -> Planes:
    """Convert colours at 8 bits, the only depth that Pillow's ImageCms has, then flatten."""
    if image.mode.startswith("I;16"):
        eight = np.rint(_decode_deep_grey(image, rawmode)[0] * 255).astype(np.uint8)
        return _unit(transform.apply(Image.fromarray(eight)))
    colour = image if image.mode == "CMYK" else image.convert("RGB").convert(transform.input_mode)
    return _on_white(_unit(transform.apply(colour)), _alpha(image))
