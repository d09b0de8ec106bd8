"""What a front end submits, and how its pictures are written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artstyle.jobs import sources
from artstyle.jobs.folder import JobFiles, disk_errors, write
from artstyle.jobs.job import Source

if TYPE_CHECKING:
    from artstyle.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Two pictures as files of any known format, and what to do with them."""

    owner: str
    content: bytes
    style: bytes
    settings: Settings
    preset: str | None = None
    content_name: str = "photo"
    """What to call it; never a user's file name."""
    style_name: str = "painting"
    trusted: bool = False
    """From whoever runs the program: as many as the queue holds."""
    private: bool = False
    """Shown to nobody but its owner and whoever runs the program."""

    def key(self) -> str:
        """The same only for the same pictures and settings; takes a while for large ones."""
        return sources.key(self.content, self.style, self.settings)


def write_sources(request: Request, files: JobFiles) -> tuple[Source, Source]:
    """Decode both pictures and write them anew; raises `PictureError` or `DiskError`."""
    with disk_errors():
        files.folder.mkdir()
    content_side, style_side = sources.shortest(request.settings)
    photo = sources.prepare(request.content, "the photo", content_side)
    write(files.content, photo.png, durable=True)
    files.show("content", photo.view)
    files.show("content-thumb", photo.thumb)
    painting = sources.prepare(request.style, "the painting", style_side)
    write(files.style, painting.png, durable=True)
    files.show("style", painting.view)
    files.show("style-thumb", painting.thumb)
    return Source(request.content_name, photo.size), Source(request.style_name, painting.size)
