"""The pictures of a run as they are painted, and a painted one as it is shown."""

from collections.abc import Sequence

import torch
from torch import Tensor

from artstyle.faces import detection
from artstyle.pictures import alpha
from artstyle.settings import Settings
from artstyle.style import colors, paintings, pyramid, regions
from artstyle.style.pyramid import Size
from artstyle.style.regions import resized

NO_FACES = "no face was found in the photo, so all of it is painted"


class Canvas:
    """The photo and the paintings without what they have besides colours: alpha, masks, crops."""

    def __init__(
        self,
        content: Tensor,
        styles: Sequence[Tensor],
        settings: Settings,
        mask: Tensor | None,
        style_masks: Sequence[Tensor],
    ) -> None:
        """The settings are resolved. Raises `BadInput` where the pictures don't go together."""
        used, shares = paintings.chosen(content, styles, mask, style_masks, settings)
        self.settings = settings
        self._alpha = alpha.split(content)[1] if settings.background == alpha.KEEP else None
        photo, *used = (alpha.over(each, settings.background) for each in (content, *used))
        self._unpainted = photo  # what a mask leaves as it is
        self.note: str | None = None
        """What the user should know about the pictures."""
        if settings.keep_faces:
            mask = self._sparing_faces(mask)
        self.stages = pyramid.stages(pyramid.size_of(photo), settings)
        self.blend = regions.blend(shares, mask, style_masks, self.stages[-1].size)
        self.content, self.styles = colors.before(photo, used, settings.colors)

    def turn_to(self, content: Tensor) -> None:
        """Paint another photo of the same size; the paintings and masks stay as they are."""
        self._alpha = alpha.split(content)[1] if self.settings.background == alpha.KEEP else None
        photo = self._unpainted = alpha.over(content, self.settings.background)
        self.content = colors.grey(photo) if self.settings.colors == "photo" else photo

    def shown(self, picture: Tensor, size: Size) -> Tensor:
        """As a user sees it: on the CPU, in [0, 1], with the photo's colours and alpha."""
        shown = pyramid.target(picture.detach().cpu(), size)
        if self.settings.colors == "photo":
            shown = colors.recolor(shown, pyramid.target(self._unpainted, size))
        if self.blend.painted is not None:
            shown = self.blend.over(pyramid.target(self._unpainted, size), shown)
        if self._alpha is None:
            return shown
        return torch.cat((shown, pyramid.target(self._alpha, size)), 1)

    def _sparing_faces(self, mask: Tensor | None) -> Tensor:
        faces = detection.mask(self._unpainted)
        if float(faces.min()) == 1:
            self.note = NO_FACES
        return faces if mask is None else resized(mask.cpu(), pyramid.size_of(faces)) * faces
