"""What a front end submits."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artstyle import aliases, settings

if TYPE_CHECKING:
    from artstyle.settings import Settings

# Earlier versions' keys are without these.
NEWER = ("noise_levels", "noise_factor", "background", "style_weights", "style_crop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Two pictures as files of any supported format, and what to do with them."""

    owner: str
    content: bytes
    style: bytes
    settings: Settings
    preset: str | None = None
    content_name: str = "photo"  # what to call it; never a user's file name
    style_name: str = "painting"
    callback: str | None = None  # an address that is told of the end
    title: str | None = None  # a user's own, as `artstyle.jobs.marks.title` returns it
    address: str | None = None  # where it comes from; it isn't stored
    trusted: bool = False  # from the operator, whose jobs aren't limited
    private: bool = False  # shown only to its owner and the operator
    idle: bool = False  # for times in which nobody else's job waits

    def key(self) -> str:
        """The same only for the same pictures and settings that shape the result."""
        values = aliases.earlier(self.settings.as_dict())
        usual = [name for name in NEWER if values[name] == settings.default(name)]
        for name in ("memory", *usual):
            del values[name]
        parts = (self.content, self.style, json.dumps(values, sort_keys=True).encode())
        return hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in parts)).hexdigest()
