"""The files of one job, all in a folder of its own."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from artstyle.errors import PictureGone
from artstyle.files import PART, atomic_write
from artstyle.jobs.faults import disk_error
from artstyle.jobs.messages import Artifact, WorkOrder
from artstyle.roles import ROLES, Role
from artstyle.video.frames import Frames

if TYPE_CHECKING:
    from artstyle.jobs.job import JobRequest, JobState, Source

SOURCES = "|".join(ROLES)
PICTURES = re.compile(
    f"({SOURCES})(-thumb)?|sketch|start|preview|stage-[1-9]|snapshot-(20|40|60|80)", re.ASCII
)
# the same in a size for the gallery: its width in px at most
SMALL = re.compile(
    rf"(?P<name>{SOURCES}|sketch|start|preview|stage-[1-9]|snapshot-(20|40|60|80))"
    r"-(?P<width>192|384|768)\.webp",
    re.ASCII,
)
ID = re.compile("[0-9a-f]{32}", re.ASCII)  # of a job, the name of its folder
OTHERS = {
    *(f"{role}.png" for role in ROLES),
    *("result.png", "result.jpeg", "result.webp"),
    *("content.mp4", "result.mp4"),
    *("savepoint.npz", "history.json", "job.json", "marks.json"),
}
FRAMES = "frames"  # a folder, while a clip is painted


class JobFiles:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.savepoint = folder / "savepoint.npz"
        self.history = folder / "history.json"
        self.result = folder / "result.png"  # of a clip, its first frame
        self.clip, self.result_clip = folder / "content.mp4", folder / "result.mp4"
        self.frames = folder / FRAMES
        self.record = folder / "job.json"
        self.marks = folder / "marks.json"

    def source(self, role: Role) -> Path:
        """The photo, a painting or a mask in full size, a PNG."""
        return self.folder / f"{role}.png"

    def original(self, role: Role, source: Source) -> Path:
        """The same, or the clip that is in place of the photo."""
        return self.source(role) if source.length is None else self.clip

    def views(self, role: Role) -> tuple[Path, Path]:
        """The same in two smaller sizes, JPEGs."""
        return self.folder / f"{role}.jpg", self.folder / f"{role}-thumb.jpg"

    def picture(self, name: str) -> Path | None:
        """The file of a picture to look at, a JPEG; None for an unknown name.

        Names: each role and with ``-thumb`` (content-thumb), sketch, start, preview, stage-N,
        snapshot-20 … snapshot-80.
        """
        return self.folder / f"{name}.jpg" if PICTURES.fullmatch(name) else None

    def write(self, artifact: Artifact) -> None:
        """Write a file that a worker made; raises `DiskError`."""
        known = {path.stem: path for path in (self.savepoint, self.history, self.result)}
        path = known.get(artifact.name) or self.picture(artifact.name)
        if path is None:  # workers may be on other machines
            raise ValueError(f"a worker made an unknown file: {artifact.name!r}")
        with disk_errors():
            atomic_write(path, artifact.data, durable=path == self.result)

    def order(
        self, request: JobRequest, state: JobState, expected: float | None = None
    ) -> WorkOrder:
        """All that a worker needs; raises `PictureGone` or `DiskError`."""
        return WorkOrder(
            id=request.id,
            settings=request.settings,
            state=state,
            content=self._read_content(request.content),
            style=self._read_source("style"),
            further={role: self._read_source(role) for role in request.further},
            length=request.length,
            savepoint=_read(self.savepoint),
            history=_read(self.history),
            expected=expected,
            begun=(self.folder / "start.jpg").is_file(),
        )

    def delete(self) -> bool:
        """Delete the job's own files, and the folder unless others put something into it.

        True if nothing of the job is left. No link is followed.
        """
        if not is_folder(self.folder):
            return True
        with suppress(OSError):  # it is tried again at the next start
            for path in own_files(self.folder):
                path.unlink(missing_ok=True)
            self.delete_unfinished()
            self.folder.rmdir()
        return not self.folder.exists()

    def delete_unfinished(self) -> None:
        """Delete what only a run needs; raises `OSError`."""
        self.savepoint.unlink(missing_ok=True)
        if is_folder(self.frames):
            Frames(self.frames).remove()

    def _read_content(self, source: Source) -> bytes:
        """The photo; a clip is read where it is, so nothing of it."""
        if source.length is None:
            return self._read_source("content")
        if not self.clip.is_file():
            raise PictureGone(role="content")
        return b""

    def _read_source(self, role: Role) -> bytes:
        if (data := _read(self.source(role))) is None:
            raise PictureGone(role=role)
        return data


def is_folder(path: Path) -> bool:
    """Whether this is a folder, not a link to one."""
    return path.is_dir() and not path.is_symlink()


def own_files(folder: Path) -> list[Path]:
    """The files in a job's folder, or the links, that are called like one of a job."""
    return [path for path in folder.iterdir() if is_own(path.name) and not is_folder(path)]


def is_source(name: str) -> bool:
    """Whether a name of a picture is that of one of the job's sources, which never change."""
    return re.match(rf"({SOURCES})\b", name) is not None


def is_own(name: str) -> bool:
    picture = name.endswith(".jpg") and PICTURES.fullmatch(name.removesuffix(".jpg"))
    return bool(picture or name in OTHERS or SMALL.fullmatch(name) or PART.fullmatch(name))


def _read(path: Path) -> bytes | None:
    with disk_errors():
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the system or SQLite reports of a disk into `DiskError`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise disk_error(error) from error
