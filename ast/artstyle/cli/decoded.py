"""The decoded pictures of one run; those that the next one has too are kept for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artstyle.cli.inputs import Input
from artstyle.cli.plan import PlannedPicture
from artstyle.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor


class Decoded:
    def __init__(self) -> None:
        self._kept: dict[tuple[Input, int], Tensor] = {}  # by picture and the size that is enough

    def of(
        self, planned: PlannedPicture
    ) -> tuple[Tensor, list[Tensor], Tensor | None, list[Tensor]]:
        """The photo, the paintings, the mask, and the paintings' masks; raises `PictureError`."""
        settings = planned.settings
        keys = {(each, each.enough(settings)) for each in planned.inputs}
        self._kept = {key: each for key, each in self._kept.items() if key in keys}
        return (
            self._load(planned.content, settings),
            [self._load(each, settings) for each in planned.styles],
            self._load(planned.mask, settings) if planned.mask else None,
            [self._load(each, settings) for each in planned.style_masks],
        )

    def _load(self, picture: Input, settings: Settings) -> Tensor:
        key = picture, picture.enough(settings)
        if key not in self._kept:
            self._kept[key] = picture.load(settings)
        return self._kept[key]
