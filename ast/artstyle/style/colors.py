"""Whose colours a result has: luminance alone is stylised, or the palette is matched before.

Gatys et al., Preserving Color in Neural Artistic Style Transfer, arXiv 1606.05897: section 4,
luminance-only transfer, and section 3, histogram matching, here in Oklab
(https://bottosson.github.io/posts/oklab).
"""

from collections.abc import Iterator

import torch
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
CONES = (  # linear sRGB to the answers of the eye's cones
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
OKLAB = (  # the cube roots of those to lightness and two axes of colour
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
# Added to both covariances, so that a grey painting's noise doesn't become colours.
LEAST_VARIANCE = 1e-5
PIECE = 1 << 20  # pixels that are converted at once


def luminance(picture: Tensor) -> Tensor:
    """Rec. 601 luma: (B, 3, H, W) -> (B, 1, H, W)."""
    weights = torch.tensor(LUMA, dtype=picture.dtype, device=picture.device)
    return (picture * weights.view(1, 3, 1, 1)).sum(1, keepdim=True)


def grey(picture: Tensor) -> Tensor:
    """The luminance in all channels: (B, 3, H, W) -> (B, 3, H, W)."""
    return luminance(picture).expand(-1, 3, -1, -1)


def before(content: Tensor, styles: list[Tensor], colors: str) -> tuple[Tensor, list[Tensor]]:
    """The content and the styles that give a result the colours of the setting ``colors``."""
    if colors == "photo":
        pairs = [grey_pair(content, each) for each in styles]
        return pairs[0][0], [style for _, style in pairs]
    if colors == "match":
        return content, [matched(each, content) for each in styles]
    return content, styles


def grey_pair(content: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
    """Both pictures in grey, the style with the content's brightness and contrast."""
    photo, painting = luminance(content), luminance(style)
    contrast = photo.std() / painting.std().clamp(min=1e-4)
    matched = ((painting - painting.mean()) * contrast + photo.mean()).clamp(0, 1)
    return photo.expand(-1, 3, -1, -1), matched.expand(-1, 3, -1, -1)


def recolor(stylised: Tensor, content: Tensor) -> Tensor:
    """A stylised picture in the colours of the content, of the same size."""
    return (content + luminance(stylised) - luminance(content)).clamp(0, 1)


def matched(style: Tensor, content: Tensor) -> Tensor:
    """The style (1, 3, H, W) with the mean and covariance of the content's colours in Oklab."""
    (before, spread), (after, wanted) = _moments(style), _moments(content)
    linear = transport(spread, wanted)
    linear, shift = linear.to(style), (after - linear @ before).to(style)
    made = torch.empty_like(style, memory_format=torch.contiguous_format)
    for piece, pixels in zip(_pieces(made), _pieces(style), strict=True):
        piece.copy_(from_oklab(linear @ to_oklab(pixels) + shift).clamp(0, 1))
    return made


def transport(before: Tensor, after: Tensor) -> Tensor:
    """The symmetric map that gives one covariance the other: T·before·T = after, (3, 3)."""
    root = _power(before, 0.5)
    inverse = _power(before, -0.5)
    return inverse @ _power(root @ after @ root, 0.5) @ inverse


def to_oklab(pixels: Tensor) -> Tensor:
    """sRGB in [0, 1] to Oklab: (3, N) -> (3, N)."""
    linear = torch.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    cones = _matrix(CONES, pixels) @ linear
    return _matrix(OKLAB, pixels) @ cones.clamp(min=0) ** (1 / 3)


def from_oklab(pixels: Tensor) -> Tensor:
    """Oklab to sRGB, which may leave [0, 1]: (3, N) -> (3, N)."""
    cones = (_matrix(OKLAB, pixels).inverse() @ pixels) ** 3
    linear = _matrix(CONES, pixels).inverse() @ cones
    curved = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, 12.92 * linear, curved)


def _moments(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (3, 1) and covariance (3, 3) of the colours in Oklab, in float64."""
    total, products = (torch.zeros(3, n, dtype=torch.float64) for n in (1, 3))
    for piece in _pieces(picture):
        colors = to_oklab(piece).double().cpu()
        total += colors.sum(1, keepdim=True)
        products += colors @ colors.mT
    count = picture[0, 0].numel()
    mean = total / count
    least = LEAST_VARIANCE * torch.eye(3, dtype=torch.float64)
    return mean, products / count - mean @ mean.mT + least


def _pieces(picture: Tensor) -> Iterator[Tensor]:
    """The pixels of (1, 3, H, W) as (3, N), some at a time."""
    flat = picture.reshape(3, -1)
    return (flat[:, at : at + PIECE] for at in range(0, flat.shape[1], PIECE))


def _power(matrix: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    powered: Tensor = (vectors * values**exponent) @ vectors.mT
    return powered


def _matrix(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    return torch.tensor(rows, dtype=like.dtype, device=like.device)
