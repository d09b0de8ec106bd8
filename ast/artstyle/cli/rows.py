"""The rows of a table in a CSV file."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from artstyle.cli.streams import STDIN
from artstyle.errors import ArgumentError, printable

DELIMITERS = ",;"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row that aren't empty, by their column."""

    line: int  # of the file, from 1
    cells: dict[str, str]
    surplus: bool = False  # it has more cells than there are columns


def read(path: Path, needed: Sequence[str], possible: Collection[str]) -> list[Row]:
    """Read a table in UTF-8, with commas or semicolons; raises `ArgumentError`.

    Its first row names the columns, in any order.
    """
    title = printable("standard input" if path == STDIN else path.name)
    lines = _text(path, title).splitlines(keepends=True)
    head = next((line for line in lines if line.strip()), "")
    delimiter = max(DELIMITERS, key=head.count)  # names of columns have neither
    rows = list(_rows(lines, delimiter, title))
    if len(rows) < 2:
        raise ArgumentError(f"{title} has no rows: the first names the columns, a picture each")
    columns = [_column(cell) for cell in rows[0][1]]
    _check_columns(columns, needed, possible, title)
    return [_row(line, cells, columns) for line, cells in rows[1:]]


def _text(path: Path, title: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{title} isn't in UTF-8: save it as CSV UTF-8") from error
    except OSError as error:
        raise ArgumentError(f"{title} can't be read ({error.strerror}): name a table") from error


def _rows(lines: Sequence[str], delimiter: str, title: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that aren't empty, and the lines that they begin in."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    begin = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begin, [cell.strip() for cell in cells]
            begin = reader.line_num + 1
    except csv.Error as error:
        raise ArgumentError(f"{title} can't be read from line {begin} on ({error})") from error


def _column(cell: str) -> str:
    return "_".join(cell.lower().replace("-", " ").replace("_", " ").split())


def _check_columns(
    columns: Sequence[str], needed: Sequence[str], possible: Collection[str], title: str
) -> None:
    known = [*needed, *possible]
    for number, name in enumerate(columns):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            advice = f"did you mean {near[0]}?" if near else f"it may have {', '.join(known)}"
            raise ArgumentError(f'{title} has an unknown column "{printable(name)}": {advice}')
        if name in columns[:number]:
            raise ArgumentError(f"{title} has the column {name} twice: leave one out")
    for name in needed:
        if name not in columns:
            raise ArgumentError(f"{title} has no column {name}: its first row names the columns")


def _row(line: int, cells: Sequence[str], columns: Sequence[str]) -> Row:
    given = dict(zip(columns, cells, strict=False))
    surplus = any(cells[len(columns) :])
    return Row(line, {name: cell for name, cell in given.items() if cell}, surplus)
