"""Where results go: that they can be written there, and replace nothing that they shouldn't."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from artstyle.cli import output
from artstyle.cli.streams import STDOUT
from artstyle.errors import OutputError, PictureError, printable
from artstyle.pictures import read, save
from artstyle.progress import MILESTONES


def check_outputs(outs: Sequence[Path], files: Iterable[Path], new: Path | None) -> None:
    """Check that results can be saved and replace none of the files that are read.

    ``new`` is a folder that is still to be created. Raises `OutputError`.
    """
    taken = _identities(files)
    for out in outs:
        if out == STDOUT:
            output.check_standard()
        elif new is None or out.parent != new:  # what is in a new folder can be written
            save.check_output(out)
            _check_free(out, taken)


def check_new(outs: Iterable[Path]) -> None:
    """Check that no result replaces one that exists; raises `OutputError`."""
    for out in outs:
        if out.exists():
            raise OutputError(f"{printable(out)} exists already: --force overwrites it")


def is_done(out: Path) -> bool:
    """Whether a result exists that isn't one that artstyle saved when it was stopped."""
    if not out.exists():
        return False
    try:
        percent = read.read_metadata(out).get("percent")
    except PictureError:  # somebody else's picture
        return True
    return not (isinstance(percent, int | float) and percent < 100)


def snapshot(folder: Path, name: str, percent: int) -> Path:
    """Where the snapshot of a result without its ending goes."""
    return folder / f"{name}-{percent:03}.png"


def check_snapshots(
    folder: Path, outs: Sequence[Path], files: Iterable[Path], new: Path | None
) -> None:
    """Check that snapshots can be written and replace no input and no result.

    Their folder is created with the first one. Raises `OutputError`.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file: name a folder for the snapshots")
    if new is None or folder.parent != new:  # which will be there
        save.check_place((folder if folder.is_dir() else folder.parent) / "snapshot.png")
    stem, count = Counter(out.stem for out in outs).most_common(1)[0]
    if count > 1:  # made.png and made.jpg
        raise OutputError(
            f"two results are called {printable(stem)}, and so would their snapshots be: rename one"
        )
    taken = _identities([*files, *outs])
    for out, percent in itertools.product(outs, MILESTONES):
        path = snapshot(folder, out.stem, percent)
        if _identity(path) in taken:
            raise OutputError(
                f"the snapshot {path} would replace an input or a result: "
                "name another folder for the snapshots"
            )


def check_report(
    report: Path, outs: Iterable[Path], files: Iterable[Path], new: Path | None
) -> None:
    """Check that the report can be written and replaces nothing else; raises `OutputError`."""
    if report.suffix.lower() not in (".html", ".htm"):
        raise OutputError(f"{printable(report)} must end in .html: the report is a page")
    if new is None or report.parent != new:
        save.check_place(report)
        _check_free(report, _identities([*files, *outs]))


def _check_free(path: Path, taken: set[object]) -> None:
    if _identity(path) in taken:
        raise OutputError(f"{printable(path)} is one of the input files: name another one")


def _identities(paths: Iterable[Path]) -> set[object]:
    return {_identity(path) for path in paths}


def _identity(path: Path) -> object:
    """The same for two paths that are one file, through links too, or will be once written."""
    try:
        status = path.stat()
        return status.st_dev, status.st_ino
    except FileNotFoundError:
        return path.resolve()
