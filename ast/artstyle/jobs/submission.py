"""What a front end submits, and how its pictures are stored.

Only the pixels of a user's file are kept, so neither its name nor its metadata nor anything
hidden in it is ever stored or served. This needs no torch.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artstyle.errors import PictureMemory, Role
from artstyle.files import atomic_write
from artstyle.jobs.files import JobFiles, disk_errors
from artstyle.jobs.job import Source
from artstyle.jobs.messages import Artifact
from artstyle.pictures import read
from artstyle.pictures.save import encode_lossless
from artstyle.pictures.thumbnails import thumbnail

if TYPE_CHECKING:
    from artstyle.settings import Settings

VIEW = 1280  # longer side in px on a page
THUMB = 384


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
    trusted: bool = False  # from the operator, whose jobs aren't limited
    private: bool = False  # shown only to its owner and the operator

    def key(self) -> str:
        """The same only for the same pictures and settings that shape the result."""
        settings = {name: n for name, n in self.settings.as_dict().items() if name != "memory"}
        parts = (self.content, self.style, json.dumps(settings, sort_keys=True).encode())
        return hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in parts)).hexdigest()

    def store(self, files: JobFiles) -> tuple[Source, Source]:
        """Write both pictures into a new folder; raises `PictureError` or `DiskError`."""
        with disk_errors():
            files.folder.mkdir()
        content = _store("content", self.content, self.content_name, files)
        return content, _store("style", self.style, self.style_name, files)


def _store(role: Role, data: bytes, name: str, files: JobFiles) -> Source:
    """Store the pixels exactly, in full size, and two smaller pictures to look at."""
    try:
        planes = read.decode(data, role=role)  # (3, H, W)
        lossless = encode_lossless(planes)
        view, thumb = thumbnail(planes, VIEW), thumbnail(planes, THUMB)
    except MemoryError as error:
        raise PictureMemory(role=role) from error
    with disk_errors():
        atomic_write(files.source(role), lossless, durable=True)
    files.write(Artifact(role, view))
    files.write(Artifact(f"{role}-thumb", thumb))
    _, height, width = planes.shape
    return Source(name, (height, width))
