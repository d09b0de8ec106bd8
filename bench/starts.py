"""Sheets of the steps to the structured noise, each with noise, map, start and result."""

from collections.abc import Mapping

from measuring import joint_iterations
from PIL import Image
from studio import Studio, sheet
from torch import Tensor

from artstyle.noise_levels import NoiseLevel
from artstyle.settings import Settings
from artstyle.style import noise, pyramid
from artstyle.style.noise import PRESETS

PHOTO, PAINTING = "rocket", "impasto"  # half of the photo is flat sky
WIDTH = 320
ENVELOPES_WHITE = 0.4  # the largest amplitude, drawn white

NOISES: Mapping[str, str] = {
    "normal": "white noise: every pixel by itself",
    "spots128": "noise in 128 spots",
    "spots16": "noise in 16 spots",
    "permuted": "the painting's pixels, permuted",
    "gradient": "the same noise",
    "structured": "the same, each size in its envelope",
}
STEPS = ("none", *NOISES)


def step(studio: Studio, name: str) -> Image.Image:
    """One step, on the joint schedule, where only the start differs."""
    photo, painting = studio.photo(PHOTO), studio.painting(PAINTING)
    size = pyramid.level_size(pyramid.size_of(photo), 256)
    start = noise.start(photo, painting, size, Settings(noise=name))
    made = studio.make(
        PHOTO, PAINTING, noise=name, schedule="joint", iterations=joint_iterations(1), levels=1
    )
    if name == "none":
        cells = [(photo, "the photo"), (pyramid.target(painting, size), "the painting")]
    else:
        where = "everywhere alike" if not PRESETS[name].spare_edges else "less at edges"
        noisy = noise_of(painting, size, name)
        cells = [(noisy, NOISES[name]), (grey(share(photo, size, name)), f"its share: {where}")]
    cells += [(start, "the start"), (made, "the result")]
    return sheet([cells], WIDTH)


def noise_of(painting: Tensor, size: tuple[int, int], name: str) -> Tensor:
    """A preset's noise by itself."""
    return noise.noise_picture(painting, size, PRESETS[name], Settings().seed)


def share(photo: Tensor, size: tuple[int, int], name: str) -> Tensor:
    """Share of a preset's noise for each pixel, (H, W)."""
    return noise.noise_map(pyramid.target(photo, size), PRESETS[name])


def maps(studio: Studio) -> Image.Image:
    """What the noise's amounts come from: the photo's gradient, and the envelopes."""
    photo = studio.photo(PHOTO)
    size = pyramid.level_size(pyramid.size_of(photo), 256)
    gradient = noise.gradient_map(pyramid.target(photo, size))
    shown = [
        (pyramid.target(photo, size), "the photo"),
        (grey(gradient / gradient.max()), "its gradient"),
        (grey(share(photo, size, "structured")), "the noise's share: less at edges"),
    ]
    levels = PRESETS["structured"].levels
    for level in levels:
        shown.append((grey(noise.envelope(level, size) / ENVELOPES_WHITE), caption(level)))
    return sheet([shown[:4], shown[4:]], WIDTH)


def caption(level: NoiseLevel) -> str:
    """What an envelope is for, and its amplitudes in the centre and around it."""
    kinds: dict[object, str] = {"pixel": "single pixels", "constant": "brightness"}
    kind = kinds.get(level.spots, f"{level.spots} spots")
    return f"{kind}: {level.central:g} in the centre, {level.peripheral:g} around"


def grey(amount: Tensor) -> Tensor:
    """A map (H, W) from 0 to 1 as a picture."""
    return amount.clamp(0, 1)[None, None].expand(1, 3, -1, -1)
