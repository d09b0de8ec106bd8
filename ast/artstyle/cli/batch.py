"""``artstyle batch``: a picture for each row of a table, all checked before the first is begun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from artstyle import aliases, configuration, settings
from artstyle.cli import inputs, options, rows, targets
from artstyle.cli.arguments import REPORT, BatchArguments
from artstyle.cli.failures import Refused
from artstyle.cli.inputs import Input
from artstyle.cli.plan import Plan, PlannedPicture, result_name
from artstyle.cli.rows import Row
from artstyle.cli.streams import STDIN
from artstyle.errors import ArgumentError, BadInput, OutputError, printable
from artstyle.pictures import save
from artstyle.roles import MOST_STYLES, STYLE_MASKS, STYLES, Role

NEEDED = ("photo", "painting")
PICTURES = ("out", "mask", "style_masks", "preset")
SEPARATOR = ";"  # of several files in a cell


def plan(arguments: BatchArguments) -> Plan:
    """Read the table and check all rows. Raises `Refused`, `BadInput` or `OSError`."""
    folder = _new_folder(arguments.out)
    named = [*configuration.algorithm(), *aliases.ALIASES]
    found = rows.read(arguments.table, NEEDED, [*PICTURES, *named])
    reader = _Reader(arguments)
    pictures = [each for row in found if (each := reader.read(row))]
    _check_names(pictures, reader)
    if reader.wrong:
        count = f"{len(reader.lines)} of {len(found)}"
        name = printable(arguments.table.name)
        raise Refused(
            [f"{name}: {count} rows can't be used, so nothing is painted:", *reader.wrong]
        )
    files = [arguments.table, *(each.path for picture in pictures for each in picture.inputs)]
    files += [arguments.weights] if arguments.weights else []
    outs = [each.out for each in pictures]
    targets.check_outputs(outs, files, folder)
    if arguments.snapshots:
        targets.check_snapshots(arguments.snapshots, outs, files, folder)
    targets.check_report(arguments.out / REPORT, outs, files, folder)
    if not arguments.force:
        pictures = [replace(each, exists=targets.is_done(each.out)) for each in pictures]
    return Plan(pictures, several=True, folder=folder)


def _new_folder(out: Path) -> Path | None:
    if out.is_dir():
        return None
    if out.exists():
        raise OutputError(f"{printable(out)} is a file: name a folder for the results")
    save.check_place(out.with_name("result.png"))  # it can be created
    return out


class _Reader:
    """Makes plans of rows and notes what is wrong with any of them."""

    def __init__(self, arguments: BatchArguments) -> None:
        self._arguments = arguments
        table = arguments.table
        self._folder = Path() if table == STDIN else table.parent
        self.wrong: list[str] = []
        self.lines: set[int] = set()

    def read(self, row: Row) -> PlannedPicture | None:
        """The picture that a row asks for, or None for one that can't be made."""
        said = len(self.wrong)
        with self.noting(row.line):
            if row.surplus:
                raise ArgumentError("it has more cells than columns: put quotes around commas")
        for name in NEEDED:
            if name not in row.cells:
                self.note(row.line, f"the {name} is missing")
        chosen = self._settings(row)
        found = self._inputs(row)
        if chosen is None or len(self.wrong) > said:
            return None
        with self.noting(row.line):
            picture = PlannedPicture(
                content=found["content"],
                styles=tuple(found[role] for role in STYLES if role in found),
                out=self._out(row, found),
                settings=chosen,
                mask=found.get("mask"),
                style_masks=tuple(found[role] for role in STYLE_MASKS if role in found),
                line=row.line,
            )
            picture.check(self._arguments.output_size)
            return picture
        return None

    @contextmanager
    def noting(self, line: int) -> Iterator[None]:
        try:
            yield
        except BadInput as error:
            self.note(line, str(error))

    def note(self, line: int, reason: str) -> None:
        self.lines.add(line)
        self.wrong.append(f"line {line}: {reason}")

    def _settings(self, row: Row) -> settings.Settings | None:
        texts = {name: row.cells[name] for name in settings.SETTINGS if name in row.cells}
        values, wrong = settings.parse_all(texts)
        for error in wrong.values():
            self.note(row.line, str(error))
        with self.noting(row.line):
            named: dict[str, Any] = {
                name: row.cells[name] for name in aliases.ALIASES if name in row.cells
            }
            changes = aliases.renamed({**values, **named})
            paintings = len(self._files(row.cells.get("painting", ""), several=True))
            return self._arguments.asked.settings(paintings, row.cells.get("preset"), changes)
        return None

    def _inputs(self, row: Row) -> dict[Role, Input]:
        """The row's pictures by their roles, without those that can't be used."""
        found: dict[Role, Input] = {}
        for role, path in self._paths(row):
            with self.noting(row.line):
                found[role] = inputs.file(path, role)
        return found

    def _paths(self, row: Row) -> Iterator[tuple[Role, Path]]:
        columns: dict[str, Sequence[Role]] = {
            "photo": ("content",),
            "painting": STYLES,
            "mask": ("mask",),
            "style_masks": STYLE_MASKS,
        }
        for column, roles in columns.items():
            paths = self._files(row.cells.get(column, ""), several=len(roles) > 1)
            if len(paths) > len(roles):
                told = f"{column.replace('_', ' ')} names {len(paths)} files"
                self.note(row.line, f"{told}: name {MOST_STYLES} at most")
            yield from zip(roles, paths, strict=False)

    def _files(self, cell: str, *, several: bool) -> list[Path]:
        names = options.names(cell, SEPARATOR, self._folder) if several else [cell]
        return [self._folder / name for name in names if name]

    def _out(self, row: Row, found: dict[Role, Input]) -> Path:
        styles = (found[role].stem for role in STYLES if role in found)
        name = row.cells.get("out") or result_name(found["content"].stem, styles)
        if Path(name).name != name:
            raise OutputError(f"{printable(name)} has a folder in it: out is a name in OUT alone")
        return self._arguments.out / name


def _check_names(pictures: Sequence[PlannedPicture], reader: _Reader) -> None:
    """Note rows whose results would have the same name."""
    lines: dict[str, int | None] = {}
    for each in pictures:
        name = each.out.name.casefold()
        if name in lines and each.line is not None:
            told = f"it would be named {printable(each.out.name)}, as that of line {lines[name]}"
            reader.note(each.line, f"{told}: give it a name in the column out")
        lines.setdefault(name, each.line)
