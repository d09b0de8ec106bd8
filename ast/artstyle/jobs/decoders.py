"""What checks and stores the files that users send: pictures, and clips in place of a photo."""

from __future__ import annotations

from artstyle.errors import ClipHeavy, ClipsRefused
from artstyle.jobs.decoding import DecodeLimits, DecodePool
from artstyle.jobs.files import JobFiles
from artstyle.jobs.limits import Limits
from artstyle.pictures.messages import Size
from artstyle.roles import Role
from artstyle.video import gif, signatures

PROGRAM = "artstyle.jobs.clip_decoder"
# A clip is decoded and written anew: two minutes are enough for ten seconds of one in HD.
CLIP = DecodeLimits(seconds=120.0, quick=10.0, memory=2_500_000_000)


class Decoders:
    def __init__(self, limits: Limits, *, clips: bool) -> None:
        """``clips`` says whether any can be painted."""
        self._clip_bytes = limits.clip_bytes
        self.takes_clips = clips and limits.clip_seconds > 0
        self._pictures = DecodePool(DecodeLimits())
        self._clips = DecodePool(CLIP, (PROGRAM, str(limits.clip_seconds)))

    async def warm(self) -> None:
        """Start a child for pictures before somebody waits for it."""
        await self._pictures.warm()

    def takes_as_clip(self, role: Role, data: bytes, size: int | None = None) -> bool:
        """Whether a file, of which this is the beginning, is a clip in place of a photo.

        Raises `ClipError` for one that is too large, or where no clips are taken.
        """
        if role != "content" or not (moving := is_clip(data)):
            return False
        if not self.takes_clips:
            if moving == "gif":
                return False  # its first picture is a photo
            raise ClipsRefused
        if (len(data) if size is None else size) > self._clip_bytes:
            raise ClipHeavy(self._clip_bytes / 1e6)
        return True

    async def check(self, owner: str, role: Role, data: bytes) -> Size:
        """Check the header; raises `PictureError` or `ClipError`."""
        pool = self._clips if self.takes_as_clip(role, data) else self._pictures
        return await pool.check(owner, role, data)

    async def store(self, owner: str, role: Role, data: bytes, files: JobFiles) -> Size:
        """Write a file's pictures into an existing folder. Raises as `check`, or OSError."""
        if not self.takes_as_clip(role, data):
            return await self._pictures.store(owner, role, data, files)
        return await self._clips.store(owner, role, data, files, files.clip)

    def close(self) -> None:
        """End all children at once; whoever waits for one gets `QueueClosing`."""
        self._pictures.close()
        self._clips.close()


def is_clip(data: bytes) -> str:
    """Whether these are the first bytes of moving pictures: ``video``, ``gif``, or empty."""
    if signatures.looks_like_clip(data[: signatures.HEAD]):
        return "video"
    return "gif" if gif.moves(data) else ""
