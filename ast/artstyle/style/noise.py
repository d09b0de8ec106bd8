"""The structured noise start: the picture that the optimisation begins with.

In a flat sky the style loss has hardly any gradient, so plain style transfer leaves it empty.
Here the photo is mixed with large and small spots of the painting's own colours: everywhere
but at edges, and with the finest away from the centre.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.noise_levels import NoiseLevel
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.style.pyramid import Size
from artstyle.style.regions import Blend, resized, several

EDGE_SOFTNESS = 5.0  # the gradient at which the noise is halved
GRADIENT_CLIP = 100.0


@dataclass(frozen=True, slots=True)
class NoisePreset:
    """The kind and amount of noise, and whether it spares the photo's edges."""

    factor: float
    levels: tuple[NoiseLevel, ...]
    from_style: bool = True  # spots in the painting's colours, not normally distributed ones
    spare_edges: bool = True


_STRUCTURED = (
    NoiseLevel(9, 0.30, 0.20, 0.20),
    NoiseLevel(18, 0.20, 0.30, 0.30),
    NoiseLevel(36, 0.10, 0.40, 0.40),
    NoiseLevel("pixel", 0.20, 0.10, 0.60),
    NoiseLevel("constant", 0.20, 0.00, 0.30),
)
# The same amounts spread evenly over the picture.
_EVEN = tuple(
    NoiseLevel(level.spots, mean, mean)
    for level in _STRUCTURED
    for mean in [(level.central + level.peripheral) / 2]
)


def _normal(factor: float, level: NoiseLevel) -> NoisePreset:
    return NoisePreset(factor, (level,), from_style=False, spare_edges=False)


# From no noise to the default, each a step further.
PRESETS: Mapping[str, NoisePreset] = {
    "none": NoisePreset(0.0, ()),
    "normal": _normal(0.5, NoiseLevel("pixel", 1.0, 1.0)),
    "spots128": _normal(0.7, NoiseLevel(128, 1.0, 1.0)),
    "spots16": _normal(0.7, NoiseLevel(16, 1.0, 1.0)),
    "permuted": NoisePreset(0.7, _EVEN, spare_edges=False),
    "gradient": NoisePreset(0.95, _EVEN),
    "structured": NoisePreset(0.95, _STRUCTURED),
}


def chosen(settings: Settings) -> NoisePreset:
    """The noise that the settings name, with their levels and factor in place of its own."""
    named = PRESETS[settings.noise]
    factor = named.factor if settings.noise_factor is None else settings.noise_factor
    return replace(named, factor=factor, levels=settings.noise_levels or named.levels)


def envelope(level: NoiseLevel, size: Size) -> Tensor:
    """The level's amplitude over a picture, (H, W)."""
    y, x = (torch.linspace(-0.5, 0.5, n) * (1 - 1 / n) for n in size)
    bell = torch.exp(-(y[:, None] ** 2 + x[None, :] ** 2) / (2 * level.dispersion**2))
    return level.peripheral + (level.central - level.peripheral) * bell


def gradient_map(content: Tensor) -> Tensor:
    """The steepest channel by 5×5 Sobel, from 0 to 100: (1, 3, H, W) -> (H, W)."""
    pixels = np.ascontiguousarray(content[0].permute(1, 2, 0).cpu().numpy())
    dx = cv2.Sobel(pixels, cv2.CV_32F, 1, 0, ksize=5)
    dy = cv2.Sobel(pixels, cv2.CV_32F, 0, 1, ksize=5)
    steepness = np.sqrt(dx * dx + dy * dy).max(axis=2).clip(0, GRADIENT_CLIP)
    return torch.from_numpy(cv2.GaussianBlur(steepness, (0, 0), 1.0))


def noise_map(content: Tensor, preset: NoisePreset) -> Tensor:
    """The share k of the noise in the start, for every pixel: (1, 3, H, W) -> (H, W)."""
    if not preset.spare_edges:
        return torch.full(content.shape[-2:], preset.factor)
    return EDGE_SOFTNESS * preset.factor / (EDGE_SOFTNESS + gradient_map(content))


