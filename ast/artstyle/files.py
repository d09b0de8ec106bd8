"""Files that are written whole or not at all."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

PART = re.compile(r"\.artstyle-[0-9a-f]{32}\.part", re.ASCII)  # a file that isn't whole yet


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path in the same folder that replaces ``path`` on success. Raises `OSError`."""
    temporary = path.with_name(f".artstyle-{uuid4().hex}.part")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if error.filename == str(temporary):  # whose name tells nobody anything
            error.filename = str(path)
        raise
    finally:
        with suppress(OSError):  # the first error is the one to report
            temporary.unlink(missing_ok=True)


def followed(path: Path) -> Path:
    """Where writing to a path goes: the end of its symbolic links. Raises `OSError` for a loop."""
    if not path.is_symlink():
        return path
    end = Path(os.path.realpath(path))
    if end.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return end


def atomic_write(path: Path, data: bytes | memoryview, *, durable: bool = False) -> None:
    """Write or replace a file; a durable one survives a power failure. Raises `OSError`."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def make_durable(path: Path) -> None:
    """Let a file that was written survive a power failure; raises `OSError`."""
    with path.open("rb+") as file:  # Windows wants the right to write
        os.fsync(file.fileno())


def torch_checkpoints() -> Path:
    """The folder in which torch keeps downloaded weights, found without importing torch."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", f"{cache}/torch")
    return Path(home, "hub", "checkpoints").expanduser()
