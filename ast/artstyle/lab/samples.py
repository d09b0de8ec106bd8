"""The sample pictures that the form offers."""

import asyncio
import io
from functools import cache
from pathlib import Path

from artstyle.errors import PictureError
from artstyle.jobs.renditions import small
from artstyle.pictures import read
from artstyle.pictures.thumbnails import thumbnail

THUMBNAIL = 384  # px of the longer side
DAY = 24 * 3600  # seconds that browsers keep a picture


class Samples:
    """Two folders of pictures, each named by its file's name without the ending."""

    def __init__(self, photos: Path, paintings: Path) -> None:
        self._paths = {"content": _pictures(photos), "style": _pictures(paintings)}

    def listed(self) -> dict[str, list[dict[str, str]]]:
        """The samples for the form, by role."""
        return {
            role: [
                {"name": name, "url": f"/samples/{role}/{name}", "alt": name.replace("_", " ")}
                for name in paths
            ]
            for role, paths in self._paths.items()
        }

    def path(self, role: str, name: str) -> Path | None:
        return self._paths.get(role, {}).get(name)

    async def prepare(self) -> None:
        """Make all thumbnails, one after the other, before somebody asks for them."""
        for paths in self._paths.values():
            for path in paths.values():
                await self.thumbnail(path)

    async def thumbnail(self, path: Path) -> bytes:
        """A small JPEG of a sample."""
        return await asyncio.to_thread(_thumbnail, path)

    async def small(self, path: Path, width: int) -> bytes:
        """A WebP of a sample, at most so many px wide."""
        return await asyncio.to_thread(_small, path, width)


@cache
def _small(path: Path, width: int) -> bytes:
    return small(io.BytesIO(_thumbnail(path)), width)


@cache
def _thumbnail(path: Path) -> bytes:
    return thumbnail(read.decode(path), THUMBNAIL)


def _pictures(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        try:
            read.check(path)
        except PictureError:
            continue
        found.setdefault(path.stem, path)
    return found
