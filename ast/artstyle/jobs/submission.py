"""What a front end submits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from artstyle import aliases, settings
from artstyle.errors import PictureNeedsOther
from artstyle.roles import MASKS, ROLES, STYLE_MASKS, STYLES, Role

if TYPE_CHECKING:
    from artstyle.settings import Settings

NEEDS: dict[Role, Role] = {  # what a picture is of no use without
    **dict(zip(STYLES[1:], STYLES, strict=False)),
    **dict(zip(STYLE_MASKS, STYLES, strict=True)),
}
# Earlier versions' keys are without these.
NEWER = (
    *("noise_levels", "noise_factor", "background"),
    *("style_weights", "style_crop", "keep_faces", "method"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A photo, a painting or more, and masks: files of any supported format, and what to do."""

    owner: str
    content: bytes
    style: bytes
    settings: Settings
    preset: str | None = None
    content_name: str = "photo"  # what to call it; never a user's file name
    style_name: str = "painting"
    further: Mapping[Role, bytes] = field(default_factory=dict)  # other paintings, and masks
    further_names: Mapping[Role, str] = field(default_factory=dict)
    callback: str | None = None  # an address that is told of the end
    title: str | None = None  # a user's own, as `artstyle.jobs.marks.title` returns it
    address: str | None = None  # where it comes from; it isn't stored
    trusted: bool = False  # from the operator, whose jobs aren't limited
    private: bool = False  # shown only to its owner and the operator
    idle: bool = False  # for times in which nobody else's job waits

    @property
    def pictures(self) -> dict[Role, bytes]:
        """All pictures, in the order of `ROLES`."""
        given = {"content": self.content, "style": self.style, **self.further}
        return {role: given[role] for role in ROLES if role in given}

    def name(self, role: Role) -> str:
        """What to call one of the pictures."""
        names = {"content": self.content_name, "style": self.style_name, **self.further_names}
        return names.get(role, "mask" if role in MASKS else "painting")

    def check(self) -> None:
        """Check that no picture lacks the one that it needs; raises `PictureNeedsOther`."""
        given = self.pictures
        for role in given:
            if (needed := NEEDS.get(role, role)) not in given:
                raise PictureNeedsOther(role=role, kind=needed)

    def key(self) -> str:
        """The same only for the same pictures and settings that shape the result."""
        values = aliases.earlier(self.settings.as_dict())
        usual = [name for name in NEWER if values[name] == settings.default(name)]
        for name in ("memory", *usual):
            del values[name]
        parts = [self.content, self.style, json.dumps(values, sort_keys=True).encode()]
        for role in [each for each in ROLES if each in self.further]:
            parts += [role.encode(), self.further[role]]
        return hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in parts)).hexdigest()
