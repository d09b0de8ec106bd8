"""Colour profiles (ICC): the transform from a file's colours to sRGB."""

import io
import logging
from functools import cache

import numpy as np
from PIL import Image, ImageCms

logger = logging.getLogger(__name__)

_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # ICC's name: Pillow's mode


def transform_to_srgb(image: Image.Image, title: str) -> ImageCms.ImageCmsTransform | None:
    """The transform that the profile asks for, if any; a broken one is logged and ignored."""
    data = image.info.get("icc_profile")
    if not data or image.mode in ("F", "LAB"):
        return None
    try:
        transform = _build_transform(data, image)
    except Exception as error:  # ImageCms raises OSError, ValueError and more besides its own
        logger.warning(
            "%s: its colour profile can't be used, so sRGB is assumed (%s)", title, error
        )
        return None
    return None if _is_identity(transform) else transform


@cache
def lab_to_srgb() -> ImageCms.ImageCmsTransform:
    """The transform from CIELAB at 8 bits, as TIFF has it."""
    lab, srgb = (ImageCms.ImageCmsProfile(ImageCms.createProfile(n)) for n in ("LAB", "sRGB"))
    return ImageCms.ImageCmsTransform(lab, srgb, "LAB", "RGB")


def _build_transform(data: bytes, image: Image.Image) -> ImageCms.ImageCmsTransform:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
    mode = _SPACES[profile.profile.xcolor_space.strip()]
    grey = image.mode in ("1", "L", "LA", "I;16", "I;16B", "I")
    if (mode == "CMYK") != (image.mode == "CMYK") or (mode == "L" and not grey):
        raise ValueError(f"made for {mode}, the picture is {image.mode}")
    return ImageCms.ImageCmsTransform(
        profile,
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,  # the customary pair for photos
    )


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    """Recognise sRGB, whatever the profile's name, by what it does to a lattice of colours."""
    if transform.input_mode == "CMYK":
        return False
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    swatches = Image.fromarray(lattice).convert(transform.input_mode)
    seen = np.asarray(transform.apply(swatches)).astype(int)
    return bool(np.abs(seen - np.asarray(swatches.convert("RGB"))).max() <= 1)  # rounding
