"""The format of a picture and its claimed size, read from its bytes without decoding pixels.

So a decompression bomb is refused at once. What a file is called never matters.
"""

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import IO

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import jpeg_factory
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from artstyle.errors import (
    HeifMissing,
    PictureDamaged,
    PictureEmpty,
    PictureError,
    PictureMode,
    PictureTooLarge,
    PictureTooLong,
    PictureTooSmall,
    PictureUnknown,
    PictureUnsupported,
)
from artstyle.pictures import heif
from artstyle.pictures.color_spaces import ColorSpace
from artstyle.pictures.cut import complete_webp
from artstyle.pictures.limits import check_jpeg, check_memory
from artstyle.pictures.png import Png, clean

MAX_PIXELS = 250_000_000
MEGAPIXELS = MAX_PIXELS // 1_000_000
WHOLE_PIXELS = 100_000_000  # 1.2 GB as float32 RGB; larger ones are shrunk while they are read
MIN_SIDE = 16  # relu5_1 halves a side four times
MAX_RATIO = 20  # beyond that, level 0 (256 px on the shorter side) is a ribbon


def _heif(stream: IO[bytes]) -> ImageFile:
    try:
        from pillow_heif import HeifImageFile  # optional: requirements-heif.txt
    except ImportError as error:
        raise HeifMissing from error
    image: ImageFile = HeifImageFile(stream)  # type: ignore[no-untyped-call]
    return image


# Naming the classes that Image.open would choose from keeps Pillow's other decoders out of reach.
_READERS: dict[str, Callable[[IO[bytes]], ImageFile]] = {
    "JPEG": jpeg_factory,  # also for MPO, a phone's JPEG with more pictures behind the first
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
    "AVIF": AvifImageFile,
    "HEIC": _heif,
    "HEIF": _heif,
    "TIFF": TiffImageFile,
    "BMP": BmpImageFile,
    "GIF": GifImageFile,
}
_HEIF = ("AVIF", "HEIC", "HEIF")
FORMATS = tuple(name for name in _READERS if name != "HEIF")  # as they are told to people

