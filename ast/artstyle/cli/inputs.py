"""The pictures that a command line names: files, folders, standard input, other pipes."""

from __future__ import annotations

import itertools
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from artstyle.cli.streams import STDIN
from artstyle.errors import (
    PHRASES,
    ArgumentError,
    NoPictures,
    PictureError,
    PictureHeavy,
    PictureUnreadable,
    printable,
)
from artstyle.pictures import masks, read
from artstyle.roles import MASKS, STYLES, Role
from artstyle.settings import Settings
from artstyle.style import pyramid
from artstyle.style.pyramid import Size

if TYPE_CHECKING:
    from torch import Tensor

MOST_BYTES = 500_000_000  # through a pipe, whose end isn't known; files are limited by pixels
_CHUNK = 1 << 20
_DESCRIPTORS = (Path("/dev/fd"), Path("/proc/self/fd"))  # where <(...) of a shell leads

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Input:
    """A picture whose header was checked: a file, or bytes that came through a pipe."""

    path: Path
    role: Role
    size: Size  # (height, width)
    data: bytes | None = None

    def enough(self, settings: Settings) -> int:
        """The shorter side below which a run shouldn't get it."""
        photo, painting = pyramid.enough(settings)
        return painting if self.role in STYLES else photo

    def load(self, settings: Settings) -> Tensor:
        """Decode a picture or a mask as large as a run needs it; raises `PictureError`."""
        load = masks.load_mask if self.role in MASKS else read.load
        with _named(self.path, self.data):
            return load(self.source, enough=self.enough(settings))

    @property
    def source(self) -> Path | bytes:
        return self.path if self.data is None else self.data

    @property
    def name(self) -> str:
        """What results are named after, with the file's ending."""
        return "pipe" if self.path.parent in _DESCRIPTORS else self.path.name

    @property
    def stem(self) -> str:
        return Path(self.name).stem


def find(path: Path, role: Role) -> list[Input]:
    """The picture at a path, or those in a folder, which isn't for masks.

    Raises `PictureError` or `ArgumentError`.
    """
    several = path.is_dir() and role not in MASKS
    return _in_folder(path, role) if several else [_take(path, role)]


def file(path: Path, role: Role) -> Input:
    """The picture in a file, and in nothing else; raises `PictureError`."""
    return _checked(path, role)


def read_metadata(path: Path) -> dict[str, Any]:
    """The settings in a PNG, which may come through a pipe too; raises `PictureError`."""
    data = _piped(path)
    with _named(path, data):
        return read.read_metadata(path if data is None else data)


def check_twice(paths: Mapping[Role, Path]) -> None:
    """Check that no two are one pipe, which can be read only once; raises `ArgumentError`."""
    for (role, path), (other_role, other) in itertools.combinations(paths.items(), 2):
        both = f"{PHRASES[role]} and {PHRASES[other_role]} are"
        if path == other == STDIN:
            raise ArgumentError(f"{both} both standard input: name a file for one")
        if path.is_fifo() and other.is_fifo() and path.samefile(other):
            raise ArgumentError(f"{both} the same pipe: name a file for one")


def _take(path: Path, role: Role) -> Input:
    data = _piped(path)
    with _named(path, data):
        return _checked(path, role, data)


def _checked(path: Path, role: Role, data: bytes | None = None) -> Input:
    header = read.check(path if data is None else data)
    return Input(path, role, (header.height, header.width), data)


def _in_folder(folder: Path, role: Role) -> list[Input]:
    """List the pictures by their headers: decoding all of them could take minutes."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.name.startswith("."):
            continue
        try:
            found.append(_checked(path, role))
        except PictureError as error:
            logger.warning("skipped: %s", error)
    if not found:
        raise NoPictures(folder)
    return found


def _piped(path: Path) -> bytes | None:
    """All that comes through a pipe; None for what isn't one."""
    if path == STDIN:
        if sys.stdin is None:
            raise ArgumentError("standard input is closed: pipe a picture into it or name a file")
        if sys.stdin.isatty():
            raise ArgumentError(
                "standard input is a terminal: pipe a picture into it or name a file"
            )
        return _all(sys.stdin.buffer, path)
    if not path.is_fifo():
        return None
    try:
        with path.open("rb") as stream:
            return _all(stream, path)
    except OSError as error:
        raise _unreadable(error, path) from error


def _all(stream: BinaryIO, path: Path) -> bytes:
    data = bytearray()
    try:
        while chunk := stream.read(_CHUNK):
            data += chunk
            if len(data) > MOST_BYTES:
                raise PictureHeavy(MOST_BYTES / 1e6, name=_title(path))
    except OSError as error:
        raise _unreadable(error, path) from error
    return bytes(data)


def _unreadable(error: OSError, path: Path) -> PictureUnreadable:
    return PictureUnreadable(printable(error.strerror or error).lower(), name=_title(path))


@contextmanager
def _named(path: Path, data: bytes | None) -> Iterator[None]:
    """Errors raised meanwhile name the pipe that the picture came through."""
    try:
        yield
    except PictureError as error:
        if data is not None:
            error.name = _title(path)
        raise


def _title(path: Path) -> str:
    return "standard input" if path == STDIN else path.name
