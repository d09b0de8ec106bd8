"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a new path in the same folder; what is written there replaces ``path`` at the end.

    After an error nothing is left of it. A durable file survives a power failure too. Raises
    `OSError`.
    """
    part = path.with_name(f".artstyle-{uuid4().hex}.part")  # the same folder: replace is atomic
    try:
        yield part
        if durable:
            with part.open("rb") as file:
                os.fsync(file.fileno())
        part.replace(path)
    finally:
        with suppress(OSError):  # the first error is the one to report
            part.unlink(missing_ok=True)


def atomic_write(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file whole or not at all; raises `OSError`."""
    with replacing(path, durable=durable) as part:
        part.write_bytes(data)
