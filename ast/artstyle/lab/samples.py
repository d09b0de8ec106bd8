"""The sample pictures that the form offers."""

from __future__ import annotations

import asyncio
from pathlib import Path

from artstyle.errors import PictureError
from artstyle.jobs import sources
from artstyle.pictures import read


class Samples:
    """Two folders of pictures, by the names of their files without ending."""

    def __init__(self, photos: Path, paintings: Path) -> None:
        """Look what there is; other files than pictures are passed over."""
        self._paths = {"content": _pictures(photos), "style": _pictures(paintings)}
        self._thumbs: dict[Path, asyncio.Future[bytes]] = {}

    def listed(self) -> dict[str, list[dict[str, str]]]:
        """List the samples of both kinds for the form."""
        return {
            kind: [
                {"name": name, "url": f"/samples/{kind}/{name}", "alt": name.replace("_", " ")}
                for name in paths
            ]
            for kind, paths in self._paths.items()
        }

    def path(self, kind: str, name: str) -> Path | None:
        """Find a sample; ``kind`` is content or style."""
        return self._paths.get(kind, {}).get(name)

    async def warm(self) -> None:
        """Make all thumbs, one after the other, so that the form has them at once."""
        for paths in self._paths.values():
            for path in paths.values():
                await self.thumb(path)

    async def thumb(self, path: Path) -> bytes:
        """Give a small JPEG of a sample, made once."""
        if path not in self._thumbs:
            work = asyncio.to_thread(sources.thumbnail, path)
            self._thumbs[path] = asyncio.ensure_future(work)
        return await asyncio.shield(self._thumbs[path])


def _pictures(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        try:
            read.check(path)
        except PictureError:
            continue
        found.setdefault(path.stem, path)
    return found
