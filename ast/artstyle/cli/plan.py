"""Which pictures a command line reads and writes, checked before anything is computed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from artstyle.cli import inputs, output
from artstyle.cli.arguments import Arguments
from artstyle.cli.inputs import Input
from artstyle.cli.streams import STDOUT
from artstyle.errors import OutputError, PictureError, printable
from artstyle.pictures import read, save
from artstyle.progress import MILESTONES


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo, a painting, and where the result of the two goes."""

    content: Input
    style: Input
    out: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """The results to make, photo by photo."""

    pairs: Sequence[Pair]
    skipped: int  # whose results exist
    several: bool  # made from a folder: one that fails doesn't end the others
    folder: Path | None  # for the results, to be created


def plan(arguments: Arguments) -> Plan:
    """Find all pictures, and where the results go. Raises `BadInput` or `OSError`."""
    several = arguments.content.is_dir() or arguments.style.is_dir()
    new = several and _is_new_folder(arguments)
    inputs.check_twice(arguments.content, arguments.style)
    contents = inputs.find(arguments.content, "content")
    styles = inputs.find(arguments.style, "style")
    pairs = [Pair(*each) for each in _combined(arguments.out, contents, styles, several)]
    _check_outputs(arguments, pairs, several=several)
    _check_snapshots(arguments, pairs, new_folder=new)
    left = [pair for pair in pairs if arguments.force or not several or not _is_done(pair.out)]
    for pair in left:
        output.check(pair.out, pair.content.size, arguments.settings, arguments.output_size)
    return Plan(left, len(pairs) - len(left), several, arguments.out if new else None)


def _is_new_folder(arguments: Arguments) -> bool:
    """Whether the folder for several results is still to be created; raises `OutputError`."""
    out, name = arguments.out, printable(arguments.out)
    which = arguments.content if arguments.content.is_dir() else arguments.style
    if out.is_dir():
        return False
    if out == STDOUT or out.exists() or out.suffix.lower() in save.ENDINGS:
        raise OutputError(
            f"{printable(which)} is a folder, so OUT must be a folder too, not {name}"
        )
    save.check_output(out.with_name("result.png"))  # it can be created
    return True


def _combined(
    out: Path, contents: list[Input], styles: list[Input], several: bool
) -> list[tuple[Input, Input, Path]]:
    """Each photo with each painting; results in a folder are named photo-painting.png.

    Where two would clash, names keep their endings. Raises `OutputError` if they clash even so.
    """
    pairs = list(itertools.product(contents, styles))
    if not several and not out.is_dir():
        return [(content, style, out) for content, style in pairs]
    whole = lambda each: each.name  # noqa: E731
    for content_name, style_name in ((_short(contents), _short(styles)), (whole, whole)):
        names = [f"{content_name(content)}-{style_name(style)}.png" for content, style in pairs]
        if len({name.casefold() for name in names}) == len(names):
            return [(*pair, out / name) for pair, name in zip(pairs, names, strict=True)]
    folded = [name.casefold() for name in names]
    twice = next(name for name in names if folded.count(name.casefold()) > 1)
    raise OutputError(f"two results would be named {printable(twice)}: rename one of the pictures")


def _short(pictures: list[Input]) -> Callable[[Input], str]:
    """The names without their endings, unless two are the same."""
    clash = len({each.stem.casefold() for each in pictures}) < len(pictures)
    return lambda each: each.name if clash else each.stem


def _check_outputs(arguments: Arguments, pairs: list[Pair], *, several: bool) -> None:
    taken = _identities(_files_read(arguments, pairs))
    for pair in pairs:
        if pair.out == STDOUT:
            output.check_standard()
        elif pair.out.parent.is_dir() or not several:  # a new folder was checked
            save.check_output(pair.out)
            if _identity(pair.out) in taken:
                raise OutputError(
                    f"{printable(pair.out)} is one of the input files: name another one"
                )
    if arguments.out.is_dir() and not (several or arguments.force) and pairs[0].out.exists():
        raise OutputError(f"{printable(pairs[0].out)} exists already: --force overwrites it")


def _is_done(out: Path) -> bool:
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


def _check_snapshots(arguments: Arguments, pairs: list[Pair], *, new_folder: bool) -> None:
    """Check that snapshots can be written and replace no input and no result.

    Their folder is created with the first one. Raises `OutputError`.
    """
    folder = arguments.snapshots
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file: name a folder for the snapshots")
    if not (new_folder and folder.parent == arguments.out):  # which will be there
        save.check_output((folder if folder.is_dir() else folder.parent) / "snapshot.png")
    taken = _identities([*_files_read(arguments, pairs), *(pair.out for pair in pairs)])
    for pair, percent in itertools.product(pairs, MILESTONES):
        path = snapshot(folder, pair.out.stem, percent)
        if _identity(path) in taken:
            raise OutputError(
                f"the snapshot {path} would replace an input or a result: "
                "name another folder for the snapshots"
            )


def _files_read(arguments: Arguments, pairs: Iterable[Pair]) -> list[Path]:
    found = {each.path for pair in pairs for each in (pair.content, pair.style)}
    return [*found, *([arguments.weights] if arguments.weights else [])]


def _identities(paths: Iterable[Path]) -> set[object]:
    return {_identity(path) for path in paths}


def _identity(path: Path) -> object:
    """The same for two paths that are one file, through links too, or will be once written."""
    try:
        status = path.stat()
        return status.st_dev, status.st_ino
    except FileNotFoundError:
        return path.resolve()
