"""Keeping the photo's colours: only the luminance is stylised.

Gatys et al., Preserving Color in Neural Artistic Style Transfer, arXiv 1606.05897,
section 4, luminance-only transfer.
"""

import torch
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)


def luminance(picture: Tensor) -> Tensor:
    """Rec. 601 luma: (B, 3, H, W) -> (B, 1, H, W)."""
    weights = torch.tensor(LUMA, dtype=picture.dtype, device=picture.device)
    return (picture * weights.view(1, 3, 1, 1)).sum(1, keepdim=True)


def grey_pair(content: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
    """Both pictures in grey, the style with the content's brightness and contrast."""
    photo, painting = luminance(content), luminance(style)
    contrast = photo.std() / painting.std().clamp(min=1e-4)
    matched = ((painting - painting.mean()) * contrast + photo.mean()).clamp(0, 1)
    return photo.expand(-1, 3, -1, -1), matched.expand(-1, 3, -1, -1)


def recolor(stylised: Tensor, content: Tensor) -> Tensor:
    """A stylised picture in the colours of the content, of the same size."""
    return (content + luminance(stylised) - luminance(content)).clamp(0, 1)
