"""A sketch of a result: one pass through a network instead of hundreds of iterations."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from artstyle.sketch import network
from artstyle.sketch.network import STRIDE
from artstyle.style import pyramid
from artstyle.style.pyramid import Size

SEEN = 256  # px, the side of the squares of a painting that the network looks at
STROKES = 512  # px on the shorter side at which its strokes have the size of the painting's
LEAST, MOST = 64, 1024  # px on the shorter side at which it paints
AREA = 2_000_000  # px in all at which it paints


def draw(
    content: Tensor,
    styles: Sequence[Tensor],
    size: Size,
    *,
    weights: Sequence[float] | None = None,
    realism: float = 0.0,
    style_scale: float = 1.0,
) -> Tensor:
    """Sketch a photo in the manner of paintings, all (1, 3, H, W): (1, 3, *size), on the CPU.

    Without weights, which are positive, all paintings count the same. ``realism`` moves from
    their manner to the photo's own. Raises `WeightsError`.
    """
    sketcher = network.load()
    shares = torch.tensor(weights or [1.0] * len(styles))
    manners = torch.cat([_manner(style) for style in styles])
    manner = (shares / shares.sum()) @ manners
    if realism:
        manner = torch.lerp(manner, _manner(content)[0], realism)
    height, width = _working_size(content, size, style_scale)
    photo = pyramid.target(content, (height, width))
    padded = F.pad(photo, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")
    painted = sketcher.paint(padded, manner[None])[..., :height, :width]
    return pyramid.target(painted, size)


def _working_size(content: Tensor, size: Size, style_scale: float) -> Size:
    """The size at which a photo is painted, of the shape of ``size``."""
    shorter = min(max(min(size), STROKES) / style_scale, MOST, *pyramid.size_of(content))
    scale = min(max(LEAST, shorter) / min(size), math.sqrt(AREA / math.prod(size)))
    return max(STRIDE, round(size[0] * scale)), max(STRIDE, round(size[1] * scale))


def _manner(picture: Tensor) -> Tensor:
    """The mean over squares that cover a picture: (1, 100)."""
    height, width = pyramid.size_of(picture)
    scale = SEEN / min(height, width)
    size = (max(SEEN, round(height * scale)), max(SEEN, round(width * scale)))
    shrunk = pyramid.target(picture, size)
    count = math.ceil(max(size) / SEEN)
    starts = [round(i * (max(size) - SEEN) / max(1, count - 1)) for i in range(count)]
    upright = size[0] > size[1]
    squares = [shrunk.narrow(2 if upright else 3, start, SEEN) for start in starts]
    return network.load().style(torch.cat(squares)).mean(0, keepdim=True)