def noise_picture(
    style: Tensor | Sequence[Tensor],
    size: Size,
    preset: NoisePreset,
    seed: int,
    blend: Blend | None = None,
) -> Tensor:
    """The sum of the preset's noise levels, (1, 3, H, W), from the style (1, 3, H', W').

    Large spots are drawn first and don't depend on the size, so that a small preview has
    the same ones as the large picture. Of several styles, the blend says where each is.
    """
    random = torch.Generator().manual_seed(seed)
    total = torch.zeros(1, 3, *size)
    styles = several(style) if preset.from_style else ()
    for level in preset.levels:
        total += envelope(level, size) * _spots(styles, size, level, random, blend)
    return total


def _spots(
    styles: Sequence[Tensor],
    size: Size,
    level: NoiseLevel,
    random: torch.Generator,
    blend: Blend | None,
) -> Tensor:
    """Spots of the styles' pixels, or without styles, normally distributed ones."""
    if level.spots == "constant":
        return torch.ones(1, 3, *size)
    grid = size
    if level.spots != "pixel":
        grid = pyramid.level_size(size, min(level.spots, *size))
    if styles:
        small = _drawn(styles, grid, random, blend)
    else:
        small = (0.5 + 0.25 * torch.randn(1, 3, *grid, generator=random)).clamp(0, 1)
    return pyramid.resize(small, size)


def _drawn(
    styles: Sequence[Tensor], grid: Size, random: torch.Generator, blend: Blend | None
) -> Tensor:
    """The pixels of a style in random order, or for each place, of one of those it belongs to."""
    pixels = [pyramid.target(each, grid).flatten(2) for each in styles]
    count = pixels[0].shape[-1]
    order = torch.randperm(count, generator=random)
    if blend is None or len(styles) == 1:
        return pixels[0][..., order].view(1, 3, *grid)
    chance = (torch.randperm(count, generator=random) + 0.5) / count  # evenly spread
    edges = blend.owners(grid).flatten(1).cumsum(0)[:-1]
    owner = (chance >= edges).sum(0)
    return torch.cat(pixels)[owner, :, order].T.reshape(1, 3, *grid)


def start(
    content: Tensor,
    style: Tensor | Sequence[Tensor],
    size: Size,
    settings: Settings,
    blend: Blend | None = None,
) -> Tensor:
    """The picture that a level begins with, (1, 3, H, W), on the CPU.

    The edges are those of level 0 at every level, so that a small preview starts from the
    same picture as a large one, without its finer detail. What isn't painted is the photo.
    """
    return mixed(content, spots(style, size, settings, blend), size, settings, blend)


def spots(
    style: Tensor | Sequence[Tensor], size: Size, settings: Settings, blend: Blend | None = None
) -> Tensor | None:
    """What the photo is mixed with, (1, 3, H, W); None where it is the start picture itself."""
    if settings.start == "content":
        return None
    if settings.start == "style":
        return _covered(several(style), size, blend)
    return noise_picture(style, size, chosen(settings), settings.seed, blend)


def mixed(
    content: Tensor,
    spots: Tensor | None,
    size: Size,
    settings: Settings,
    blend: Blend | None = None,
) -> Tensor:
    """Mix the photo with what `spots` returned, which covers it unless the start is a blend."""
    if spots is None:
        return pyramid.target(content, size)
    made = spots
    if settings.start == "blend":
        base = pyramid.target(content, pyramid.level_size(size, min(settings.base_size, *size)))
        share = F.interpolate(noise_map(base, chosen(settings))[None, None], size, mode="bilinear")
        made = torch.lerp(pyramid.target(content, size), spots, share)
    return made if blend is None else blend.over(pyramid.target(content, size), made)


def _covered(styles: Sequence[Tensor], size: Size, blend: Blend | None) -> Tensor:
    """Each style in its region, and the first one elsewhere."""
    made = _cover(styles[0], size)
    if blend is not None and blend.regions is not None:
        for style, amount in zip(styles[1:], resized(blend.regions[1:], size), strict=True):
            made = torch.lerp(made, _cover(style, size), amount)
    return made


def _cover(picture: Tensor, size: Size) -> Tensor:
    """Resize a picture to cover the size and crop the rest."""
    height, width = picture.shape[-2:]
    scale = max(size[0] / height, size[1] / width)
    covering = max(size[0], round(height * scale)), max(size[1], round(width * scale))
    top, left = (covering[0] - size[0]) // 2, (covering[1] - size[1]) // 2
    return pyramid.target(picture, covering)[..., top : top + size[0], left : left + size[1]]