_SIGNATURES = (  # (offset, bytes there, format); the first that fits names the format
    (0, b"\xff\xd8\xff\xf7", "JPEG-LS"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WebP"),
    (8, b"CR\x02", "CR2 (camera raw)"),  # before TIFF, whose header it shares
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),  # BigTIFF
    (0, b"MM\0+", "TIFF"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (4, b"ftypavi", "AVIF"),
    (4, b"ftyphe", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypmsf1", "HEIF"),
    (4, b"ftypcrx", "CR3 (camera raw)"),
    (4, b"ftyp", "MP4 or MOV (a video)"),
    (4, b"JXL \r\n", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"jP  \r\n", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"%PDF", "PDF"),
    (0, b"%!PS", "EPS"),
    (0, b"8BPS", "PSD (Photoshop)"),
    (0, b"gimp xcf", "XCF (GIMP)"),
    (0, b"\0\0\1\0", "ICO"),
    (0, b"FUJIFILMCCD-RAW", "RAF (camera raw)"),
    (0, b"IIRO", "ORF (camera raw)"),
    (0, b"IIRS", "ORF (camera raw)"),
    (0, b"IIU\0", "RW2 (camera raw)"),
)
_HEAD = 4096  # bytes; far enough for an SVG's comments

_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB"}
_MODES |= {"I;16", "I;16B", "I", "F"}
_SUBFILE, _DNG = 254, 50706  # TIFF tags


def format_of(head: bytes) -> str:
    """The name of the format that a file's first bytes belong to, or "" if it's unknown."""
    if head[4:8] == b"ftyp" and b"avif" in head[8:64]:
        return "AVIF"  # its first brand may be HEIF's
    for offset, signature, name in _SIGNATURES:
        if head.startswith(signature, offset):
            return name
    text = head.lower()
    if b"<svg" in text:
        return "SVG"
    return "HTML (a web page)" if b"<html" in text else ""


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Silence Pillow's warnings about odd EXIF and about sizes, and put our limit for its own.

    Filter and limit are process-wide while it lasts; the filter names Pillow's modules alone.
    """
    limit = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # some of its classes heed this: TIFF, WebP and GIF
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@dataclass(slots=True)
class Opened:
    """A picture whose pixels aren't decoded yet."""

    kind: str
    data: bytes  # the file, a PNG as decoders take it
    image: ImageFile
    rawmode: str  # Pillow's, which is gone once the picture is loaded
    png: Png | None = None
    space: ColorSpace | None = None  # how its colours differ from sRGB, unless a profile says so
    odd_rows: int | None = None  # how many an interlaced PNG has that is cut off

    @property
    def reduction(self) -> int:
        """How many pixels of a side are made one, so that no more than `WHOLE_PIXELS` are left.

        1 for a JPEG whose decoder has been told to do this.
        """
        area = self.image.width * self.image.height
        return next(n for n in count(1) if area <= WHOLE_PIXELS * n * n)


def open_picture(data: bytes) -> Opened:
    """Open a picture that can be decoded, without doing so. Raises `PictureError`."""
    opened = open_header(data)
    _check_size(*opened.image.size)
    check_memory(opened.kind, *opened.image.size, opened.reduction)
    return opened


def open_header(data: bytes) -> Opened:
    """Open a picture of any size, whose header alone is wanted. Raises `PictureError`."""
    if not data:
        raise PictureEmpty
    kind = format_of(data[:_HEAD])
    if kind and kind not in _READERS:
        raise PictureUnsupported(kind)
    if not kind:
        raise PictureUnknown(FORMATS)
    if kind == "JPEG":
        check_jpeg(data)
    return read(kind, data)


def read(kind: str, data: bytes) -> Opened:
    """Open a picture of this format, of whatever size. Raises `PictureError`."""
    try:
        png = clean(data) if kind == "PNG" else None
        data = png.data if png else data
        image = _READERS[kind](io.BytesIO(complete_webp(data) if kind == "WebP" else data))
        _check_mode(image)
    except (PictureError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(MEGAPIXELS) from error
    except Exception as error:  # what Pillow raises on damaged bytes has no common base
        if kind == "TIFF" and isinstance(error.__cause__, KeyError):  # its table lacks the mode
            raise PictureMode("channels of an unusual kind") from error
        raise PictureDamaged from error
    for name in ("xmp", "XML:com.adobe.xmp"):  # Pillow would turn the picture by it; browsers don't
        image.info.pop(name, None)
    if png and png.profile:
        image.info["icc_profile"] = png.profile
    return Opened(kind, data, image, _rawmode(image), png, _space(kind, data, image, png))


def _space(kind: str, data: bytes, image: ImageFile, png: Png | None) -> ColorSpace | None:
    if kind in _HEIF and not image.info.get("icc_profile"):
        return heif.color_space(data)
    return png.space if png else None


def _rawmode(image: ImageFile) -> str:
    args = image.tile[0].args if image.tile else ""
    return str(args[0] if isinstance(args, tuple) else args)


def _check_size(width: int, height: int) -> None:
    short, long = sorted((width, height))
    if short * long > MAX_PIXELS:
        raise PictureTooLarge(MEGAPIXELS)
    if short < MIN_SIDE:
        raise PictureTooSmall(width, height, MIN_SIDE)
    if long > MAX_RATIO * short:
        raise PictureTooLong(width, height, MAX_RATIO)


def _check_mode(image: ImageFile) -> None:
    """Refuse what Pillow opens but would show wrongly."""
    if image.mode not in _MODES:
        raise PictureMode(image.mode)
    if not isinstance(image, TiffImageFile):
        return
    tags = image.tag_v2
    if _DNG in tags or _number(tags, _SUBFILE) & 1:  # a raw file's first page is a thumbnail
        raise PictureUnsupported("DNG or another camera raw")
    if image.info.get("compression") == "webp":  # libtiff calls it damaged
        raise PictureUnsupported("TIFF with WebP inside")


def _number(tags: ImageFileDirectory_v2, tag: int) -> int:
    value = tags.get(tag, 0)
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, int) else 0
