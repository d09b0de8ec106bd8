"""Closes a data folder to other users of the machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from artstyle.jobs.files import ID, is_own

FOLDER, FILE = 0o700, 0o600


def close(root: Path, folders: Iterable[Path], files: Iterable[Path]) -> None:
    """Take others' permissions from all of a data folder that is the program's own.

    ``folders`` are those of the jobs' folders, ``files`` lie in the root. The root is closed too if
    nothing else is in it. No link is followed, and what belongs to another user stays as it is.
    """
    own = {*folders, *files}
    if all(path in own for path in root.iterdir()):
        _close(root, root.stat(), FOLDER)
    for path in own:
        with suppress(FileNotFoundError):
            _close(path, path.lstat(), FOLDER if path in folders else FILE)
    for folder in folders:
        for entry in _folders(folder):
            _close(entry, entry.stat(follow_symlinks=False), FOLDER)
            for file in os.scandir(entry):
                if is_own(file.name) and not file.is_dir(follow_symlinks=False):
                    _close(file, file.stat(follow_symlinks=False), FILE)


def _folders(folder: Path) -> Iterator[os.DirEntry[str]]:
    for entry in os.scandir(folder):
        if ID.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
            yield entry


def _close(path: Path | os.DirEntry[str], found: os.stat_result, mode: int) -> None:
    wanted = stat.S_ISDIR if mode == FOLDER else stat.S_ISREG
    if wanted(found.st_mode) and stat.S_IMODE(found.st_mode) & 0o077:
        with suppress(PermissionError):  # it is another user's
            os.chmod(path, mode)  # noqa: PTH101  # an entry isn't a Path
