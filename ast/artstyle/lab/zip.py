"""Several files as one zip, piece by piece and uncompressed: pictures don't get smaller."""

import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple, cast

PIECE = 2**18  # bytes


class Entry(NamedTuple):
    name: str
    path: Path
    changed: float  # seconds since 1970


class _Pipe:
    """A file that only keeps what was written since it was last emptied."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def emptied(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def archive(entries: Sequence[Entry]) -> Iterator[bytes]:
    """The zip's bytes; a file that disappears meanwhile is left out."""
    pipe = _Pipe()
    with zipfile.ZipFile(cast(IO[bytes], pipe), "w", zipfile.ZIP_STORED) as zip:
        for entry in entries:
            try:
                source = entry.path.open("rb")
            except FileNotFoundError:
                continue
            with source, zip.open(_info(entry), "w", force_zip64=True) as target:
                while data := source.read(PIECE):
                    target.write(data)
                    yield pipe.emptied()
    yield pipe.emptied()


def _info(entry: Entry) -> zipfile.ZipInfo:
    when = time.localtime(max(entry.changed, 315_619_200))  # zip begins in 1980
    info = zipfile.ZipInfo(entry.name, when[:6])
    info.external_attr = 0o644 << 16
    return info
