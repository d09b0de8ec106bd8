"""Which pictures a command line reads and writes, checked before anything is computed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from artstyle import sources
from artstyle.cli import inputs, output, targets
from artstyle.cli.arguments import Arguments
from artstyle.cli.inputs import Input
from artstyle.cli.streams import STDOUT
from artstyle.errors import ArgumentError, OutputError, printable
from artstyle.pictures import save
from artstyle.roles import STYLE_MASKS, STYLES, Role
from artstyle.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPicture:
    """One result: the pictures it is made of, its settings, and where it goes."""

    content: Input
    styles: tuple[Input, ...]
    out: Path
    settings: Settings
    mask: Input | None = None
    style_masks: tuple[Input, ...] = ()
    line: int | None = None  # of the table that asks for it
    exists: bool = False  # made already, and not to be made again

    @property
    def inputs(self) -> list[Input]:
        masks = [*([self.mask] if self.mask else []), *self.style_masks]
        return [self.content, *self.styles, *masks]

    def check(self, output_size: int | None) -> None:
        """Check that its pictures go together and that it can be saved; raises `BadInput`."""
        sources.check(
            self.content.size,
            [each.size for each in self.styles],
            self.mask.size if self.mask else None,
            [each.size for each in self.style_masks],
            self.settings,
        )
        output.check(self.out, self.content.size, self.settings, output_size)


@dataclass(frozen=True, slots=True)
class Plan:
    """The results to make, photo by photo or row by row."""

    pictures: Sequence[PlannedPicture]
    several: bool  # one that fails doesn't end the others
    folder: Path | None = None  # for the results, to be created

    @property
    def left(self) -> list[PlannedPicture]:
        return [each for each in self.pictures if not each.exists]


def plan(arguments: Arguments) -> Plan:
    """Find all pictures, and where the results go. Raises `BadInput` or `OSError`."""
    folders = [path for path in (arguments.content, *arguments.styles) if path.is_dir()]
    folder = _new_folder(arguments, folders[0]) if folders else None
    pictures = [*_varied(arguments, _combined(arguments, several=bool(folders)))]
    _check_targets(arguments, pictures, folder, several=bool(folders))
    if folders and not arguments.force:
        pictures = [replace(each, exists=targets.is_done(each.out)) for each in pictures]
    for each in pictures:
        if not each.exists:
            each.check(arguments.output_size)
    return Plan(pictures, bool(folders) or arguments.variations > 1, folder)


def _new_folder(arguments: Arguments, several: Path) -> Path | None:
    """The folder for several results if it is still to be created; raises `BadInput`."""
    out = arguments.out
    if len(arguments.styles) > 1 and several in arguments.styles:
        raise ArgumentError(
            f"{printable(several)} is a folder: name it as the only STYLE, or paintings to blend"
        )
    if out.is_dir():
        return None
    if out == STDOUT or out.exists() or out.suffix.lower() in save.ENDINGS:
        raise OutputError(
            f"{printable(several)} is a folder, so OUT must be a folder too, not {printable(out)}"
        )
    save.check_place(out.with_name("result.png"))  # it can be created
    return out


def _combined(arguments: Arguments, *, several: bool) -> list[PlannedPicture]:
    """Each photo with each painting, or with the blend of all that are named."""
    given = _roles(arguments)
    inputs.check_twice(given)
    found = {role: inputs.find(path, role) for role, path in given.items()}
    together = tuple(found[role][0] for role in STYLES if role in found)
    blends = [together] if len(together) > 1 else [(each,) for each in found["style"]]
    pairs = list(itertools.product(found["content"], blends))
    outs = _outs(arguments.out, pairs, several=several)
    return [
        PlannedPicture(
            content=content,
            styles=styles,
            out=out,
            settings=arguments.settings,
            mask=found["mask"][0] if "mask" in found else None,
            style_masks=tuple(found[role][0] for role in STYLE_MASKS if role in found),
        )
        for (content, styles), out in zip(pairs, outs, strict=True)
    ]


def _roles(arguments: Arguments) -> dict[Role, Path]:
    """The paths by the role of what is there."""
    if len(arguments.style_masks) > len(STYLE_MASKS):
        count = len(arguments.style_masks)
        raise ArgumentError(f"--style-masks names {count} masks: name one for each painting")
    masks: dict[Role, Path] = {"mask": arguments.mask} if arguments.mask else {}
    return {
        "content": arguments.content,
        **dict(zip(STYLES, arguments.styles, strict=False)),
        **masks,
        **dict(zip(STYLE_MASKS, arguments.style_masks, strict=False)),
    }


Named = tuple[Input, tuple[Input, ...]]


def _outs(out: Path, pairs: Sequence[Named], *, several: bool) -> list[Path]:
    """Where the results go; in a folder they are named photo-painting.png.

    Where two would clash, names keep their endings. Raises `OutputError` if they clash even so.
    """
    if not several and not out.is_dir():
        return [out for _ in pairs]
    contents = _short([content for content, _ in pairs])
    styles = _short([style for _, blend in pairs for style in blend])
    whole = lambda each: each.name  # noqa: E731
    for content_name, style_name in ((contents, styles), (whole, whole)):
        names = [result_name(content_name(one), map(style_name, rest)) for one, rest in pairs]
        if len({name.casefold() for name in names}) == len(names):
            return [out / name for name in names]
    folded = [name.casefold() for name in names]
    twice = next(name for name in names if folded.count(name.casefold()) > 1)
    raise OutputError(f"two results would be named {printable(twice)}: rename one of the pictures")


def result_name(content: str, styles: Iterator[str]) -> str:
    """What a result in a folder is called."""
    return f"{'-'.join((content, *styles))}.png"


def _short(pictures: Sequence[Input]) -> Callable[[Input], str]:
    """The names without their endings, unless two are the same."""
    different = set(pictures)
    clash = len({each.stem.casefold() for each in different}) < len(different)
    return lambda each: each.name if clash else each.stem


def _varied(arguments: Arguments, pictures: Sequence[PlannedPicture]) -> Iterator[PlannedPicture]:
    """Each picture once for each seed, which is in its name."""
    if arguments.variations == 1:
        yield from pictures
        return
    if arguments.out == STDOUT:
        raise OutputError("--variations makes several files: name them with -o")
    for each, number in itertools.product(pictures, range(arguments.variations)):
        settings = replace(each.settings, seed=each.settings.seed + number)
        out = each.out.with_stem(f"{each.out.stem}-seed{settings.seed}")
        yield replace(each, settings=settings, out=out)


def _check_targets(
    arguments: Arguments, pictures: Sequence[PlannedPicture], new: Path | None, *, several: bool
) -> None:
    """Check that all can be written and replace nothing that they shouldn't."""
    files = [each.path for picture in pictures for each in picture.inputs]
    files += [arguments.weights] if arguments.weights else []
    outs = [each.out for each in pictures]
    targets.check_outputs(outs, files, new)
    if arguments.out.is_dir() and not (several or arguments.force):
        targets.check_new(outs)
    if arguments.snapshots:
        targets.check_snapshots(arguments.snapshots, outs, files, new)
    if arguments.report:
        targets.check_report(arguments.report, outs, files, new)
