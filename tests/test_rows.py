"""Tables in CSV files."""

from pathlib import Path

import pytest

from artstyle.cli import rows
from artstyle.cli.rows import Row
from artstyle.errors import ArgumentError

NEEDED, POSSIBLE = ("photo", "painting"), ("out", "style_scale")


def table(tmp_path: Path, data: str | bytes) -> list[Row]:
    path = tmp_path / "plan.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return rows.read(path, NEEDED, POSSIBLE)


@pytest.mark.parametrize(
    "data",
    [
        "photo,painting,out\na.jpg,b.jpg,\nc.jpg,d.jpg,x.png\n",
        "\ufeffphoto;painting;out\r\na.jpg;b.jpg;\r\nc.jpg;d.jpg;x.png",
        "out,PHOTO, Painting \n,a.jpg,b.jpg\nx.png, c.jpg , d.jpg \n",
        'photo,painting,out\n"a.jpg","b.jpg"\n"c.jpg","d.jpg",x.png',
    ],
)
def test_commas_and_semicolons_with_and_without_a_mark(data: str, tmp_path: Path) -> None:
    one, two = {"photo": "a.jpg", "painting": "b.jpg"}, {"photo": "c.jpg", "painting": "d.jpg"}
    assert table(tmp_path, data) == [Row(2, one), Row(3, {**two, "out": "x.png"})]


def test_lines_are_counted_in_the_file() -> None:
    lines = ["photo,painting\n", "\n", 'a,"b\n', 'c"\n', ",,\n", "d,e\n"]
    found = list(rows._rows(lines, ",", "plan.csv"))
    assert [(line, cells) for line, cells in found] == [
        (1, ["photo", "painting"]),
        (3, ["a", "b\nc"]),
        (6, ["d", "e"]),
    ]


def test_a_column_may_be_written_as_its_option(tmp_path: Path) -> None:
    for name in ("style-scale", "Style Scale", "STYLE_SCALE"):
        (row,) = table(tmp_path, f"photo,painting,{name}\na,b,2\n")
        assert row.cells["style_scale"] == "2"


def test_more_cells_than_columns_are_noted(tmp_path: Path) -> None:
    found = table(tmp_path, "photo,painting\na,b,c\na,b,\n")
    assert [row.surplus for row in found] == [True, False]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("", "plan.csv has no rows"),
        ("photo,painting\n\n", "plan.csv has no rows"),
        ("photo,out\na,b\n", "plan.csv has no column painting"),
        ("photo,painting,photo\na,b,c\n", "plan.csv has the column photo twice"),
        ("photo,painting,style_size\na,b,c\n", '"style_size": did you mean style_scale?'),
        ("photo,painting,\na,b,c\n", 'unknown column "": it may have photo, painting, out, style'),
        ('photo,painting\na,b\na,"b\n', r"plan.csv can't be read from line 3 on \(unexpected end"),
        (b"photo,painting\n\xff,b\n", "plan.csv isn't in UTF-8: save it as CSV UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(data: str | bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=told):
        table(tmp_path, data)


def test_a_table_that_isnt_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"no.csv can't be read \(No such file"):
        rows.read(tmp_path / "no.csv", NEEDED, POSSIBLE)
    with pytest.raises(ArgumentError, match=r"can't be read .*: name a table"):
        rows.read(tmp_path, NEEDED, POSSIBLE)
