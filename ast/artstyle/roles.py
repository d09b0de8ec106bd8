"""What each picture of a run is for."""

from typing import Literal, get_args

Role = Literal[
    "content",
    "style",
    "style_2",
    "style_3",
    "style_4",
    "mask",
    "style_mask",
    "style_mask_2",
    "style_mask_3",
    "style_mask_4",
]
ROLES: tuple[Role, ...] = get_args(Role)
STYLES = ROLES[1:5]  # the paintings, in their order
STYLE_MASKS = ROLES[6:]  # the region of each
MASKS: tuple[Role, ...] = ("mask", *STYLE_MASKS)
MOST_STYLES = len(STYLES)
