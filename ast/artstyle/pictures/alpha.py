"""Transparency: laying a picture over a background, and putting its alpha back.

Everything here takes arrays of numpy and of torch alike: (..., 4, H, W) in [0, 1], RGB that isn't
multiplied by its alpha.
"""

from __future__ import annotations

from typing import Any

NAMED = {"white": (1.0, 1.0, 1.0), "black": (0.0, 0.0, 0.0)}
KEEP = "keep"

Colour = tuple[float, float, float]


def split(picture: Any) -> tuple[Any, Any]:
    """The colours (..., 3, H, W), and the alpha (..., 1, H, W) or None."""
    return picture[..., :3, :, :], picture[..., 3:, :, :] if picture.shape[-3] == 4 else None


def over(picture: Any, background: str) -> Any:
    """Lay a picture over a colour; (..., 3, H, W), as it is if it has no alpha.

    ``keep`` stands for the picture's own mean colour, which shows least at soft edges.
    """
    colours, alpha = split(picture)
    if alpha is None:
        return colours
    mean = background == KEEP
    under = _mean(colours, alpha) if mean else _planes(colours, colour(background))
    return (colours - under) * alpha + under


def colour(text: str) -> Colour:
    """The colour that a setting names: ``white``, ``black`` or ``#rrggbb``."""
    if text in NAMED:
        return NAMED[text]
    red, green, blue = (part / 255 for part in bytes.fromhex(text[1:]))
    return red, green, blue


def _planes(like: Any, values: Colour) -> Any:
    """A colour that can be calculated with pictures: (3, 1, 1)."""
    planes = like[..., :, :1, :1] * 0
    for index, value in enumerate(values):
        planes[..., index, :, :] = value
    return planes


def _mean(colours: Any, alpha: Any) -> Any:
    weight = alpha.sum((-2, -1))[..., None, None]
    if not float(weight.min()) > 0:  # nothing can be seen of it
        return _planes(colours, NAMED["white"])
    return (colours * alpha).sum((-2, -1))[..., None, None] / weight
