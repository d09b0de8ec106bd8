"""Which format bytes are in and which size they claim, told from the header alone.

Nothing here decodes pixels, so a bomb is refused as quickly as a typing error.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import jpeg_factory
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from artstyle.errors import PictureError

MAX_PIXELS = 100_000_000  # 1.2 GB as float32 RGB
MIN_SIDE = 16  # relu5_1 halves a side four times
MAX_RATIO = 20  # beyond that, level 0 (256 px on the shorter side) is a ribbon

# Image.open warns or raises by limits of its own, which are global; the classes it would
# choose from don't, and naming them keeps Pillow's other decoders out of reach.
_READERS: dict[str, Callable[[IO[bytes]], ImageFile]] = {
    "JPEG": jpeg_factory,  # also for MPO, a phone's JPEG with more pictures behind the first
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
    "TIFF": TiffImageFile,
    "BMP": BmpImageFile,
    "GIF": GifImageFile,
}

_SIGNATURES = (  # (offset, bytes there, format); the first that fits names the format
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

_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I;16B", "F"}
_SUBFILE, _BITS, _PLANAR, _DNG = 254, 258, 284, 50706  # TIFF tags


def format_of(head: bytes) -> str:
    """Name the format that a file's first bytes belong to; "" for none that is known."""
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
    """Keep Pillow's warnings back: its size limit isn't ours, its EXIF grumbles help nobody.

    The filter is process-wide while it lasts; it names Pillow's modules and nothing else.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def open_picture(stream: BinaryIO, name: str) -> ImageFile:
    """Open a picture without decoding it.

    Raises PictureError for what is empty, in another format, too large or too small.
    """
    head = stream.read(_HEAD)
    if not head:
        raise PictureError(f"{name} is empty (0 bytes); choose another file")
    kind = format_of(head)
    if kind not in _READERS:
        raise PictureError(_unknown(kind, name))
    stream.seek(0)
    image = _open(kind, stream, name)
    _check_size(image.size, name)
    return image


def _unknown(kind: str, name: str) -> str:
    if kind:
        return (
            f"{name} is in the format {kind}, which isn't supported; save it as JPEG or PNG first"
        )
    valid = ", ".join(_READERS)
    return f"{name} isn't a picture in a format that's supported ({valid}); save it as JPEG or PNG"


def _open(kind: str, stream: BinaryIO, name: str) -> ImageFile:
    try:
        image = _READERS[kind](stream)
        _check_kind(image, name)
        return image
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name} has {_too_many()}") from error
    except Exception as error:  # what Pillow raises on damaged bytes has no common base
        message = f"{name} is damaged, or a rare kind of {kind}; export it again as JPEG or PNG"
        raise PictureError(message) from error


def _check_size(size: tuple[int, int], name: str) -> None:
    short, long = sorted(size)
    told = f"{name} is {size[0]} x {size[1]} pixels"
    if short * long > MAX_PIXELS:
        raise PictureError(f"{told}, {_too_many()}")
    if short < MIN_SIDE:
        raise PictureError(
            f"{told}; the shorter side must be {MIN_SIDE} or more: take a larger one"
        )
    if long > MAX_RATIO * short:
        raise PictureError(
            f"{told}; the longer side may be at most {MAX_RATIO} times the shorter: crop it first"
        )


def _too_many() -> str:
    return f"more than the limit of {MAX_PIXELS // 1_000_000} megapixels; make it smaller first"


def _check_kind(image: ImageFile, name: str) -> None:
    """Refuse what Pillow opens but would show wrongly."""
    if image.mode not in _MODES:
        raise PictureError(
            f"{name} stores its pixels as {image.mode}, which isn't supported; "
            "save it as RGB or grey, with 8 or 16 bits"
        )
    if not isinstance(image, TiffImageFile):
        return
    tags = image.tag_v2
    if _DNG in tags or _number(tags, _SUBFILE) & 1:  # a raw file's first page is a thumbnail
        raise PictureError(_unknown("DNG or another camera raw", name))
    if _number(tags, _PLANAR) == 2 and _number(tags, _BITS) > 8:
        raise PictureError(
            f"{name} keeps its 16-bit colours in separate planes, which isn't supported; "
            "save it with interleaved colours"
        )


def _number(tags: ImageFileDirectory_v2, tag: int) -> int:
    value = tags.get(tag, 0)
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, int) else 0
