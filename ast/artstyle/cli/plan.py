"""Which pictures a command line reads and writes, checked before anything is computed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from artstyle.cli.arguments import Arguments
from artstyle.errors import NoPictures, OutputError, PictureError
from artstyle.pictures import read, save
from artstyle.progress import MILESTONES

logger = logging.getLogger(__name__)


def plan(arguments: Arguments) -> dict[Path, Path]:
    """The result of each painting, once all can be read and written. Raises `BadInput`."""
    into_folder = arguments.out.is_dir()
    if not arguments.style.is_dir():
        read.check(arguments.style)
        styles = [arguments.style]
    elif not into_folder:
        raise OutputError(f"{arguments.style} is a folder, so OUT must be an existing folder too")
    else:
        styles = _pictures_in(arguments.style)
    outs = _results_in(arguments, styles) if into_folder else [arguments.out]
    for out in outs:
        save.check_output(out)
        if any(_same(out, each) for each in _inputs(arguments, styles)):
            raise OutputError(f"{out} is one of the input files: name another one")
        if out.exists() and into_folder and not arguments.force:
            raise OutputError(f"{out} exists already: --force overwrites it")
    return dict(zip(styles, outs, strict=True))


def _pictures_in(folder: Path) -> list[Path]:
    """List the pictures that can be decoded, so that none ends the run halfway."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.name.startswith("."):
            continue
        try:
            read.decode(path)
            found.append(path)
        except PictureError as error:
            logger.warning("skipped: %s", error)
    if not found:
        raise NoPictures(folder)
    return found


def _results_in(arguments: Arguments, styles: list[Path]) -> list[Path]:
    """Name each result photo-painting.png; where two would clash, all keep their ending."""
    clash = len({style.stem.casefold() for style in styles}) < len(styles)
    names = [style.name if clash else style.stem for style in styles]
    return [arguments.out / f"{arguments.content.stem}-{name}.png" for name in names]


def snapshot(folder: Path, name: str, percent: int) -> Path:
    """Where the snapshot of a result without its ending goes."""
    return folder / f"{name}-{percent:03}.png"


def check_snapshots(arguments: Arguments, results: dict[Path, Path]) -> None:
    """Check that snapshots can be written and replace no input and no result.

    Their folder is created with the first one. Raises `OutputError`.
    """
    folder = arguments.snapshots
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file: name a folder for the snapshots")
    save.check_output((folder if folder.is_dir() else folder.parent) / "snapshot.png")
    others = [*_inputs(arguments, results), *results.values()]
    for out in results.values():
        for path in (snapshot(folder, out.stem, percent) for percent in MILESTONES):
            if any(_same(path, each) for each in others):
                raise OutputError(
                    f"the snapshot {path} would replace an input or a result: "
                    "name another folder for the snapshots"
                )


def _inputs(arguments: Arguments, styles: Iterable[Path]) -> list[Path]:
    weights = [arguments.weights] if arguments.weights else []
    return [arguments.content, *styles, *weights]


def _same(path: Path, other: Path) -> bool:
    """Whether both are one file, through links too, or would be once they are written."""
    if path.exists() and other.exists():
        return path.samefile(other)
    return path.name == other.name and path.parent.resolve() == other.parent.resolve()
